# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The GPUs that can be simulated. Node-side code gets this file as it is."""

from __future__ import annotations

from typing import NamedTuple

NVIDIA = "10de"
NVSWITCH_DEVICE = "22a3"


class Model(NamedTuple):
    name: str
    device: str
    subsystem: str
    pci_class: str
    architecture: str
    memory_mib: int
    reserved_mib: int
    """By the driver and its firmware, as a card of this model says (of a V100 there is no word: as of a T4)."""
    compute_cap: str
    power_limit_w: int
    vbios: str
    mig: bool
    open_modules: bool
    proprietary_modules: bool
    first_branch: int
    last_branch: int
    gsp_can_be_off: bool
    nvlinks: int = 0
    nvlink_speed: str = ""


MODELS = {
    "h100-sxm": Model(
        "NVIDIA H100 80GB HBM3",
        "2330",
        "16c1",
        "0x030200",
        "Hopper",
        81559,
        480,
        "9.0",
        700,
        "96.00.89.00.01",
        True,
        True,
        True,
        525,
        999,
        True,
        nvlinks=18,
        nvlink_speed="26.562 GB/s",
    ),
    "l40s": Model(
        "NVIDIA L40S",
        "26b9",
        "1851",
        "0x030200",
        "Ada Lovelace",
        46068,
        609,
        "8.9",
        350,
        "95.02.66.00.02",
        False,
        True,
        True,
        525,
        999,
        True,
    ),
    "t4": Model(
        "Tesla T4",
        "1eb8",
        "12a2",
        "0x030200",
        "Turing",
        15360,
        448,
        "7.5",
        70,
        "90.04.38.00.03",
        False,
        True,
        True,
        410,
        999,
        True,
    ),
    "v100": Model(
        "Tesla V100-SXM2-32GB",
        "1db5",
        "1249",
        "0x030200",
        "Volta",
        32768,
        448,
        "7.0",
        300,
        "88.00.80.00.01",
        False,
        False,
        True,
        384,
        580,
        True,
        nvlinks=6,
        nvlink_speed="25.781 GB/s",
    ),
    "b200": Model(
        "NVIDIA B200",
        "2901",
        "1999",
        "0x030200",
        "Blackwell",
        183359,
        728,
        "10.0",
        1000,
        "97.00.3C.00.05",
        True,
        True,
        False,
        570,
        999,
        False,
        nvlinks=18,
        nvlink_speed="53.125 GB/s",
    ),
}

NVML_ARCHITECTURES = {"Volta": 5, "Turing": 6, "Ampere": 7, "Ada Lovelace": 8, "Hopper": 9, "Blackwell": 10}
