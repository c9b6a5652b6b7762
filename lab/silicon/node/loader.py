# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The boot loader's entries, where the distribution writes them: which kernel they start, and with which arguments."""

from __future__ import annotations

import re
from pathlib import Path

ENTRIES = Path("/boot/loader/entries")
ENVIRONMENT = Path("/boot/grub2/grubenv")
DEFAULT_OPTIONS = "root=/dev/sda1 ro quiet"


def _entries() -> dict[str, dict[str, str]]:
    """Name → the entry's lines."""
    return {
        path.stem: dict(line.split(None, 1) for line in path.read_text().splitlines() if " " in line)
        for path in ENTRIES.glob("*.conf")
    }


def chosen() -> str:
    """The kernel of the saved entry; empty: nothing is saved, or no such entry is there."""
    text = ENVIRONMENT.read_text() if ENVIRONMENT.exists() else ""
    saved = re.search(r"^saved_entry=(.*)$", text, re.MULTILINE)
    entry = _entries().get(saved[1].strip(), {}) if saved else {}
    return entry.get("version", "")


def options(release: str) -> str:
    """The arguments that the kernel is started with."""
    for entry in _entries().values():
        if entry.get("version") == release:
            return entry.get("options", "")
    return DEFAULT_OPTIONS
