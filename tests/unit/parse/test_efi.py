# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists of certificates in EFI variables, and certificates in files."""

from __future__ import annotations

import base64
import struct

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import ParseError
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.efi import parse_certificate, parse_signature_lists

X509 = bytes.fromhex("a159c0a5e494a74a87b5ab155c2bf072")
SHA256 = bytes.fromhex("2616c4c14c509240aca941f936934328")
OWNER = bytes(range(16))


def signatures(kind: bytes, *entries: bytes, header: bytes = b"") -> bytes:
    """One list of entries that are equally long."""
    size = 16 + len(entries[0]) if entries else 17
    body = header + b"".join(OWNER + entry for entry in entries)
    return kind + struct.pack("<III", 28 + len(body), len(header), size) + body


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        (b"", ()),
        (signatures(X509, b"one"), (b"one",)),
        (signatures(X509, b"one", b"two"), (b"one", b"two")),
        (signatures(X509), ()),
        (signatures(X509, b"one", header=b"1234"), (b"one",)),
        (signatures(SHA256, bytes(32)) + signatures(X509, b"a longer one"), (b"a longer one",)),
    ],
)
def test_lists(data: bytes, wanted: tuple[bytes, ...]) -> None:
    assert parse_signature_lists(data) == wanted


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (X509, "byte 0"),
        (signatures(X509, b"one") + b"x", "byte 47"),
        (signatures(X509, b"one")[:-1], "byte 0"),
        (X509 + struct.pack("<III", 27, 0, 17), "byte 0"),
        (X509 + struct.pack("<III", 28, 0, 16), "byte 0"),
        (X509 + struct.pack("<III", 28, 1, 17), "byte 0"),
    ],
    ids=["no head", "rest", "cut", "too small", "empty entries", "header too large"],
)
def test_damaged_lists(data: bytes, where: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_signature_lists(data)
    assert caught.value.where == where


def test_certificates() -> None:
    pem = b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(b"der") + b"-----END CERTIFICATE-----\n"
    assert parse_certificate(b"der") == parse_certificate(pem) == b"der"
    with pytest.raises(ParseError, match="PEM block"):
        parse_certificate(b"-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----\n")
