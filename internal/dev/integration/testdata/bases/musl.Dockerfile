# A Python on musl, as Alpine has it, from Debian's sources: zlib, OpenSSL and CPython, compiled by Debian's
# musl-gcc. It takes twenty minutes, once.
FROM python:3.13 AS sources
ENV DEBIAN_FRONTEND=noninteractive
RUN <<"EOF"
set -eu
for suite in trixie bookworm sid; do
	sed -n "s/^deb \(.*\)trixie /deb-src \1$suite /p" /etc/apt/sources.list
done >/etc/apt/sources.list.d/sources.list
apt-get update -q -o Acquire::Check-Valid-Until=false
apt-get install -q -y --no-install-recommends busybox-static dpkg-dev musl-tools xz-utils
# What musl does not have is the kernel's own.
mkdir -p /kernel /src
ln -s /usr/include/linux /usr/include/asm-generic /usr/include/x86_64-linux-gnu/asm /kernel/
cd /src
# The archive may lack the source of a release's newest package for days.
for name in python3.13 openssl zlib; do
	for suite in trixie bookworm sid; do
		apt-get source -q --tar-only --download-only $name/$suite && break
	done
	mkdir $name
	tar --strip-components=1 -C $name -xf $(ls ${name}_*.orig.tar.* | grep -v '\.asc$')
done
EOF
# The compiler behind musl-gcc names the folders of glibc, which configure takes for a fault.
COPY --chmod=755 <<"EOF" /usr/local/bin/musl-cc
#!/bin/sh
[ "$1" = --print-multiarch ] && exit 1
exec musl-gcc "$@"
EOF
ENV CC=musl-cc CFLAGS="-O0 -fPIC -isystem /kernel -I/libraries/include"

FROM sources AS libraries
RUN cd /src/zlib && ./configure --static --prefix=/libraries >/dev/null && make -j4 libz.a >/dev/null && make install >/dev/null
RUN cd /src/openssl && ./Configure linux-x86_64 no-shared no-tests no-module no-engine no-async no-afalgeng no-ktls no-legacy \
	--prefix=/libraries --libdir=lib --openssldir=/etc/ssl >/dev/null && make -j4 build_libs >/dev/null && make install_dev >/dev/null

FROM sources AS python
COPY --from=libraries /libraries /libraries
WORKDIR /src/python3.13
RUN PKG_CONFIG_LIBDIR=/libraries/lib/pkgconfig LDFLAGS=-L/libraries/lib ./configure --prefix=/usr/local --with-openssl=/libraries \
	--without-ensurepip --disable-test-modules --without-doc-strings \
	&& make -j4 >/dev/null && make install DESTDIR=/image >/dev/null
RUN <<"EOF"
set -eu
mkdir -p /image/lib /image/bin /image/etc /image/tmp /image/root
chmod 1777 /image/tmp
cp /lib/x86_64-linux-musl/libc.so /image/lib/ld-musl-x86_64.so.1
ln -s ld-musl-x86_64.so.1 /image/lib/libc.musl-x86_64.so.1
cp /bin/busybox /image/bin/busybox
ln -s busybox /image/bin/sh
ln -s python3.13 /image/usr/local/bin/python
printf 'root:x:0:0:root:/root:/bin/sh\n' >/image/etc/passwd
printf 'root:x:0:\n' >/image/etc/group
printf 'ID=alpine\nNAME="a system on musl"\n' >/image/etc/os-release
find /image -name '*.a' -delete
EOF

FROM scratch
COPY --from=python /image/ /
ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8
CMD ["python3"]
