# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fingerprints of OpenPGP public keys, without gpg. Private to the collection.

Formats: RFC 9580 (packets, armor, fingerprints of versions 4 and 6).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import Iterator

from .._errors import ParseError

_ARMOR = re.compile(
    rb"-----BEGIN PGP PUBLIC KEY BLOCK-----[ \t]*\r?\n(?:[^\r\n:]+:[^\r\n]*\r?\n)*[ \t]*\r?\n"
    rb"(.*?)-----END PGP PUBLIC KEY BLOCK-----",
    re.DOTALL,
)
_PUBLIC_KEY = 6
_WHAT = "OpenPGP key"


def _dearmor(data: bytes) -> bytes:
    blocks = _ARMOR.findall(data)
    if not blocks:
        raise ParseError(_WHAT, "whole file", "armor without a complete public key block")
    try:
        # The line with "=" in front is the checksum.
        return b"".join(base64.b64decode(re.sub(rb"(?m)^=.*$", b"", block)) for block in blocks)
    except binascii.Error as exc:
        raise ParseError(_WHAT, "armor", str(exc)) from exc


def _length(data: bytes, at: int) -> tuple[int, int]:
    """Length of a new-format packet's body, and where the body begins."""
    first = data[at]
    if first < 192:
        return first, at + 1
    if first < 224:
        return ((first - 192) << 8) + data[at + 1] + 192, at + 2
    if first == 255:
        return int.from_bytes(data[at + 1 : at + 5], "big"), at + 5
    raise ParseError(_WHAT, f"byte {at}", "partial lengths do not occur in keys")


def _packets(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(data):
        head = data[at]
        if not head & 0x80:
            raise ParseError(_WHAT, f"byte {at}", "no packet begins here")
        try:
            if head & 0x40:
                tag = head & 0x3F
                size, body = _length(data, at + 1)
            else:
                tag = (head & 0x3C) >> 2
                width = (1, 2, 4, 0)[head & 3]
                body = at + 1 + width
                size = int.from_bytes(data[at + 1 : body], "big") if width else len(data) - body
        except IndexError as exc:
            raise ParseError(_WHAT, f"byte {at}", "ends within a packet's header") from exc
        at = body + size
        if at > len(data):
            raise ParseError(_WHAT, f"byte {body}", "ends within a packet")
        yield tag, data[body:at]


def _fingerprint(body: bytes) -> str:
    version = body[0] if body else 0
    if version == 4:
        return hashlib.sha1(b"\x99" + len(body).to_bytes(2, "big") + body).hexdigest().upper()
    if version == 6:
        return hashlib.sha256(b"\x9b" + len(body).to_bytes(4, "big") + body).hexdigest().upper()
    raise ParseError(_WHAT, "public key packet", f"version {version} is not known")


def parse_fingerprints(data: bytes) -> tuple[str, ...]:
    """Fingerprints of the primary keys in a file, armored or not, in its order."""
    if not data.strip():
        raise ParseError(_WHAT, "whole file", "empty")
    binary = data if data[0] & 0x80 else _dearmor(data)
    found = tuple(_fingerprint(body) for tag, body in _packets(binary) if tag == _PUBLIC_KEY)
    if not found:
        raise ParseError(_WHAT, "whole file", "no public key in it")
    return found
