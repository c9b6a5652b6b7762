# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""NVLink fabrics: what each kind needs, and the packages' names by who builds them. Private to the collection.

Source: NVIDIA's fabric manager, IMEX and NVSDM guides; driver installation guide 590, package renames; Canonical's
restricted archive. The packages of a driver's version must be of exactly that version.
"""

from __future__ import annotations

from typing import Dict, Tuple

NVLINK5_BLOCKS: Tuple[Tuple[int, int], ...] = ((0x2900, 0x29FF), (0x3180, 0x31FF))
"""Device ids of GPUs with NVLink 5: GB100, GB110. Their switches hang on other vendors' bridges in the PCI tree."""
NEEDS: Dict[str, Tuple[str, ...]] = {
    "nvswitch": ("fabricmanager", "nscq"),
    "nvlink5": ("fabricmanager", "nvlsm", "nvsdm"),
    "rack": ("imex",),
}
"""Kind of fabric → what the node needs. In a rack the fabric manager runs on the switch trays."""
UNITS: Dict[str, str] = {"fabricmanager": "nvidia-fabricmanager.service", "imex": "nvidia-imex.service"}
APART = ("nvlsm",)
"""Released apart from the driver."""
FIRST_UNSUFFIXED = 580
"""From here on NVIDIA's own packages have no branch in their names."""
ARCHIVE: Dict[str, str] = {
    "fabricmanager": "nvidia-fabricmanager-{branch}",
    "nscq": "libnvidia-nscq-{branch}",
    "imex": "nvidia-imex-{branch}",
}
SUFFIXED: Dict[str, str] = {**ARCHIVE, "nvsdm": "libnvsdm-{branch}", "nvlsm": "nvlsm"}
UNSUFFIXED: Dict[str, str] = {part: name.replace("-{branch}", "") for part, name in SUFFIXED.items()}
RPM_SUFFIXED: Dict[str, str] = {**SUFFIXED, "fabricmanager": "nvidia-fabric-manager"}
ANY = r"(?:nvidia-(?:fabric-?manager|imex)|libnvidia-nscq|libnvsdm|nvlsm)(?:-[0-9]{3})?"
"""Every name that one of them has had."""


def names(manager: str, source: str, branch: int) -> Dict[str, str]:
    """Part → package."""
    if source == "archive":
        table = ARCHIVE
    elif branch >= FIRST_UNSUFFIXED:
        table = UNSUFFIXED
    else:
        table = SUFFIXED if manager == "apt" else RPM_SUFFIXED
    return {part: name.format(branch=branch) for part, name in table.items()}


def has_nvlink5(device: str) -> bool:
    """Whether a device id such as 2901 is of a GPU with NVLink 5."""
    return any(first <= int(device, 16) <= last for first, last in NVLINK5_BLOCKS)
