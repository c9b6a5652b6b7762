# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DKMS's own files: which modules it built, for which kernels, and which it could not. Private to the collection."""

from __future__ import annotations

from .._parse.dkms import parse_make_log
from .context import Context
from .driver_types import DkmsModule

_TREE = "/var/lib/dkms"
_NAMES = ("nvidia", "gdrdrv")
_NO_KERNEL = ("build", "source", "tarball", "log", "driver_disk", "rpm", "deb")


def _failed(look: Context, here: str, built: set[str | None]) -> tuple[str | None, str] | None:
    """DKMS leaves the build folder only behind a failure."""
    text = look.root.text(f"{here}/build/make.log")
    if text is None:
        return None
    kernel, why = parse_make_log(text)
    return None if kernel in built else (kernel, why)


def _version(look: Context, name: str, version: str, links: dict[str, str]) -> list[DkmsModule]:
    here = f"{_TREE}/{name}/{version}"
    if look.root.readlink(f"{here}/source") and not look.root.isdir(f"{here}/source"):
        return [DkmsModule(name, version, None, None, "broken", f"its source {here}/source leads nowhere")]
    found = []
    for kernel in look.root.listdir(here):
        for arch in look.root.listdir(f"{here}/{kernel}") if kernel not in _NO_KERNEL else ():
            if look.root.isdir(f"{here}/{kernel}/{arch}/module"):
                installed = links.get(f"kernel-{kernel}-{arch}") == f"{version}/{kernel}/{arch}"
                found.append(DkmsModule(name, version, kernel, arch, "installed" if installed else "built", None))
    failed = _failed(look, here, {module.kernel for module in found})
    if failed:
        found.append(DkmsModule(name, version, failed[0], None, "failed", failed[1]))
    return found or [DkmsModule(name, version, None, None, "added", None)]


def dkms(look: Context) -> tuple[DkmsModule, ...]:
    found = []
    for name in look.root.listdir(_TREE):
        if not name.startswith(_NAMES) or not look.root.isdir(f"{_TREE}/{name}"):
            continue
        entries = look.root.listdir(f"{_TREE}/{name}")
        links = {entry: look.root.readlink(f"{_TREE}/{name}/{entry}") or "" for entry in entries}
        for version in entries:
            if not version.startswith(("kernel-", "original_module")) and look.root.isdir(f"{_TREE}/{name}/{version}"):
                found += _version(look, name, version, links)
    return tuple(found)
