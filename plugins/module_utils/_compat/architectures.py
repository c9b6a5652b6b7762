# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each GPU architecture needs from a driver branch. Private to the collection.

Source: NVIDIA driver installation guides 610 and 620 (kernel modules), driver README chapter on GSP firmware; for
device ids the list of supported GPUs in NVIDIA's open kernel modules.
"""

from __future__ import annotations

from typing import Dict, Optional, Tuple

from .._dataclass import dataclass

FIRST_OPEN_BRANCH = 515
"""First branch with open kernel modules."""
FIRST_OPEN_DEFAULT_BRANCH = 560
"""From here on NVIDIA recommends the open modules wherever they work."""
FIRST_BRANCH_WITHOUT_PROPRIETARY = 620
"""From here on there are only open kernel modules, so GSP cannot be switched off."""


@dataclass(frozen=True)
class Architecture:
    """Driver limits of one architecture; a limit of None means there is none yet."""

    title: str
    flavours: Tuple[str, ...]
    first_branch: int
    last_branch: Optional[int] = None
    gsp_can_be_off: bool = True


_BOTH = ("open", "proprietary")
_OLD = ("proprietary",)
_NEW = ("open",)

ARCHITECTURES: Dict[str, Architecture] = {
    "kepler": Architecture("Kepler", _OLD, 304, 470),
    "maxwell": Architecture("Maxwell", _OLD, 343, 580),
    "pascal": Architecture("Pascal", _OLD, 367, 580),
    "volta": Architecture("Volta", _OLD, 384, 580),
    "turing": Architecture("Turing", _BOTH, 410),
    "ampere": Architecture("Ampere", _BOTH, 450),
    "ada": Architecture("Ada Lovelace", _BOTH, 520),
    "hopper": Architecture("Hopper", _BOTH, 525),
    "grace_hopper": Architecture("Grace Hopper", _NEW, 535, gsp_can_be_off=False),
    "blackwell": Architecture("Blackwell", _NEW, 570, gsp_can_be_off=False),
}


def of_gpu(architecture: Optional[str], device: str) -> Optional[str]:
    """The row for a GPU; Hopper of a superchip has its own. None for an unknown architecture."""
    if architecture == "hopper" and device.startswith("234"):
        return "grace_hopper"
    return architecture if architecture in ARCHITECTURES else None
