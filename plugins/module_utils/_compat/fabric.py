# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""NVLink fabrics: what each kind needs. Private to the collection.

Source: NVIDIA's fabric manager, IMEX and NVSDM guides. The packages are in the driver's tables.
"""

from __future__ import annotations

from typing import Dict, Tuple

NVLINK5_BLOCKS: Tuple[Tuple[int, int], ...] = ((0x2900, 0x29FF), (0x3180, 0x31FF))
"""Device ids of GPUs with NVLink 5: GB100, GB110. Their switches hang on other vendors' bridges in the PCI tree."""
NEEDS: Dict[str, Tuple[str, ...]] = {
    "nvswitch": ("fabric_manager", "nscq"),
    "nvlink5": ("fabric_manager", "nvlsm", "nvsdm"),
    "rack": ("imex",),
}
"""Kind of fabric → what the node needs. In a rack the fabric manager runs on the switch trays."""
UNITS: Dict[str, str] = {"fabric_manager": "nvidia-fabricmanager.service", "imex": "nvidia-imex.service"}
ANY = r"(?:nvidia-(?:fabric-?manager|imex)|libnvidia-nscq|libnvsdm|nvlsm)(?:-[0-9]{3})?"
"""Every name that one of the packages has had."""


def has_nvlink5(device: str) -> bool:
    """Whether a device id such as 2901 is of a GPU with NVLink 5."""
    return any(first <= int(device, 16) <= last for first, last in NVLINK5_BLOCKS)
