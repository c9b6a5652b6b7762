# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""rpm's database, in one query. Private to the collection."""

from __future__ import annotations

import re

from .._dataclass import dataclass
from .._errors import ParseError

_FIELDS = ("NAME", "EPOCHNUM", "VERSION", "RELEASE", "ARCH", "VENDOR", "SOURCERPM", "INSTALLTIME")
QUERY = ("rpm", "-qa", "--queryformat", "\\t".join(f"%{{{name}}}" for name in _FIELDS) + "\\n")
_NONE = "(none)"
_NUMBER = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True)
class RpmPackage:
    """An installed package."""

    name: str
    epoch: int
    version: str
    release: str
    architecture: str
    vendor: str | None
    source: str | None
    """Name of the source package"""
    installed_at: int
    """Seconds since 1970"""

    @property
    def upstream(self) -> str:
        """A kernel module package of SUSE has the kernel's version behind its own."""
        return self.version.split("_k")[0]

    @property
    def evr(self) -> str:
        """Epoch, where there is one, version and release."""
        return (f"{self.epoch}:" if self.epoch else "") + f"{self.version}-{self.release}"


def _source(file: str) -> str | None:
    """The name in `NAME-VERSION-RELEASE.src.rpm`."""
    return None if file == _NONE else file.rsplit("-", 2)[0]


def parse_rpm(text: str) -> tuple[RpmPackage, ...]:
    """Output of QUERY; public keys, which rpm lists like packages, are left out."""
    packages = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line or line.startswith("gpg-pubkey\t"):
            continue
        fields = line.split("\t")
        if len(fields) != len(_FIELDS) or not (_NUMBER.fullmatch(fields[1]) and _NUMBER.fullmatch(fields[7])):
            raise ParseError("rpm -qa", f"line {number}", f"expected {len(_FIELDS)} fields, found {line!r}")
        name, epoch, version, release, architecture, vendor, source, time = fields
        packages.append(
            RpmPackage(
                name=name,
                epoch=int(epoch),
                version=version,
                release=release,
                architecture=architecture,
                vendor=None if vendor == _NONE else vendor,
                source=_source(source),
                installed_at=int(time),
            )
        )
    return tuple(packages)
