# A base as Google's distroless images are: the files of Debian's packages, extracted, and nothing that installed them.
FROM python:3.13-slim AS packages
RUN <<"EOF"
set -eu
apt-get update -q
mkdir -p /packages /image/var/lib/dpkg/status.d
cd /packages
apt-get download -q base-files ca-certificates libbz2-1.0 libc-bin libc6 libcrypt1 libdb5.3t64 libexpat1 libffi8 libgcc-s1 \
	liblzma5 libncursesw6 libpython3.13-minimal libpython3.13-stdlib libreadline8t64 libsqlite3-0 libssl3t64 libstdc++6 \
	libtinfo6 libuuid1 libzstd1 media-types netbase python3.13 python3.13-minimal tzdata zlib1g
for name in *.deb; do
	dpkg-deb --extract $name /image
	dpkg-deb --field $name >/image/var/lib/dpkg/status.d/${name%%_*}
done
cd /image
rm -rf usr/bin/ldd usr/bin/tzselect usr/share/doc usr/share/man usr/share/locale usr/share/lintian
for folder in bin sbin lib lib64; do
	[ -e $folder ] || [ -L $folder ] || ln -s usr/$folder $folder
done
ln -s python3.13 usr/bin/python3
ln -s python3.13 usr/bin/python
mkdir -p etc/ssl/certs home/nonroot
find usr/share/ca-certificates -name '*.crt' | sort | xargs cat >etc/ssl/certs/ca-certificates.crt
chown 65532:65532 home/nonroot && chmod 700 home/nonroot
printf 'root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n' >etc/passwd
printf 'root:x:0:\nnonroot:x:65532:\n' >etc/group
rm -f etc/os-release
printf 'PRETTY_NAME="Distroless"\nNAME="Debian GNU/Linux"\nID="debian"\nVERSION_ID="13"\n' >usr/lib/os-release
ln -s ../usr/lib/os-release etc/os-release
EOF

FROM scratch
COPY --from=packages /image/ /
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt LANG=C.UTF-8
USER 65532
WORKDIR /home/nonroot
ENTRYPOINT ["/usr/bin/python3"]
