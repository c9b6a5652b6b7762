# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is plugged into a node: fixed when it is made, in /etc/silicon/hardware.json, read by the simulated kernel."""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import dataclass

from lab import PREFIX, LabError
from lab.silicon.models import MODELS

NVSWITCH = "nvswitch"
SLOTS = ("1b", "43", "52", "61", "9d", "c3", "d1", "df", "2a", "38", "4a", "5d", "aa", "ba", "ca", "da")
"""Bus numbers of the cards, in the order of an eight-way board."""
SWITCH_SLOTS = ("07", "08", "09", "0a", "0b", "0c")


@dataclass(frozen=True)
class Other:
    vendor: str
    device: str
    pci_class: str
    driver: str


BMC = Other("1a03", "2000", "0x030000", "ast")
OTHERS = {
    "mi210": Other("1002", "740f", "0x038000", "amdgpu"),
    "arc-a770": Other("8086", "56a0", "0x030000", "i915"),
}
"""Cards of other vendors that a node may hold; the BMC's VGA is in every node."""
KNOWN = (*MODELS, NVSWITCH, *OTHERS)
STEP = "reading the hardware of a node"


def parse(text: str) -> tuple[tuple[str, int], ...]:
    """`h100-sxm*8+nvswitch*4` → (("h100-sxm", 8), ("nvswitch", 4)); empty: no card."""
    found = []
    for part in filter(None, text.split("+")):
        match = re.fullmatch(r"([a-z0-9-]+)(?:\*(\d+))?", part)
        if match is None:
            raise LabError(STEP, f"expected MODEL*COUNT+MODEL*COUNT, found {text!r}")
        if match[1] not in KNOWN:
            raise LabError(STEP, f"no model {match[1]!r}; there are: {', '.join(KNOWN)}")
        found.append((match[1], int(match[2] or 1)))
    return tuple(found)


def describe(node: str, text: str) -> str:
    """The content of hardware.json. The same node always gets the same UUIDs and serials, as real cards keep theirs."""
    slots, switches = iter(SLOTS), iter(SWITCH_SLOTS)
    gpus: list[dict[str, str]] = []
    nvswitches: list[str] = []
    other = [_other("03", BMC)]
    try:
        for model, count in parse(text):
            for _number in range(count):
                if model == NVSWITCH:
                    nvswitches.append(f"0000:{next(switches)}:00.0")
                elif model in OTHERS:
                    other.append(_other(next(slots), OTHERS[model]))
                else:
                    gpus.append(_gpu(node, model, next(slots)))
    except StopIteration:
        why = f"{text!r} is more than the {len(SLOTS)} cards and {len(SWITCH_SLOTS)} switches that a node has slots for"
        raise LabError(STEP, why) from None
    content = {"node": PREFIX + node, "gpus": gpus, "nvswitches": nvswitches, "other": other}
    return json.dumps(content, indent=1) + "\n"


def _gpu(node: str, model: str, bus: str) -> dict[str, str]:
    identity = uuid.uuid5(uuid.NAMESPACE_DNS, f"{node}.{bus}.gpulab")
    serial = f"165{identity.int % 10**10:010d}"
    return {"model": model, "bus_id": f"0000:{bus}:00.0", "uuid": f"GPU-{identity}", "serial": serial}


def _other(bus: str, card: Other) -> dict[str, str]:
    words = {"vendor": card.vendor, "device": card.device, "class": card.pci_class, "driver": card.driver}
    return {"bus_id": f"0000:{bus}:00.0", **words}
