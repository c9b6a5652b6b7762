# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""nvidia-smi, simulated: formats from a capture, values from the state that the simulated kernel wrote."""

from __future__ import annotations

import datetime
import os
import sys
from pathlib import Path
from typing import NoReturn

from lab.silicon.models import MODELS
from lab.silicon.node import state
from lab.silicon.smi import views
from lab.silicon.smi.data import VERSION
from lab.silicon.smi.layout import long_bus

MISSING = (
    "NVIDIA-SMI couldn't find libnvidia-ml.so library in your system. Please make sure that the NVIDIA "
    "Display Driver is properly installed and present in your system.\n"
    "Please also try adding directory that contains libnvidia-ml.so to your system PATH.\n"
)
UNLOADED = (
    "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest "
    "NVIDIA driver is installed and running.\n\n"
)
PM = Path("/run/silicon/pm")
DAEMON = Path("/run/nvidia-persistenced")


def stop(text: str, rc: int) -> NoReturn:
    sys.stdout.write(text)
    sys.exit(rc)


def library_version() -> str | None:
    """What the loader would find: the version behind the soname."""
    links = [folder / "libnvidia-ml.so.1" for folder in state.LIBRARIES]
    found = next((link for link in links if link.exists()), None)
    return Path(os.path.realpath(found)).name.partition(".so.")[2] if found else None


def persistence(bus_id: str) -> bool:
    pid, mode = DAEMON / "nvidia-persistenced.pid", DAEMON / "mode"
    if pid.exists() and Path(f"/proc/{pid.read_text().strip()}").exists() and mode.read_text().strip() == "on":
        return True
    return PM.exists() and bus_id in PM.read_text().split()


def set_persistence(cards: list[state.Card], value: str) -> int:
    if value not in ("0", "1"):
        stop(f"Invalid persistence mode: {value}\n", 2)
    chosen = set(PM.read_text().split()) if PM.exists() else set()
    for card in cards:
        word = "enabled" if value == "1" else "disabled"
        before = persistence(card.bus_id)
        if before == (value == "1"):
            print(f"Persistence mode is already {word.capitalize()} for GPU {long_bus(card.bus_id)}.")
        else:
            print(f"{word.capitalize()} persistence mode for GPU {long_bus(card.bus_id)}.")
        chosen = chosen | {card.bus_id} if value == "1" else chosen - {card.bus_id}
    PM.write_text("\n".join(sorted(chosen)))
    print("All done.")
    return 0


def main(argv: list[str]) -> int:
    options: dict[str, str] = {}
    words = list(argv)
    while words:
        word = words.pop(0)
        name, equals, value = word.partition("=")
        if name in ("-i", "-d", "-pm", "--id", "--display", "--persistence-mode") and not equals:
            value = words.pop(0) if words else ""
        name = {
            "--id": "-i",
            "--display": "-d",
            "--persistence-mode": "-pm",
            "--query": "-q",
            "--xml-format": "-x",
            "--list-gpus": "-L",
        }.get(name, name)
        if name not in (
            "-q",
            "-x",
            "-L",
            "-i",
            "-d",
            "-pm",
            "--version",
            "--query-gpu",
            "--format",
            "--help-query-gpu",
        ):
            stop("Invalid combination of input arguments. Please run 'nvidia-smi -h' for help.\n\n", 1)
        options[name] = value
    if "--help-query-gpu" in options:
        return views.help_query()
    library = library_version()
    if library is None:
        stop(MISSING, 12)
    now = state.read(VERSION)
    if not now.version:
        stop(UNLOADED, 9)
    if library != now.version:
        stop(
            "Failed to initialize NVML: Driver/library version mismatch\n"
            f"NVML library version: {library.rsplit('.', 1)[0] if library.count('.') > 1 else library}\n",
            18,
        )
    if "--version" in options:
        return views.version(now.version)
    cards = [card for card in now.cards if Path(f"/dev/nvidia{card.minor}").exists()]
    if "-i" in options:
        wanted = options["-i"].split(",")
        cards = [
            c
            for index, c in enumerate(cards)
            if str(index) in wanted
            or c.uuid in wanted
            or long_bus(c.bus_id).lower() in [w.lower() for w in wanted]
            or c.bus_id in wanted
        ]
    if not cards:
        stop("No devices were found\n", 6)
    look = views.Look(
        now,
        [(card, MODELS[card.model], persistence(card.bus_id)) for card in cards],
        datetime.datetime.now(datetime.UTC),
    )
    if "-pm" in options:
        return set_persistence(cards, options["-pm"])
    if "--query-gpu" in options:
        return look.csv(options["--query-gpu"].split(","), options.get("--format", "csv"))
    if "-q" in options:
        return look.xml() if "-x" in options else look.text(options.get("-d"))
    return look.listing() if "-L" in options else look.summary()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
