# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CDI specifications, in JSON or in the YAML that nvidia-ctk writes. Private to the collection."""

from __future__ import annotations

import re

from .._dataclass import dataclass
from .json_object import parse_object

_TOP = re.compile(r"^[\"']?(\w+)[\"']?:[ \t]*[\"']?([^\s\"'#]*)", re.MULTILINE)
_ITEM = re.compile(r"^( *)- ", re.MULTILINE)
_HOST_PATH = re.compile(r"[\"']?hostPath[\"']?:\s*[\"']?(/[^\s\"',}]+)")
_DRIVER = re.compile(r"lib(?:cuda|nvidia-ml)\.so\.(\d{3,}\.\d[\d.]*\d)")


@dataclass(frozen=True)
class CdiDocument:
    """One specification; None for what it does not say."""

    version: str | None
    """Version of the format"""
    kind: str | None
    devices: int
    driver_versions: tuple[str, ...]
    """Versions of the driver whose libraries it names"""
    host_paths: tuple[str, ...]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _document(text: str, version: str | None, kind: str | None, devices: int) -> CdiDocument:
    found = tuple(dict.fromkeys(_HOST_PATH.findall(text)))
    return CdiDocument(version, kind, devices, tuple(sorted(set(_DRIVER.findall(text)))), found)


def parse_cdi_json(text: str) -> CdiDocument:
    spec = parse_object(text, "CDI specification")
    devices = spec.get("devices")
    count = len(devices) if isinstance(devices, list) else 0
    return _document(text, _text(spec.get("cdiVersion")), _text(spec.get("kind")), count)


def parse_cdi_yaml(text: str) -> CdiDocument:
    """Keys at the margin, and of `devices` the entries of the outermost list."""
    top = {match.group(1): match for match in _TOP.finditer(text)}
    values = {name: match.group(2) or None for name, match in top.items()}
    count = 0
    if "devices" in top:
        start = top["devices"].end()
        later = [match.start() for match in top.values() if match.start() > start]
        indents = [len(match.group(1)) for match in _ITEM.finditer(text, start, min(later, default=len(text)))]
        count = indents.count(indents[0]) if indents else 0
    return _document(text, values.get("cdiVersion"), values.get("kind"), count)
