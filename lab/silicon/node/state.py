# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one state that nvidia-smi, libnvidia-ml, modprobe and /proc answer from: lines of tab-separated fields.

`driver VERSION FLAVOUR GSP`, then `gpu MINOR BUS_ID UUID SERIAL MODEL` and what libnvidia-ml needs; absent lines: not
loaded.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

ROOT = Path(os.environ.get("SILICON_ROOT") or "/")
"""Of a node; elsewhere a folder stands for one."""
PATH = ROOT / "run/silicon/state"
LIBRARIES = (ROOT / "usr/lib/x86_64-linux-gnu", ROOT / "usr/lib64")
COPY = "libnvidia-silicon.so.{}"
"""Beside the libraries of its version, so that it is injected into containers with them."""


class Card(NamedTuple):
    minor: int
    bus_id: str
    uuid: str
    serial: str
    model: str


class State(NamedTuple):
    version: str = ""
    flavour: str = ""
    gsp: bool = True
    cards: tuple[Card, ...] = ()
    switches: int = 0


def read(version: str = "") -> State:
    """The kernel's state; in a container the copy beside the libraries of that version."""
    copies = [folder / COPY.format(version) for folder in LIBRARIES]
    path = next((path for path in (PATH, *copies) if path.exists()), None)
    if path is None:
        return State()
    driver, gsp, cards, switches = ("", ""), True, [], 0
    for line in path.read_text().splitlines():
        words = line.split("\t")
        if words[0] == "driver":
            driver, gsp = (words[1], words[2]), words[3] == "1"
        elif words[0] == "gpu":
            cards.append(Card(int(words[1]), words[2], words[3], words[4], words[5]))
        elif words[0] == "switches":
            switches = int(words[1])
    return State(*driver, gsp, tuple(cards), switches)
