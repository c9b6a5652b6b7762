# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Single values of nvidia-smi: sentinels, quantities, addresses. Private to the collection."""

from __future__ import annotations

import re
from typing import Callable, Dict

_REASONS = {
    "": "empty",
    "n/a": "not available",
    "not available": "not available",
    "not supported": "not supported",
    "not available in wddm driver model": "not supported",
    "requested functionality has been deprecated": "deprecated",
    "insufficient permissions": "insufficient permissions",
    "gpu is lost": "GPU is lost",
    "gpu is inaccessible": "GPU is inaccessible",
    "gpu requires reset": "GPU requires reset",
    "gpu requires restart": "GPU requires reset",
    "corrupted inforom": "infoROM is corrupted",
    "unknown error": "unknown error",
    "unknown": "unknown",
    "function not found": "not supported by the driver's library",
    "not found": "not found",
    "no data": "no data",
    "timeout": "timeout",
    "in use by another client": "in use",
    "invalid argument": "invalid argument",
    "insufficient size": "insufficient size",
    "driver/library version mismatch": "driver/library version mismatch",
    "err!": "unknown error",
}
"""NVML's words for an error, which nvidia-smi prints in place of a value."""
LOST = ("GPU is lost", "GPU is inaccessible")
_QUANTITY = re.compile(r"(-?[0-9]+(?:\.[0-9]+)?)(?:\s*(\S.*)?)?", re.ASCII)
_WHOLE = re.compile(r"-?[0-9]{1,20}|0[xX][0-9a-fA-F]{1,16}", re.ASCII)
_LANES = re.compile(r"([0-9]{1,4})x?", re.ASCII)
_BUS_ID = re.compile(r"(?:([0-9a-f]{1,8}):)?([0-9a-f]{2}):([0-9a-f]{2})\.([0-7])", re.IGNORECASE | re.ASCII)
_HEX = re.compile(r"(?:0x)?([0-9a-f]{1,8})", re.IGNORECASE | re.ASCII)
_WORD = re.compile(r"[^a-z0-9]+")
_ARCHITECTURES = {"ada_lovelace": "ada"}
_SWITCHES = {
    "enabled": True,
    "yes": True,
    "true": True,
    "active": True,
    "disabled": False,
    "no": False,
    "false": False,
    "not active": False,
}


def reason(text: str) -> str | None:
    """Why there is no value, or None if there is one. CSV has its sentinels in brackets."""
    bare = text.strip()
    if bare.startswith("[") and bare.endswith("]"):
        bare = bare[1:-1]
    return _REASONS.get(bare.strip().lower())


def quantity(text: str, unit: str) -> float | None:
    """A number with this unit, or a bare one, as CSV without units has it."""
    match = _QUANTITY.fullmatch(text.strip())
    if match is None or len(match.group(1)) > 30 or match.group(2) not in (unit, "", None):
        return None
    number = float(match.group(1))
    return int(number) if number.is_integer() else number


def whole(text: str) -> int | None:
    """A decimal number or one with 0x in front."""
    if _WHOLE.fullmatch(text) is None:
        return None
    return int(text, 16 if text[:2].lower() == "0x" else 10)


def lanes(text: str) -> int | None:
    """`16x` → 16"""
    match = _LANES.fullmatch(text)
    return int(match.group(1)) if match else None


def word(text: str) -> str | None:
    """`Drain P2P` → drain_p2p"""
    return _WORD.sub("_", text.strip().lower()).strip("_") or None


def architecture(text: str) -> str | None:
    """A word, in the spelling that the rest of the collection has."""
    name = word(text)
    return None if name is None else _ARCHITECTURES.get(name, name)


def switch(text: str) -> bool | None:
    return _SWITCHES.get(text.strip().lower())


def bus_id(text: str) -> str | None:
    """The form of /sys: 00000000:1B:00.0 and 1b:00.0 → 0000:1b:00.0"""
    match = _BUS_ID.fullmatch(text.strip())
    if match is None:
        return None
    domain, bus, device, function = match.groups()
    return "{:04x}:{}:{}.{}".format(int(domain or "0", 16), bus.lower(), device.lower(), function)


def hexadecimal(text: str) -> str | None:
    """`0x233010DE` → 233010de"""
    match = _HEX.fullmatch(text)
    return match.group(1).lower() if match else None


def first_word(text: str) -> str:
    """A version without the remark that 610 and later put behind it."""
    return (text.split() or [""])[0]


READERS: Dict[str, Callable[[str], object]] = {
    "text": str,
    "word": word,
    "switch": switch,
    "whole": whole,
    "lanes": lanes,
    "architecture": architecture,
    "bus_id": bus_id,
    "hex": hexadecimal,
}


def read(how: str, text: str) -> object:
    """A value by the name of its reader, or of its unit; None: the text is not of that kind."""
    reader = READERS.get(how)
    return quantity(text, how) if reader is None else reader(text)
