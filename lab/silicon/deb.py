# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes Debian packages: the same content gives the same bytes."""

from __future__ import annotations

import io
import tarfile
from dataclasses import dataclass, field

CONTACT = "baremetal.gpu lab <lab@example.org>"


@dataclass(frozen=True)
class Deb:
    """One package.

    `files` is path → content and mode, `links` is path → target, `scripts` is name → shell without its first line.
    """

    name: str
    version: str
    depends: str = ""
    files: dict[str, tuple[bytes, int]] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    scripts: dict[str, str] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=dict)
    conffiles: tuple[str, ...] = ()

    @property
    def filename(self) -> str:
        return f"{self.name}_{self.version.split(':')[-1]}_amd64.deb"

    def control(self) -> dict[str, str]:
        head = {
            "Package": self.name,
            "Version": self.version,
            "Architecture": "amd64",
            "Maintainer": CONTACT,
            "Section": "misc",
            "Priority": "optional",
        }
        if self.depends:
            head["Depends"] = self.depends
        return head | self.fields | {"Description": f"stand-in for {self.name}, without silicon"}

    def build(self) -> bytes:
        control = "".join(f"{key}: {value}\n" for key, value in self.control().items())
        members = {"control": (control.encode(), 0o644)}
        members |= {
            name: (f"#!/bin/sh\nset -e\n{text}\nexit 0\n".encode(), 0o755) for name, text in self.scripts.items()
        }
        if self.conffiles:
            members["conffiles"] = ("".join(f"{path}\n" for path in self.conffiles).encode(), 0o644)
        parts = {"debian-binary": b"2.0\n", "control.tar": _tar(members, {}), "data.tar": _tar(self.files, self.links)}
        return b"!<arch>\n" + b"".join(_member(name, content) for name, content in parts.items())


def _member(name: str, content: bytes) -> bytes:
    header = f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(content):<10}`\n".encode()
    return header + content + (b"\n" if len(content) % 2 else b"")


def _tar(files: dict[str, tuple[bytes, int]], links: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as archive:
        folders: set[str] = set()
        for path in sorted([*files, *links]):
            parts = path.strip("/").split("/")
            for depth in range(1, len(parts)):
                folder = "/".join(parts[:depth])
                if folder not in folders:
                    folders.add(folder)
                    entry = tarfile.TarInfo(f"./{folder}")
                    entry.type, entry.mode = tarfile.DIRTYPE, 0o755
                    archive.addfile(entry)
            entry = tarfile.TarInfo("./" + path.strip("/"))
            if path in links:
                entry.type, entry.linkname, entry.mode = tarfile.SYMTYPE, links[path], 0o777
                archive.addfile(entry)
            else:
                content, entry.mode = files[path]
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()
