# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What keeps rpm packages at their version: versionlock, zypper's locks, exclusions. Private to the collection."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import Any, Mapping

from .._dataclass import dataclass
from .toml import parse_toml

_EXCLUDE = re.compile(r"^[ \t]*(?:exclude|excludepkgs|exclude_pkgs)[ \t]*[=:][ \t]*(.*(?:\n[ \t]+\S.*)*)", re.MULTILINE)
_OPERATORS = ("=", "==")
_VERSIONS = ("evr", "version")


@dataclass(frozen=True)
class PackageLock:
    """One rule, and whether it is about a package."""

    text: str
    """As it is written"""
    name: str
    """Glob of the name, or of the whole name-[epoch:]version-release[.architecture]"""
    evr: str | None = None
    """The one version that it allows, as far as the rule says it"""
    comment: str = ""

    def holds(self, name: str, epoch: int, version: str, release: str, arch: str) -> bool:
        """Whether this rule keeps the installed package as it is."""
        if self.evr is not None:
            wanted = {f"{epoch}:{version}-{release}", f"{version}-{release}", version, f"{epoch}:{version}"}
            return fnmatchcase(name, self.name) and self.evr in wanted
        forms = [f"{name}-{epoch}:{version}-{release}", f"{name}-{version}-{release}"]
        forms += [f"{form}.{arch}" for form in forms] + [name, f"{name}.{arch}", f"{name}-{version}"]
        return any(fnmatchcase(form, self.name) for form in forms)


def parse_plugin_settings(text: str) -> dict[str, str]:
    """versionlock.conf, which has one section."""
    pairs = (line.partition("=") for line in text.splitlines() if line.lstrip()[:1] not in ("#", ";"))
    return {name.strip(): value.strip() for name, equals, value in pairs if equals}


def parse_versionlock_list(text: str) -> tuple[PackageLock, ...]:
    """dnf 4's versionlock.list, and yum's. A line that begins with `!` excludes a version, which locks nothing."""
    lines = ["", *(line.strip() for line in text.splitlines())]
    return tuple(
        PackageLock(line, line, comment=before[1:].strip() if before.startswith("#") else "")
        for before, line in zip(lines, lines[1:])
        if line and line[0] not in "#!"
    )


def _conditions(package: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Key, comparator and value of each condition."""
    conditions = package.get("conditions")
    tables = [one for one in conditions if isinstance(one, dict)] if isinstance(conditions, list) else []
    return [(str(one.get("key")), str(one.get("comparator")), str(one.get("value"))) for one in tables]


def parse_versionlock_toml(text: str) -> tuple[PackageLock, ...]:
    """dnf 5's versionlock.toml. A range of versions holds as well, though at none of them."""
    packages = parse_toml(text).get("packages")
    found = []
    for package in packages if isinstance(packages, list) else ():
        name = package.get("name") if isinstance(package, dict) else None
        if isinstance(name, str) and name:
            conditions = _conditions(package)
            exact = [value for key, comparator, value in conditions if key in _VERSIONS and comparator in _OPERATORS]
            said = ", ".join(f"{key} {comparator} {value}" for key, comparator, value in conditions)
            evr, comment = exact[0] if exact else None, str(package.get("comment"))
            found.append(PackageLock(f"{name}, {said}" if said else name, name, evr, comment))
    return tuple(found)


def parse_zypp_locks(text: str) -> tuple[PackageLock, ...]:
    """/etc/zypp/locks: stanzas that name packages, with globs."""
    found = []
    for stanza in re.split(r"\n\s*\n", text):
        pairs = (line.partition(":") for line in stanza.splitlines() if not line.startswith("#"))
        values = {key.strip(): value.strip() for key, colon, value in pairs if colon}
        name = values.get("solvable_name", "")
        if name and values.get("type", "package") == "package":
            version = values.get("version", "").lstrip("= ") or None
            found.append(PackageLock(f"{name} = {version}" if version else name, name, version))
    return tuple(found)


def parse_excludes(text: str) -> tuple[PackageLock, ...]:
    """Packages that dnf.conf keeps out of every transaction."""
    words = [word for value in _EXCLUDE.findall(text) for word in re.split(r"[\s,]+", value)]
    return tuple(PackageLock(word, word) for word in words if word)
