# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Single values of nvidia-smi: sentinels, quantities, addresses. Private to the collection."""

from __future__ import annotations

import re
from typing import Callable, Mapping
from xml.etree.ElementTree import Element

_REASONS = {
    "": "empty",
    "n/a": "not available",
    "not available": "not available",
    "not supported": "not supported",
    "requested functionality has been deprecated": "deprecated",
    "insufficient permissions": "insufficient permissions",
    "gpu is lost": "GPU is lost",
    "gpu is inaccessible": "GPU is inaccessible",
    "unknown error": "unknown error",
    "unknown": "unknown",
    "function not found": "not supported by the driver's library",
    "not found": "not found",
    "err!": "unknown error",
}
LOST = ("GPU is lost", "GPU is inaccessible")
_QUANTITY = re.compile(r"(-?\d+(?:\.\d+)?)(?:\s*(.*))?")
_BUS_ID = re.compile(r"(?:([0-9a-f]{1,8}):)?([0-9a-f]{2}):([0-9a-f]{2})\.([0-7])", re.IGNORECASE)
_WORD = re.compile(r"[^a-z0-9]+")
_ARCHITECTURES = {"ada_lovelace": "ada"}


def reason(text: str) -> str | None:
    """Why there is no value, or None if there is one. CSV has its sentinels in brackets."""
    bare = text.strip()
    if bare.startswith("[") and bare.endswith("]"):
        bare = bare[1:-1]
    return _REASONS.get(bare.strip().lower())


def quantity(text: str, unit: str) -> float | None:
    """A number with this unit, or a bare one, as CSV without units has it."""
    match = _QUANTITY.fullmatch(text.strip())
    if match is None or match.group(2) not in (unit, "", None):
        return None
    number = float(match.group(1))
    return int(number) if number.is_integer() else number


def whole(text: str) -> int | None:
    """A decimal number or one with 0x in front."""
    try:
        return int(text, 16 if text.lower().startswith("0x") else 10)
    except ValueError:
        return None


def word(text: str) -> str:
    """`Drain P2P` → drain_p2p"""
    return _WORD.sub("_", text.strip().lower()).strip("_")


def architecture(text: str) -> str:
    """A word, in the spelling that the rest of the collection has."""
    name = word(text)
    return _ARCHITECTURES.get(name, name)


def switch(text: str) -> bool | None:
    return {
        "enabled": True,
        "yes": True,
        "true": True,
        "active": True,
        "disabled": False,
        "no": False,
        "false": False,
    }.get(text.strip().lower())


def bus_id(text: str) -> str | None:
    """The form of /sys: 00000000:1B:00.0 and 1b:00.0 → 0000:1b:00.0"""
    match = _BUS_ID.fullmatch(text.strip())
    if match is None:
        return None
    domain, bus, device, function = match.groups()
    return "{:04x}:{}:{}.{}".format(int(domain or "0", 16), bus.lower(), device.lower(), function)


def first_word(text: str) -> str:
    """A version without the remark that 610 and later put behind it."""
    return (text.split() or [""])[0]


class Values:
    """Reads values below one element by path, and notes why there are none."""

    def __init__(self, element: Element, prefix: str, why: dict[str, str]) -> None:
        self.element = element
        self._children = {child.tag: child for child in reversed(element)}
        self._prefix = prefix
        self._why = why

    def below(self, element: Element, prefix: str) -> Values:
        return Values(element, f"{self._prefix}.{prefix}", self._why)

    def note(self, name: str, why: str) -> None:
        self._why[f"{self._prefix}.{name}"] = why

    def find(self, path: str) -> Element | None:
        """What element.find does, which is slow for paths with a slash."""
        first, *rest = path.split("/")
        element = self._children.get(first)
        for tag in rest:
            element = None if element is None else element.find(tag)
        return element

    def text(self, name: str, *paths: str) -> str | None:
        """The first of these elements that is there and holds a value; an absent element is silent."""
        missing = None
        for path in paths:
            element = self.find(path)
            if element is None or len(element):
                continue
            text = (element.text or "").strip()
            missing = reason(text)
            if missing is None:
                return text
        if missing is not None:
            self.note(name, missing)
        return None

    def _read(self, name: str, paths: tuple[str, ...], read: Callable[[str], object]) -> object:
        text = self.text(name, *paths)
        if text is None:
            return None
        value = read(text)
        if value is None:
            self.note(name, f"unexpected value {text[:80]!r}")
        return value

    def number(self, name: str, unit: str, *paths: str) -> float | None:
        value = self._read(name, paths, lambda text: quantity(text, unit))
        return value if isinstance(value, (int, float)) else None

    def whole(self, name: str, *paths: str) -> int | None:
        value = self._read(name, paths, whole)
        return value if isinstance(value, int) else None

    def word(self, name: str, *paths: str) -> str | None:
        text = self.text(name, *paths)
        return None if text is None else word(text)

    def switch(self, name: str, *paths: str) -> bool | None:
        value = self._read(name, paths, switch)
        return value if isinstance(value, bool) else None

    def words(self, path: str) -> Mapping[str, str]:
        """All children of one element that have a value: tag → word."""
        children = self.element.findall(path + "/*")
        return {
            child.tag: word(child.text or "")
            for child in children
            if reason(child.text or "") is None and not len(child)
        }
