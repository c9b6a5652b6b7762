# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates in EFI variables, and the files of keys to look for in them. Private to the collection."""

from __future__ import annotations

import base64
import binascii
import re
import struct

from .._errors import ParseError

_X509 = bytes.fromhex("a159c0a5e494a74a87b5ab155c2bf072")
_HEAD = 28
_OWNER = 16
_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", re.DOTALL)


def parse_signature_lists(data: bytes) -> tuple[bytes, ...]:
    """The X.509 certificates, in DER, of an EFI_SIGNATURE_LIST; hashes are left out."""
    found = []
    at = 0
    while at < len(data):
        if len(data) - at < _HEAD:
            raise ParseError("EFI signature list", f"byte {at}", f"expected {_HEAD} bytes, found {len(data) - at}")
        whole, header, size = struct.unpack_from("<III", data, at + 16)
        end, entry = at + whole, at + _HEAD + header
        if whole < _HEAD or end > len(data) or entry > end or size <= _OWNER:
            raise ParseError("EFI signature list", f"byte {at}", f"a list of {whole} bytes with entries of {size}")
        if data[at : at + 16] == _X509:
            found += [data[start + _OWNER : start + size] for start in range(entry, end - size + 1, size)]
        at = end
    return tuple(found)


def parse_certificate(data: bytes) -> bytes:
    """A certificate's DER, whether the file holds that or PEM."""
    match = _PEM.search(data)
    if match is None:
        return data
    try:
        return base64.b64decode(match.group(1))
    except binascii.Error as exc:
        raise ParseError("certificate", "PEM block", str(exc)) from exc
