# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cpio archives in the format newc, read as a stream. Private to the collection."""

from __future__ import annotations

from typing import IO, Callable, Iterator

from .._dataclass import dataclass
from .._errors import ParseError

MAGICS = (b"070701", b"070702")
TRAILER = "TRAILER!!!"
_HEADER = 110
_LONGEST_NAME = 8192
_LONGEST_CONTENT = 1 << 20
_CHUNK = 1 << 16
_REGULAR = 0o100000
_LINK = 0o120000


@dataclass(frozen=True)
class Entry:
    """A member; content only where it was wanted."""

    name: str
    content: bytes | None
    """Of a link, where it leads."""
    link: bool = False


class Stream:
    """Exact reads that know how far they came."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.offset = 0

    def read(self, size: int) -> bytes:
        data = self._file.read(size) or b""
        while len(data) < size:
            more = self._file.read(size - len(data))
            if not more:
                raise ParseError("cpio archive", f"byte {self.offset + len(data)}", "ends within an entry")
            data += more
        self.offset += size
        return data

    def skip(self, size: int) -> None:
        if self._file.seekable():
            self._file.seek(size, 1)
            self.offset += size
            return
        while size > 0:
            size -= len(self.read(min(size, _CHUNK)))

    def align(self) -> None:
        self.skip(-self.offset % 4)


def entries(file: IO[bytes], wanted: Callable[[str], bool]) -> Iterator[Entry]:
    """Members up to the trailer; the file is left right behind it."""
    stream = Stream(file)
    while True:
        at = stream.offset
        header = stream.read(_HEADER)
        if header[:6] not in MAGICS:
            raise ParseError("cpio archive", f"byte {at}", "no entry begins here")
        try:
            mode, size, length = (int(header[start : start + 8], 16) for start in (14, 54, 94))
        except ValueError as exc:
            raise ParseError("cpio archive", f"byte {at}", "a number in the header is not hexadecimal") from exc
        if not 0 < length <= _LONGEST_NAME or size < 0:
            raise ParseError("cpio archive", f"byte {at}", f"a name of {length} bytes")
        name = stream.read(length)[:-1].decode("utf-8", "replace")
        stream.align()
        if name == TRAILER:
            return
        if name.startswith("./"):
            name = name[2:]
        content = None
        kind = mode & 0o170000
        if kind in (_REGULAR, _LINK) and wanted(name) and size <= _LONGEST_CONTENT:
            content = stream.read(size)
        else:
            stream.skip(size)
        stream.align()
        yield Entry(name, content, kind == _LINK)
