# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fingerprints, against what gpg printed for the same keys."""

from __future__ import annotations

import hashlib

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import ParseError
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.openpgp import parse_fingerprints

from .documents import FIXTURES

KEYS = FIXTURES / "keys"
ONE = "CE7FA8A8EF377D781D0472F6D6796C94F5F5B0CB"
TWO = "CF19F5A5008A990DE21FE2B86E6A57AF6141B9AA"
RSA = "4C2706508B29EB16136149DCBFE292239C034383"


@pytest.mark.parametrize(("name", "wanted"), [("one.asc", (ONE,)), ("two-keys.gpg", (ONE, TWO)), ("rsa.gpg", (RSA,))])
def test_keys_made_by_gpg(name: str, wanted: tuple[str, ...]) -> None:
    assert parse_fingerprints((KEYS / name).read_bytes()) == wanted


def test_armor_with_headers_and_other_line_ends() -> None:
    text = (KEYS / "one.asc").read_bytes().replace(b"BLOCK-----\n\n", b"BLOCK-----\nVersion: x 1\nComment: y\n\n", 1)
    assert parse_fingerprints(b"hello\n" + text) == (ONE,)
    assert parse_fingerprints(text.replace(b"\n", b"\r\n")) == (ONE,)
    assert parse_fingerprints(text + text) == (ONE, ONE)


def new_packet(tag: int, body: bytes) -> bytes:
    size = len(body)
    if size < 192:
        length = bytes([size])
    elif size < 8384:
        length = bytes([((size - 192) >> 8) + 192, (size - 192) & 0xFF])
    else:
        length = b"\xff" + size.to_bytes(4, "big")
    return bytes([0xC0 | tag]) + length + body


@pytest.mark.parametrize("size", [10, 191, 192, 5000, 9000])
def test_packets_of_the_new_format(size: int) -> None:
    body = b"\x04" + b"k" * size
    wanted = hashlib.sha1(b"\x99" + len(body).to_bytes(2, "big") + body).hexdigest().upper()
    assert parse_fingerprints(new_packet(6, body) + new_packet(13, b"name")) == (wanted,)


def test_version_6() -> None:
    body = b"\x06" + b"k" * 60
    wanted = hashlib.sha256(b"\x9b" + len(body).to_bytes(4, "big") + body).hexdigest().upper()
    assert parse_fingerprints(new_packet(6, body)) == (wanted,)


def test_an_old_packet_of_open_length() -> None:
    body = b"\x04" + b"k" * 9
    assert len(parse_fingerprints(b"\x9b" + body)) == 1


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty"),
        (b"<html>404</html>", "armor without a complete public key block"),
        (
            b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nabc\n-----END PGP PUBLIC KEY BLOCK-----\n",
            "Incorrect padding",
        ),
        (new_packet(13, b"only a name"), "no public key in it"),
        (new_packet(6, b"\x03old"), "version 3 is not known"),
        (new_packet(6, b""), "version 0 is not known"),
        (new_packet(6, b"\x04" + b"k" * 60)[:-1], "ends within a packet"),
        (b"\xc6", "ends within a packet's header"),
        (b"\xc6\xe1", "partial lengths do not occur in keys"),
        (new_packet(13, b"x") + b"text", "no packet begins here"),
    ],
)
def test_what_is_no_key(data: bytes, why: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_fingerprints(data)
    assert caught.value.why == why
