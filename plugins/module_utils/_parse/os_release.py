# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""/etc/os-release. Private to the collection."""

from __future__ import annotations

import re

from .._dataclass import dataclass

_LINE = re.compile(r"([A-Z][A-Z0-9_]*)=(.*)")
_FAMILIES = {
    "debian": "debian",
    "ubuntu": "debian",
    "rhel": "redhat",
    "fedora": "redhat",
    "suse": "suse",
    "sles": "suse",
}


@dataclass(frozen=True)
class OsRelease:
    """Who made the system."""

    id: str | None
    version_id: str | None
    codename: str | None
    id_like: tuple[str, ...]
    pretty: str
    family: str | None


def _unquote(value: str) -> str:
    value = value.strip()
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        value = value[1:-1]
    return re.sub(r"\\(.)", r"\1", value)


def parse_os_release(text: str) -> OsRelease:
    """Lines that assign nothing are skipped, as the format demands."""
    matches = [_LINE.fullmatch(line.strip()) for line in text.splitlines()]
    values = {match.group(1): _unquote(match.group(2)) for match in matches if match}
    own = values.get("ID")
    like = tuple(values.get("ID_LIKE", "").split())
    family = next((_FAMILIES[name] for name in (own, *like) if name in _FAMILIES), None)
    return OsRelease(
        id=own,
        version_id=values.get("VERSION_ID"),
        codename=values.get("VERSION_CODENAME"),
        id_like=like,
        pretty=values.get("PRETTY_NAME") or values.get("NAME") or own or "unknown system",
        family=family,
    )
