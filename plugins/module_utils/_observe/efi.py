# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secure Boot, and whether the keys that DKMS signs with are trusted. Private to the collection."""

from __future__ import annotations

import hashlib

from .._parse.dkms import parse_certificate_path
from .._parse.efi import parse_certificate, parse_signature_lists
from .context import Context
from .types import Efi, ModuleKey

_VARIABLES = "/sys/firmware/efi/efivars"
_WHOLE = "/sys/firmware/efi/mok-variables"
"""shim's variables in one piece each, for root; efivars has long ones in parts."""
_GLOBAL = "8be4df61-93ca-11d2-aa0d-00e098032b8c"
_SHIM = "605dab50-e046-4300-abb6-3dd810dd8b23"
_SECURITY = "d719b2cb-3d3a-4596-a3bc-dad00e67656f"
_ATTRIBUTES = 4
_KEYS = ("/var/lib/shim-signed/mok/MOK.der", "/var/lib/dkms/mok.pub")
_FRAMEWORK = "/etc/dkms/framework.conf"


def _variable(look: Context, name: str, owner: str) -> bytes | None:
    data = look.root.bytes_(f"{_VARIABLES}/{name}-{owner}")
    return None if data is None else data[_ATTRIBUTES:]


def _switch(look: Context, name: str, owner: str) -> bool | None:
    """A variable of one byte."""
    data = _variable(look, name, owner)
    return None if data is None else data[-1:] == b"\x01"


def _mok(look: Context) -> bytes | None:
    """The list of machine owner keys, which shim mirrors for the running system."""
    whole = look.root.bytes_(f"{_WHOLE}/MokListRT") if look.root.exists(f"{_WHOLE}/MokListRT") else None
    if whole is not None:
        return whole
    parts = [_variable(look, "MokListRT", _SHIM)]
    while parts[-1] is not None:
        parts.append(_variable(look, f"MokListRT{len(parts)}", _SHIM))
    return b"".join(part for part in parts if part is not None) if parts[0] is not None else None


def _certificates(look: Context, data: bytes | None, subject: str) -> tuple[str, ...] | None:
    found = None if data is None else look.parse(parse_signature_lists, data, subject)
    return None if found is None else tuple(hashlib.sha256(one).hexdigest() for one in found)


def _keys(look: Context, trusted: set[str] | None) -> tuple[ModuleKey, ...]:
    folder = _FRAMEWORK + ".d"
    files = [_FRAMEWORK, *(f"{folder}/{name}" for name in look.root.listdir(folder) if name.endswith(".conf"))]
    named = parse_certificate_path("\n".join(look.root.text(path) or "" for path in files))
    found = []
    for path in dict.fromkeys((*_KEYS, *([named] if named else []))):
        if not look.root.exists(path):
            continue
        data = look.root.bytes_(path)
        certificate = None if data is None else look.parse(parse_certificate, data, path)
        digest = None if certificate is None else hashlib.sha256(certificate).hexdigest()
        found.append(ModuleKey(path, digest, None if None in (digest, trusted) else digest in (trusted or ())))
    return tuple(found)


def efi(look: Context) -> Efi:
    if not look.root.isdir("/sys/firmware/efi"):
        return Efi(False, False, None, None, None, None, _keys(look, None))
    secure = _switch(look, "SecureBoot", _GLOBAL)
    if secure is None:
        look.note("Secure Boot", "the EFI variable is absent or not readable")
    mok = _certificates(look, _mok(look), "MokListRT")
    firmware = _certificates(look, _variable(look, "db", _SECURITY), "db")
    unchecked = _switch(look, "MokSBStateRT", _SHIM)
    return Efi(
        present=True,
        secure_boot=secure,
        setup_mode=_switch(look, "SetupMode", _GLOBAL),
        shim_validation=None if mok is None else not unchecked,
        mok=mok,
        enrolment_pending=None if mok is None else look.root.exists(f"{_VARIABLES}/MokNew-{_SHIM}"),
        module_keys=_keys(look, None if mok is None and firmware is None else {*(mok or ()), *(firmware or ())}),
    )
