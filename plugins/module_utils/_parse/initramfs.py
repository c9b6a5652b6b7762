# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an initramfs holds of module configuration and GPU modules. Private to the collection.

An image is one or more uncompressed cpio archives (microcode, firmware), then usually a compressed one.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import posixpath
import re
from typing import IO, Any, Callable, ContextManager, Mapping, Sequence

from .._dataclass import dataclass
from .._errors import ParseError
from . import cpio

Filter = Callable[[Sequence[str], IO[bytes]], ContextManager[IO[bytes]]]
"""Runs an open file through a command, as Runner.stream does."""

_CONFIGURATION = re.compile(r"(?:etc|run|lib|usr/lib|usr/local/lib)/modprobe\.d/[^/]+\.conf")
_LED_TO = re.compile(r"etc/.+\.conf")
"""Debian's own driver keeps its configuration elsewhere in /etc, and links to it."""
_MODULE = re.compile(r"(?:usr/)?lib/modules/.*/((?:nvidia|nouveau|nova)[^/]*?)\.ko(?:\.\w+)?")
_LONGEST_CHAIN = 8
_DAMAGED = (EOFError, OSError, lzma.LZMAError)


@dataclass(frozen=True)
class Image:
    """Configuration by its path on the node, and names of modules with underscores."""

    files: Mapping[str, str]
    modules: tuple[str, ...]


_LIBRARIES: dict[bytes, Callable[[IO[bytes]], Any]] = {
    b"\x1f\x8b": gzip.open,
    b"\xfd7zXZ\x00": lzma.open,
    b"\x5d\x00\x00": lzma.open,
    b"BZh": bz2.open,
}
_COMMANDS: dict[bytes, tuple[str, ...]] = {
    b"\x28\xb5\x2f\xfd": ("zstd", "-dcq"),
    b"\x02\x21\x4c\x18": ("lz4", "-dcq"),
    b"\x89LZO": ("lzop", "-dc"),
}


def _decompressed(head: bytes, file: IO[bytes], run: Filter) -> ContextManager[IO[bytes]]:
    for magic, library in _LIBRARIES.items():
        if head.startswith(magic):
            opened: ContextManager[IO[bytes]] = library(file)
            return opened
    for magic, command in _COMMANDS.items():
        if head.startswith(magic):
            return run(command, file)
    raise ParseError("initramfs", f"byte {file.tell()}", f"unknown compression {head!r}")


def _at_content(file: IO[bytes]) -> bytes:
    """Skip the zeros between archives; the first bytes of what follows, or nothing at the end."""
    while True:
        start = file.tell()
        data = file.read(4096)
        rest = data.lstrip(b"\0")
        if rest or not data:
            file.seek(start + len(data) - len(rest))
            return rest[:6]


class _Collector:
    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._links: dict[str, str] = {}
        self.modules: set[str] = set()

    @property
    def files(self) -> dict[str, str]:
        found = {}
        for name in sorted({*self._texts, *self._links}):
            text = self._texts.get(self._end(name))
            if text is not None and _CONFIGURATION.fullmatch(name):
                found["/" + name] = text
        return found

    def _end(self, name: str) -> str:
        for _dummy in range(_LONGEST_CHAIN):
            if name not in self._links:
                break
            name = posixpath.normpath(posixpath.join("/", posixpath.dirname(name), self._links[name]))[1:]
        return name

    def take(self, file: IO[bytes]) -> None:
        for entry in cpio.entries(file, lambda name: bool(_CONFIGURATION.fullmatch(name) or _LED_TO.fullmatch(name))):
            module = _MODULE.fullmatch(entry.name)
            if module:
                self.modules.add(module.group(1).replace("-", "_"))
            if entry.content is not None:
                (self._links if entry.link else self._texts)[entry.name] = entry.content.decode("utf-8", "replace")


def read_image(file: IO[bytes], run: Filter) -> Image:
    """Read an image from an open, seekable, unbuffered file."""
    found = _Collector()
    seen = False
    while True:
        head = _at_content(file)
        if not head:
            break
        seen = True
        if head in cpio.MAGICS:
            found.take(file)
            continue
        try:
            with _decompressed(head, file, run) as opened:
                found.take(opened)
        except _DAMAGED as exc:
            raise ParseError("initramfs", "compressed part", str(exc) or "incomplete") from exc
        break
    if not seen:
        raise ParseError("initramfs", "whole file", "empty")
    return Image(found.files, tuple(sorted(found.modules)))
