# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of the driver's packages for SLES 15. Private to the collection.

Source: NVIDIA's driver installation guide (SUSE): the signed kernel module package first, then the user space at its
version.
"""

from __future__ import annotations

from typing import Tuple

from .package_sets import PackageSet, Row

_SIGNED = ("nvidia-open-driver-G06-signed-cuda-kmp-{kernel_flavour}",)

SUSE_SETS: Tuple[Row, ...] = (
    Row(
        "sles",
        "cuda",
        PackageSet(
            compute=("nvidia-compute-utils-G06",),
            full=("nvidia-video-G06", "nvidia-gl-G06", "nvidia-compute-utils-G06"),
            modules={"prebuilt": {"open": _SIGNED}},
            headers=(),
            signed=True,
            modules_first=True,
        ),
        first_branch=550,
        versions=("15",),
    ),
)
