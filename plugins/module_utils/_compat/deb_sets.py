# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of the driver's deb packages. Private to the collection.

Source: Canonical's restricted archive (branch and -server in every name, before and after 590); NVIDIA's CUDA
repository for Ubuntu (branch in the names up to 580), for Debian (never); NVIDIA's list of package renames of release
590, which the fabric's packages had already with 580; Debian's non-free section.
"""

from __future__ import annotations

from typing import Dict, Tuple

from .package_sets import Names, PackageSet, Row

_PINNING = ("nvidia-driver-pinning-{branch}",)
_FABRIC: Dict[str, Names] = {
    "fabric_manager": ("nvidia-fabricmanager",),
    "nscq": ("libnvidia-nscq",),
    "imex": ("nvidia-imex",),
    "nvsdm": ("libnvsdm",),
    "nvlsm": ("nvlsm", "infiniband-diags"),
}
_FABRIC_TO_570: Dict[str, Names] = {
    "fabric_manager": ("nvidia-fabricmanager-{branch}",),
    "nscq": ("libnvidia-nscq-{branch}",),
    "imex": ("nvidia-imex-{branch}",),
    "nvsdm": ("libnvsdm-{branch}",),
    "nvlsm": ("nvlsm", "infiniband-diags"),
}
_FABRIC_CANONICAL = {part: _FABRIC_TO_570[part] for part in ("fabric_manager", "nscq", "imex")}
_OF_CANONICAL = r".*-\d+-server(?:-.*)?|linux-(?:modules|objects|signatures)-nvidia-.*"
_OF_OTHERS_THAN_SERVER = (
    r"(?:nvidia-(?:headless|headless-no-dkms|utils|compute-utils|dkms|driver|open|kernel-common|kernel-source|firmware)"
    r"|libnvidia-(?:cfg1|common|compute|decode|encode|extra|fbc1|gl|gpucomp)|cuda-drivers)"
    r"(?:-\d+(?!\d*-server))?(?:-open)?(?:-\d+\.[\d.]+)?"
)
"""NVIDIA's, and Canonical's flavour for desktops"""


def _both(*names: str) -> Dict[str, Names]:
    return {"open": names, "proprietary": names}


_UBUNTU_ARCHIVE = PackageSet(
    compute=(
        "nvidia-headless-no-dkms-{branch}-server{open}",
        "nvidia-utils-{branch}-server",
        "nvidia-compute-utils-{branch}-server",
    ),
    full=("nvidia-driver-{branch}-server{open}",),
    modules={
        "prebuilt": _both(
            "linux-modules-nvidia-{branch}-server{open}-{kernel_flavour}",
            "linux-modules-nvidia-{branch}-server{open}-{kernel}",
        ),
        "dkms": _both("nvidia-dkms-{branch}-server{open}"),
    },
    fabric=_FABRIC_CANONICAL,
    foreign=_OF_OTHERS_THAN_SERVER,
    signed=True,
)


def _ubuntu_cuda(branch: str, fabric: Dict[str, Names], *, pinning_always: bool = False) -> PackageSet:
    return PackageSet(
        compute=(
            "nvidia-headless-no-dkms" + branch + "{open}",
            "nvidia-utils" + branch,
            "nvidia-compute-utils" + branch,
        ),
        full=("nvidia-driver" + branch + "{open}",),
        modules={"dkms": _both("nvidia-dkms" + branch + "{open}")},
        fabric=fabric,
        foreign=_OF_CANONICAL,
        pinning=_PINNING,
        pinning_always=pinning_always,
    )


def _debian_cuda(fabric: Dict[str, Names], *, pinning_always: bool = False) -> PackageSet:
    return PackageSet(
        compute=("nvidia-driver-cuda", "nvidia-persistenced"),
        full=("nvidia-driver", "nvidia-driver-cuda", "nvidia-persistenced"),
        modules={"dkms": {"open": ("nvidia-kernel-open-dkms",), "proprietary": ("nvidia-kernel-dkms",)}},
        fabric=fabric,
        pinning=_PINNING,
        pinning_always=pinning_always,
    )


_DEBIAN_ARCHIVE = PackageSet(
    compute=("nvidia-smi", "libcuda1", "nvidia-persistenced", "nvidia-modprobe", "firmware-nvidia-gsp"),
    full=("nvidia-driver", "nvidia-smi", "nvidia-persistenced", "nvidia-modprobe", "firmware-nvidia-gsp"),
    modules={"dkms": {"open": ("nvidia-open-kernel-dkms",), "proprietary": ("nvidia-kernel-dkms",)}},
    free=("nvidia-persistenced", "nvidia-modprobe"),
)

DEB_SETS: Tuple[Row, ...] = (
    Row("ubuntu", "archive", _UBUNTU_ARCHIVE),
    Row("ubuntu", "cuda", _ubuntu_cuda("-{branch}", _FABRIC_TO_570), 0, 579),
    Row("ubuntu", "cuda", _ubuntu_cuda("-{branch}", _FABRIC), 580, 589),
    Row("ubuntu", "cuda", _ubuntu_cuda("", _FABRIC, pinning_always=True), 590),
    Row("debian", "cuda", _debian_cuda(_FABRIC_TO_570), 0, 579),
    Row("debian", "cuda", _debian_cuda(_FABRIC), 580, 589),
    Row("debian", "cuda", _debian_cuda(_FABRIC, pinning_always=True), 590),
    # A release of Debian stays on one branch.
    Row("debian", "archive", _DEBIAN_ARCHIVE, 535, 535, ("12",)),
    Row("debian", "archive", _DEBIAN_ARCHIVE, 550, 550, ("13",)),
)
