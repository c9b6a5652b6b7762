# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who uses the GPUs. Private to the collection."""

from __future__ import annotations

import re
from typing import List

from .swap import SERVICES
from .types import Observed

_SERVICES = re.compile(
    r"(?:\S*/)?(?:nvidia-persistenced|nv-fabricmanager|nv-hostengine|nvidia-imex|dcgm-exporter|nvidia-smi"
    r"|nvidia-device-plugin|gpu-feature-discovery|nvidia-mig-manager|nvidia-validator)(?:\s|$)"
)
"""They hold the driver without doing any work on it, or start again by themselves, as the GPU Operator's do."""


def users(observed: Observed) -> List[str]:
    """Processes whose work would end with the module, as sentences can name them."""
    found = {
        (int(holder["pid"]), str(holder["command"]), holder.get("owner"))
        for holder in observed.get("holders") or ()
        if holder.get("unit") not in SERVICES and not _SERVICES.match(holder["command"])
    }
    return [
        f"{pid} ({command})" + (f" of {owner}" if owner else "")
        for pid, command, owner in sorted(found, key=lambda one: one[0])
    ]
