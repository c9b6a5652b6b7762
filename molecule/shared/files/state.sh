#!/usr/bin/env bash
# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What nobody may touch unasked: packages and their locks, configuration, boot files, and since when what runs has run.
set -euo pipefail
if command -v dpkg-query >/dev/null; then
  dpkg-query --show --showformat '${Package} ${Version} ${Status}\n'
else
  rpm -qa --queryformat '%{NAME} %{EPOCH}:%{VERSION}-%{RELEASE} %{INSTALLTIME}\n' | sort
fi
find /etc /usr/lib/systemd /usr/local /opt -xdev -type f | sort | xargs --delimiter '\n' sha256sum
find /etc /usr/lib/systemd /usr/local /opt -xdev -type l -printf '%p -> %l\n' | sort
find /boot -type f -printf '%p %s %T@\n' | sort
cat /proc/sys/kernel/random/boot_id
systemctl show --property=Id,ActiveState,ActiveEnterTimestamp containerd.service docker.service nvidia-persistenced.service
