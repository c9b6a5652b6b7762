# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The EL stand-ins: Debian's userland, with its dnf and rpm, under Rocky's name. lab/nodes/images.py adds to the context:
# `apt` (how this machine reaches the archive), `silicon` (the files of the simulated silicon), `rpms-el9` and `rpms-el10`
# (what a fresh system has installed), `el-repositories` (where the lab serves its repositories).
ARG BASE
FROM ${BASE} AS el-packages
COPY apt/ /etc/apt/
ARG DEBIAN_FRONTEND=noninteractive
RUN echo force-unsafe-io >/etc/dpkg/dpkg.cfg.d/gpulab \
 && apt-get update \
 && apt-get install -y --no-install-recommends \
      systemd systemd-sysv systemd-timesyncd dbus udev kmod procps iproute2 iputils-ping ca-certificates curl gnupg \
      python3 dnf dnf-plugins-core rpm dracut-core dkms gcc make xz-utils zstd \
      containerd containernetworking-plugins iptables \
 && apt-get clean && rm -rf /var/lib/apt/lists/*
ENV container=docker
STOPSIGNAL SIGRTMIN+3
CMD ["/usr/lib/gpulab/init"]

FROM el-packages AS el9
COPY common/ silicon/ el/ el-repositories/ /
COPY rpms-el9/ /tmp/rpms/
RUN sh /usr/lib/gpulab/become-el

FROM el-packages AS el10
COPY common/ silicon/ el/ el-repositories/ /
COPY rpms-el10/ /tmp/rpms/
RUN sh /usr/lib/gpulab/become-el
