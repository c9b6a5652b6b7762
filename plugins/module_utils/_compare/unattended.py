# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Upgrades that nobody asks for, told to leave the driver alone. Private to the collection.

They heed holds; this tells them so where a hold was lifted for a moment, or by hand.
"""

from __future__ import annotations

from typing import Dict, Mapping, Optional

from .types import Observed, Part

PATH = "/etc/apt/apt.conf.d/52baremetal-gpu-driver"
_PATTERNS = (
    "nvidia-(?!container)",
    "libnvidia-(?!container)",
    "linux-(modules|objects|signatures)-nvidia-",
    "firmware-nvidia-",
    "cuda-drivers",
    "libcuda1",
    "libnvcuvid1",
    "libnvoptix1",
    "libnvsdm",
)
CONTENT = "Unattended-Upgrade::Package-Blacklist {{\n{}}};\n".format(
    "".join(f'  "{pattern}";\n' for pattern in _PATTERNS)
)


def compare(part: Part, observed: Observed, *, hold: bool) -> Dict[str, Optional[str]]:
    """A drop-in of ours where unattended-upgrades is installed."""
    by = (observed.get("unattended") or {}).get("by") or ()
    text = CONTENT if hold and any(one["name"] == "unattended-upgrades" for one in by) else None
    own: Mapping[str, str] = observed.get("own_files") or {}
    installed = observed["packages"]["driver"]
    if text and PATH not in own and installed and all(package["held"] for package in installed):
        text = None  # somebody holds them all, and unattended-upgrades heeds that
    if own.get(PATH) != text:
        part.drift(
            PATH,
            want="present" if text else "absent",
            have="absent" if PATH not in own else "other text" if text else "present",
            why="unattended-upgrades would replace the libraries under the running module"
            if text
            else "nothing is held",
        )
    return {"path": PATH, "content": text}
