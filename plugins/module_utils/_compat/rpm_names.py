# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which installed rpm packages are of the NVIDIA driver, and which need a reboot. Private to the collection.

Source: NVIDIA's CUDA repository for EL, Amazon Linux and SLES (yum-packaging), RPM Fusion; for the reboot the list of
dnf's needs-restarting plugin.
"""

from __future__ import annotations

import re

DRIVER = re.compile(
    r"(?:kmod|akmod|dkms)-nvidia(?:-.*)?"
    r"|nvidia-(?:driver|open|open-driver|kmod-common|compute|compute-utils|video|gl|persistenced|modprobe|fabricmanager"
    r"|fabric-manager|imex|settings|xconfig|libXNVCtrl)(?:-.*)?"
    r"|libnvidia-(?:ml|cfg|fbc|gpucomp|nscq|gl|compute)(?:-.*)?"
    r"|libnvsdm(?:-.*)?|cuda-drivers(?:-.*)?|xorg-x11-drv-nvidia(?:-.*)?"
)
NEVER = re.compile(r"nvidia-(?:container|driver-assistant|cuda).*|libnvidia-container.*|kmod-nvidia-fs(?:-.*)?")
REPOSITORY = re.compile(r"nvidia-driver-local-repo-.*|cuda-repo-.*|cuda-keyring")
BUILD = r"kernel(?:\d[\d.]*)?(?:-64k|-rt)?(?:-debug)?"
"""How the names of a kernel's packages begin: kernel, kernel6.12 of Amazon Linux, kernel-64k, kernel-rt-debug."""
IMAGE = re.compile(rf"({BUILD})(?:-core)?")
"""What carries a kernel, and how the names of its other packages begin."""
KERNEL = re.compile(rf"(?:{BUILD}|kernel-default)(?:-core|-uki-virt|-modules(?:-core|-extra)?|-devel(?:-matched)?)?")
KERNEL_LOCK = "baremetal.gpu: kernel"
"""Comment beside a rule of ours that keeps one."""
NEEDS_REBOOT = re.compile(
    r"kernel(?:-core|-rt|-rt-core|-default)?|glibc|linux-firmware|systemd|dbus(?:-broker|-daemon)?|microcode_ctl"
)
"""Installed since the last boot, they do not run yet."""
