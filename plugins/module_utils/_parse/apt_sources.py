# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""apt's package sources, in both formats. Private to the collection."""

from __future__ import annotations

import re

from .._dataclass import dataclass

_ONE_LINE = re.compile(
    r"(?P<off>#?\s*)deb\s+(?:\[(?P<options>[^\]]*)\]\s*)?(?P<uri>\S+)\s+(?P<suite>\S+)(?P<components>[^#]*)"
)
_FIELD = re.compile(r"([A-Za-z-]+):(.*)")
EMBEDDED_KEY = "embedded"


@dataclass(frozen=True)
class AptSource:
    """One stanza or one line."""

    uris: tuple[str, ...]
    suites: tuple[str, ...]
    components: tuple[str, ...]
    signed_by: str | None
    """A path or a fingerprint as written, `embedded` for a key within the source, None where there is none"""
    enabled: bool


def parse_stanzas(text: str) -> list[dict[str, str]]:
    """Stanzas of `Field: value`, field names in lower case; lines that continue a value are joined to it."""
    stanzas: list[dict[str, str]] = [{}]
    name = ""
    for line in text.splitlines():
        field = _FIELD.match(line)
        if line.startswith("#"):
            continue
        if not line.strip():
            stanzas.append({})
        elif line[0] in " \t":
            if name in stanzas[-1]:
                stanzas[-1][name] += "\n" + line.strip()
        elif field:
            name = field.group(1).lower()
            stanzas[-1][name] = field.group(2).strip()
    return [stanza for stanza in stanzas if stanza]


def _signed_by(value: str) -> str | None:
    value = value.strip()
    if "BEGIN PGP" in value:
        return EMBEDDED_KEY
    return value or None


def parse_deb822(text: str) -> tuple[AptSource, ...]:
    """A .sources file. Stanzas that serve only source packages are left out."""
    return tuple(
        AptSource(
            uris=tuple(stanza.get("uris", "").split()),
            suites=tuple(stanza.get("suites", "").split()),
            components=tuple(stanza.get("components", "").split()),
            signed_by=_signed_by(stanza.get("signed-by", "")),
            enabled=stanza.get("enabled", "yes").lower() not in ("no", "false", "0", "off", "without", "disable"),
        )
        for stanza in parse_stanzas(text)
        if "deb" in stanza.get("types", "").split()
    )


def parse_one_line(text: str) -> tuple[AptSource, ...]:
    """A .list file. A line that was commented out is a source that is not enabled."""
    sources = []
    for line in text.splitlines():
        match = _ONE_LINE.fullmatch(line.split(" #")[0].strip())
        if not match:
            continue
        words = (match.group("options") or "").split()
        options = {
            name.strip().lower(): value for name, equals, value in (word.partition("=") for word in words) if equals
        }
        sources.append(
            AptSource(
                uris=(match.group("uri"),),
                suites=(match.group("suite"),),
                components=tuple(match.group("components").split()),
                signed_by=options.get("signed-by"),
                enabled=not match.group("off"),
            )
        )
    return tuple(sources)
