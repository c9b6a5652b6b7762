# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of the driver packages by who builds them. Private to the collection.

Source: Canonical's restricted archive (branch and -server in every name), NVIDIA's CUDA repository for Debian (no
branch in any name). `{branch}`, `{open}` (the suffix -open or nothing), `{kernel}` (a kernel release) and
`{kernel_flavour}` (generic, aws, ...) are filled in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Tuple


@dataclass(frozen=True)
class PackageSet:
    """The packages to ask for; apt finds the rest of the closure."""

    compute: Tuple[str, ...]
    full: Tuple[str, ...]
    modules: Dict[str, Dict[str, Tuple[str, ...]]]
    """How the kernel modules come (prebuilt, dkms) → flavour → packages."""
    headers: str = "linux-headers-{kernel}"


_UBUNTU_PREBUILT = (
    "linux-modules-nvidia-{branch}-server{open}-{kernel_flavour}",
    "linux-modules-nvidia-{branch}-server{open}-{kernel}",
)
_UBUNTU_DKMS = ("nvidia-dkms-{branch}-server{open}",)

PACKAGE_SETS: Dict[Tuple[str, str], PackageSet] = {
    ("ubuntu", "archive"): PackageSet(
        compute=(
            "nvidia-headless-no-dkms-{branch}-server{open}",
            "nvidia-utils-{branch}-server",
            "nvidia-compute-utils-{branch}-server",
        ),
        full=("nvidia-driver-{branch}-server{open}",),
        modules={
            "prebuilt": {"open": _UBUNTU_PREBUILT, "proprietary": _UBUNTU_PREBUILT},
            "dkms": {"open": _UBUNTU_DKMS, "proprietary": _UBUNTU_DKMS},
        },
    ),
    ("debian", "cuda"): PackageSet(
        compute=("nvidia-driver-cuda", "nvidia-persistenced"),
        full=("nvidia-driver", "nvidia-driver-cuda", "nvidia-persistenced"),
        modules={"dkms": {"open": ("nvidia-kernel-open-dkms",), "proprietary": ("nvidia-kernel-dkms",)}},
    ),
}
