# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Display controllers that are no GPUs to compute with. Private to the collection.

Source: the PCI ID database.
"""

from __future__ import annotations

from typing import FrozenSet, Tuple

_BMC_VENDORS: FrozenSet[str] = frozenset(("1a03", "102b", "18ca", "126f"))
"""ASPEED, Matrox, XGI, SMI: what they sell today is the console of servers."""
_BMC_DEVICES: FrozenSet[Tuple[str, str]] = frozenset((("1002", "515e"), ("1002", "5960"), ("19e5", "1711")))
"""ATI ES1000, ATI RV280 of older boards, Huawei's iBMC"""
_VIRTUAL_VENDORS: FrozenSet[str] = frozenset(("1234", "1af4", "1b36", "15ad", "1414", "80ee", "1013", "5853", "1ab8"))
"""Bochs, virtio, QXL, VMware, Hyper-V, VirtualBox, Cirrus as QEMU emulates it, Xen, Parallels"""


def display_kind(vendor: str, device: str) -> str:
    """bmc: a baseboard management controller's console; virtual: a hypervisor's; other: maybe a GPU."""
    if vendor in _BMC_VENDORS or (vendor, device) in _BMC_DEVICES:
        return "bmc"
    return "virtual" if vendor in _VIRTUAL_VENDORS else "other"
