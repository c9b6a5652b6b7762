# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which installed packages are of the NVIDIA driver. Private to the collection.

Source: Canonical's restricted archive, NVIDIA's CUDA repository, Debian's non-free section.
"""

from __future__ import annotations

import re

DRIVER = re.compile(
    r"nvidia-(?:driver|open|headless|dkms|kernel|firmware|utils|compute-utils|smi|persistenced|modprobe|fabricmanager|imex"
    r"|opencl-icd|vdpau-driver|egl-icd|vulkan-icd|driver-libs|driver-bin|driver-cuda|alternative|legacy|suspend-common|installer-cleanup|support)(?:-.*)?"
    r"|libnvidia-(?:compute|cfg1?|common|decode|encode|extra|fbc1?|gl|gpucomp|ml1?|nscq|api1?|ptxjitcompiler1?"
    r"|nvvm\d*|opticalflow1?|rtcore|eglcore|glcore|glvkspirv|ngx1?|allocator1?|pkcs11.*|sandboxutils|tileiras|vksc-core)(?:-.*)?"
    r"|lib(?:cuda1|cudadebugger1|nvcuvid1|nvoptix1|nvsdm|gldispatch0-nvidia)(?:-.*)?"
    r"|linux-(?:modules|objects|signatures)-nvidia-.*"
    r"|cuda-drivers(?:-.*)?|glx-(?:alternative-(?:nvidia|mesa)|diversions)|update-glx"
    r"|firmware-nvidia-.*"
    r"|nvlsm"
    r"|xserver-xorg-video-nvidia(?:-.*)?"
)
DRIVER_SOURCE = re.compile(
    r"nvidia-graphics-drivers(?:-.*)?|nvidia-open-gpu-kernel-modules|fabric-manager-.*|libnvidia-nscq-.*|linux-restricted-modules(?:-.*)?"
)
OWN_VERSIONS = re.compile(r"nvidia-(?:settings|prime)|libxnvctrl\d*|nvidia-xconfig|libnvidia-egl-.*")
"""Of the driver only when they carry its version: their sources are released apart from it."""
KERNEL = re.compile(
    r"linux-(?:image|headers|modules(?!-nvidia)|generic|virtual|lowlatency|nvidia|oem|realtime|aws|azure|gcp"
    r"|gke|ibm|kvm|oracle)(?:-.*)?"
)
"""Kernels, and the metapackages that bring the next one."""
REPOSITORY = re.compile(r"nvidia-driver-pinning(?:-.*)?|cuda-keyring|nvidia-driver-local-repo-.*|cuda-repo-.*")
NEVER = re.compile(
    r"nvidia-container-.*|libnvidia-container.*|nvidia-docker2|nvidia-cuda-.*|cuda-compat-.*|nvidia-kernel-headers-.*"
)

TOOLKIT = (
    "libnvidia-container1",
    "libnvidia-container-tools",
    "nvidia-container-toolkit-base",
    "nvidia-container-toolkit",
)
DRIVER_VERSION = re.compile(r"\d{3}\.\d{2,3}(?:\.\d{2,3})?")
"""An upstream version that only a driver has."""


def is_driver(name: str) -> bool:
    """By its name alone."""
    strange = any(pattern.fullmatch(name) for pattern in (NEVER, REPOSITORY, OWN_VERSIONS))
    return not strange and bool(DRIVER.fullmatch(name))
