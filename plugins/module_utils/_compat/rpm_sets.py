# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of the driver's packages for Enterprise Linux and its relatives. Private to the collection.

Source: NVIDIA's driver installation guide (RHEL, Amazon Linux, Fedora), yum-packaging. Up to EL 9 and in Amazon Linux
2023 the packages are in streams of the module nvidia-driver.
"""

from __future__ import annotations

from typing import Dict, Tuple

from .package_sets import Names, PackageSet, Row

_COMPUTE = ("nvidia-driver-cuda", "nvidia-persistenced")
_FULL = ("nvidia-driver", *_COMPUTE)
_DKMS: Dict[str, Names] = {"open": ("kmod-nvidia-open-dkms",), "proprietary": ("kmod-nvidia-latest-dkms",)}
_PREBUILT: Dict[str, Names] = {"proprietary": ("kmod-nvidia-{version}-{kernel_build}",)}
_STREAMS: Dict[str, Dict[str, Names]] = {
    "dkms": {
        "open": ("nvidia-driver:{branch}-open", "nvidia-driver:open-dkms"),
        "proprietary": ("nvidia-driver:{branch}-dkms", "nvidia-driver:latest-dkms"),
    },
    "prebuilt": {"proprietary": ("nvidia-driver:{branch}", "nvidia-driver:latest")},
}
_MATCHED = ("{kernel_rpm}-devel-matched-{kernel_evr}",)
_DEVEL = ("{kernel_rpm}-devel-{kernel_evr}",)
_FABRIC: Dict[str, Names] = {
    "fabric_manager": ("nvidia-fabricmanager",),
    "nscq": ("libnvidia-nscq",),
    "imex": ("nvidia-imex",),
    "nvsdm": ("libnvsdm",),
    "nvlsm": ("nvlsm", "infiniband-diags"),
}
_OLD_FABRIC: Dict[str, Names] = {
    "fabric_manager": ("nvidia-fabric-manager",),
    "nscq": ("libnvidia-nscq-{branch}",),
    "imex": ("nvidia-imex-{branch}",),
    "nvsdm": ("libnvsdm-{branch}",),
    "nvlsm": ("nvlsm", "infiniband-diags"),
}


def _rows(system: str, versions: Names, headers: Names, *, streams: bool) -> Tuple[Row, ...]:
    def packages(fabric: Dict[str, Names]) -> PackageSet:
        return PackageSet(
            compute=_COMPUTE,
            full=_FULL,
            # NVIDIA builds modules for some of RHEL's kernels; the next one may have none, and dkms builds for every.
            modules={"dkms": _DKMS, **({"prebuilt": _PREBUILT} if streams else {})},
            fabric=fabric,
            headers=headers,
            free=("nvlsm", "infiniband-diags"),
            streams=_STREAMS if streams else {},
        )

    return (
        Row(system, "cuda", packages(_OLD_FABRIC), last_branch=579, versions=versions),
        Row(system, "cuda", packages(_FABRIC), first_branch=580, versions=versions),
    )


RPM_SETS: Tuple[Row, ...] = (
    *_rows("el", ("8",), _DEVEL, streams=True),
    *_rows("el", ("9",), _MATCHED, streams=True),
    *_rows("el", ("10",), _MATCHED, streams=False),
    *_rows("amzn", ("2023",), _DEVEL, streams=True),
    *_rows("fedora", ("42", "43", "44"), _MATCHED, streams=False),
)
