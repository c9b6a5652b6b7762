#!/usr/bin/env bash
# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# What a careful engineer's script does on a fresh Debian node with Hopper GPUs, up to the reboot.
# REPOSITORY, FINGERPRINT, DRIVER_VERSION and TOOLKIT_VERSION come from the environment.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive

mkdir -p /etc/apt/keyrings
curl -fsS "$REPOSITORY/key.asc" -o /etc/apt/keyrings/nvidia.asc
gpg --batch --show-keys --with-colons /etc/apt/keyrings/nvidia.asc | grep -q "^fpr:::::::::$FINGERPRINT:"
source=/etc/apt/sources.list.d/nvidia.list
signed='[signed-by=/etc/apt/keyrings/nvidia.asc]'
echo "deb $signed $REPOSITORY/cuda/debian12/x86_64 /" >$source
echo "deb $signed $REPOSITORY/toolkit/stable/deb/amd64 /" >>$source
apt-get update

# Before the driver, whose packages rebuild the initramfs.
printf 'blacklist nouveau\noptions nouveau modeset=0\n' >/etc/modprobe.d/nouveau.conf

# An exact version of the whole closure, which the metapackage does not ask for by itself.
driver=()
for name in nvidia-driver-cuda nvidia-kernel-open-dkms nvidia-kernel-support firmware-nvidia-gsp nvidia-persistenced \
  nvidia-modprobe libcuda1 libnvidia-cfg1 libnvidia-ml1; do
  driver+=("$name=$DRIVER_VERSION-1")
done
apt-get install --yes --no-install-recommends "${driver[@]}" "nvidia-driver-pinning-${DRIVER_VERSION%%.*}"
systemctl enable nvidia-persistenced

toolkit=()
for name in nvidia-container-toolkit nvidia-container-toolkit-base libnvidia-container-tools libnvidia-container1; do
  toolkit+=("$name=$TOOLKIT_VERSION-1")
done
apt-get install --yes --no-install-recommends "${toolkit[@]}"
apt-mark hold "${driver[@]%%=*}" "${toolkit[@]%%=*}"

nvidia-ctk runtime configure --runtime=containerd --set-as-default
systemctl restart containerd
systemctl is-active --quiet containerd
