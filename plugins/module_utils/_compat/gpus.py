# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PCI ids: NVIDIA's GPUs by architecture, and display controllers that are none. Private to the collection.

Source: the PCI ID database; a chip has a block of device ids. Ids that nobody has seen yet in a block count as
that block's.
"""

from __future__ import annotations

from typing import FrozenSet, Optional, Tuple

NVIDIA = "10de"

DEVICE_BLOCKS: Tuple[Tuple[int, int, str], ...] = (
    (0x0FC0, 0x0FFF, "kepler"),  # GK107
    (0x1001, 0x103F, "kepler"),  # GK110, GK210
    (0x1180, 0x11FF, "kepler"),  # GK104, GK106
    (0x1280, 0x12BF, "kepler"),  # GK208
    (0x1340, 0x13FF, "maxwell"),  # GM108, GM107, GM204
    (0x1400, 0x143F, "maxwell"),  # GM206
    (0x1617, 0x1667, "maxwell"),  # GM204M
    (0x174D, 0x174E, "maxwell"),  # GM108
    (0x1789, 0x17FF, "maxwell"),  # GM107, GM200
    (0x15F0, 0x15FF, "pascal"),  # GP100
    (0x1725, 0x172F, "pascal"),  # GP100
    (0x1B00, 0x1D7F, "pascal"),  # GP102, GP104, GP106, GP107, GP108
    (0x1D80, 0x1DFF, "volta"),  # GV100
    (0x1E00, 0x1FFF, "turing"),  # TU102, TU104, TU106, TU117
    (0x2080, 0x20FF, "ampere"),  # GA100
    (0x2180, 0x21FF, "turing"),  # TU116
    (0x2200, 0x227F, "ampere"),  # GA102
    (0x2300, 0x23FF, "hopper"),  # GH100
    (0x2400, 0x25FF, "ampere"),  # GA103, GA104, GA106, GA107
    (0x2680, 0x28FF, "ada"),  # AD102, AD103, AD104, AD106, AD107
    (0x2900, 0x29FF, "blackwell"),  # GB100
    (0x2B00, 0x2FFF, "blackwell"),  # GB202, GB203, GB205, GB206, GB207, GB10
    (0x3180, 0x31FF, "blackwell"),  # GB110
)
_BMC_VENDORS: FrozenSet[str] = frozenset(("1a03", "102b", "18ca", "126f"))
"""ASPEED, Matrox, XGI, SMI: what they sell today is the console of servers."""
_BMC_DEVICES: FrozenSet[Tuple[str, str]] = frozenset((("1002", "515e"), ("1002", "5960"), ("19e5", "1711")))
"""ATI ES1000, ATI RV280 of older boards, Huawei's iBMC"""
_VIRTUAL_VENDORS: FrozenSet[str] = frozenset(("1234", "1af4", "1b36", "15ad", "1414", "80ee", "1013", "5853", "1ab8"))
"""Bochs, virtio, QXL, VMware, Hyper-V, VirtualBox, Cirrus as QEMU emulates it, Xen, Parallels"""


def architecture(device: str) -> Optional[str]:
    """The architecture of a device id such as 2330; None for an unknown one."""
    number = int(device, 16)
    return next((name for first, last, name in DEVICE_BLOCKS if first <= number <= last), None)


def display_kind(vendor: str, device: str) -> str:
    """bmc: a baseboard management controller's console; virtual: a hypervisor's; other: maybe a GPU."""
    if vendor in _BMC_VENDORS or (vendor, device) in _BMC_DEVICES:
        return "bmc"
    return "virtual" if vendor in _VIRTUAL_VENDORS else "other"
