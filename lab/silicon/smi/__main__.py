# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""nvidia-smi, simulated: formats from a capture, values from the state that the simulated kernel wrote."""

from __future__ import annotations

import datetime
import os
import re
import sys
from pathlib import Path
from typing import NoReturn

from lab.silicon.models import MODELS
from lab.silicon.node import state
from lab.silicon.smi import views
from lab.silicon.smi.data import HELP, VERSION
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
PM = state.ROOT / "run/silicon/pm"
DAEMON = state.ROOT / "run/nvidia-persistenced"

MODES = {"0": False, "DISABLED": False, "1": True, "ENABLED": True}
SHORT = {
    "--help": "-h",
    "--id": "-i",
    "--display": "-d",
    "--persistence-mode": "-pm",
    "--query": "-q",
    "--xml-format": "-x",
    "--list-gpus": "-L",
}
OPTIONS = dict.fromkeys(("-h", "-q", "-x", "-L", "--version", "--query-gpu", "--format", "--help-query-gpu"), False)
OPTIONS |= dict.fromkeys(("-i", "-d", "-pm"), True)
"""What this stand-in knows, and whether a value may follow as the next word."""


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
    if value not in MODES:
        stop(f"Invalid persistence mode: {value}\nTerminating early due to previous errors.\n", 2)
    chosen = set(PM.read_text().split()) if PM.exists() else set()
    for card in cards:
        word = "enabled" if MODES[value] else "disabled"
        if persistence(card.bus_id) == MODES[value]:
            print(f"Persistence mode is already {word.capitalize()} for GPU {long_bus(card.bus_id)}.")
        else:
            print(f"{word.capitalize()} persistence mode for GPU {long_bus(card.bus_id)}.")
        chosen = chosen | {card.bus_id} if MODES[value] else chosen - {card.bus_id}
    PM.write_text("\n".join(sorted(chosen)))
    print("All done.")
    return 0


def read_options(argv: list[str]) -> dict[str, str]:
    """By their short names where they have one."""
    options: dict[str, str] = {}
    words = list(argv)
    if words[:1] == ["nvlink"] and words[1:] in (["-s"], ["--status"]):
        return {"nvlink": ""}
    while words:
        word = words.pop(0)
        name, equals, value = word.partition("=")
        name = SHORT.get(name, name)
        if name not in OPTIONS:
            known = re.search(rf"^ +(-\w+,? +)?{re.escape(name)}[,= ]", HELP, re.MULTILINE)
            if known:
                sys.stderr.write(f"The lab's stand-in for nvidia-smi does not know {word}.\n")
                sys.exit(1)
            stop(f"ERROR: Option {word} is not recognized. Please run 'nvidia-smi -h'.\n\n", 255)
        if OPTIONS[name] and not equals:
            value = words.pop(0) if words else ""
        options[name] = value
    return options


def main(argv: list[str]) -> int:
    options = read_options(argv)
    if "-h" in options:
        stop(HELP, 0)
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
    cards = [card for card in now.cards if (state.ROOT / f"dev/nvidia{card.minor}").exists()]
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
    answers = (("nvlink", look.links), ("-L", look.listing))
    return next((answer for option, answer in answers if option in options), look.summary)()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
