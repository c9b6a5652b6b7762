#!/usr/bin/env bash
# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# What a careful engineer's script does to bring a Debian node's driver to another version, up to the reboot.
# DRIVER_VERSION comes from the environment.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive

mapfile -t names < <(dpkg-query --show --showformat '${Package} ${Version}\n' | sed -n 's/ [0-9]\{3\}\.[0-9.]*-1$//p')
driver=()
for name in "${names[@]}"; do
  driver+=("$name=$DRIVER_VERSION-1")
done
# Read before it is done: nothing of the driver may come in another version, and nothing may go.
apt-get install --simulate --yes --no-install-recommends --allow-downgrades --allow-change-held-packages "${driver[@]}" |
  awk '/^Remv/ {exit 1}'
apt-get install --yes --no-install-recommends --allow-downgrades --allow-change-held-packages "${driver[@]}"
apt-mark hold "${names[@]}"
dkms status | grep -q "nvidia/$DRIVER_VERSION.*installed"
