# Systems as Red Hat's are, from Debian's rpm and dnf. The packages that dnf installs are made here by rpmbuild.
FROM python:3.13-slim AS rpms
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update -q && apt-get install -q -y --no-install-recommends createrepo-c gcc gnupg libc6-dev rpm
COPY rpms /rpms
RUN sh /rpms/make.sh lab && sh /rpms/make.sh extra

FROM rpms AS database
COPY system.spec /rpms/
RUN rpmbuild --quiet -bb --define '_topdir /tmp/system' /rpms/system.spec && cp /tmp/system/RPMS/noarch/*.rpm /system.rpm

# A repository for the test to serve.
FROM scratch AS extra
COPY --from=rpms /extra /extra

FROM python:3.13-slim AS system
ENV DEBIAN_FRONTEND=noninteractive
RUN python3 -c "import shutil; shutil.rmtree('/usr/local')" && mkdir -p /usr/local/bin
COPY <<EOF /system/etc/os-release
NAME="Red Hat Enterprise Linux"
ID="rhel"
ID_LIKE="fedora"
VERSION_ID="10.1"
PLATFORM_ID="platform:el10"
EOF
COPY <<EOF /system/etc/dnf/vars/releasever
10
EOF
COPY <<EOF /system/etc/yum.repos.d/lab.repo
[lab]
name=lab
baseurl=file:///srv/lab
enabled=1
gpgcheck=1
gpgkey=file:///srv/lab/key.asc
EOF
COPY --from=rpms /lab /system/srv/lab
# Its libraries are in lib64, where Debian's loader does not look.
COPY <<EOF /system/etc/ld.so.conf.d/lib64.conf
/usr/lib64
EOF

# Debian's rpm runs the scripts of packages in name spaces of their own, which takes a right that no container has; rpm then
# goes on without them. Red Hat's images do not have that plugin.
FROM system AS redhat
RUN apt-get update -q && apt-get install -q -y --no-install-recommends dnf rpm && ln -s python3 /usr/bin/python \
	&& rm -rf /etc/os-release /usr/bin/apt* /usr/bin/dpkg* /var/lib/apt /etc/apt && cp -a /system/. / && rm -rf /system
RUN --mount=from=database,source=/system.rpm,target=/system.rpm mkdir -p /etc/rpm && echo '%__transaction_unshare %{nil}' >/etc/rpm/macros && rpm --install /system.rpm

FROM system AS redhat-python
RUN apt-get update -q && apt-get install -q -y --no-install-recommends dnf g++ make python3-dev python3-pip python3-venv rpm && ln -s python3 /usr/bin/python \
	&& rm -rf /etc/os-release /usr/bin/apt* /usr/bin/dpkg* /var/lib/apt /etc/apt && cp -a /system/. / && rm -rf /system
RUN --mount=from=database,source=/system.rpm,target=/system.rpm mkdir -p /etc/rpm && echo '%__transaction_unshare %{nil}' >/etc/rpm/macros && rpm --install /system.rpm

# As Fedora's minimal images: microdnf is dnf5.
FROM system AS minimal
RUN sed 's/trixie/sid/' /etc/apt/sources.list >/etc/apt/sources.list.d/sources.list \
	&& apt-get update -q -o Acquire::Check-Valid-Until=false && apt-get install -q -y --no-install-recommends python3.13 && apt-get install -q -y --no-install-recommends -t sid dnf5 rpm
RUN ln -sf python3.13 /usr/bin/python3 && ln -sf python3.13 /usr/bin/python && mv /usr/bin/dnf5 /usr/bin/microdnf && rm -f /usr/bin/dnf \
	&& rm -rf /etc/os-release /usr/bin/apt* /usr/bin/dpkg* /var/lib/apt /etc/apt && cp -a /system/. / && rm -rf /system
RUN --mount=from=database,source=/system.rpm,target=/system.rpm mkdir -p /etc/rpm && echo '%__transaction_unshare %{nil}' >/etc/rpm/macros && rpm --install /system.rpm
# Debian's dnf5 copies each package into a repository of the machine's own, by a program that is not there.
RUN ["rm", "/etc/dnf/libdnf5-plugins/local.conf"]
