# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Identity of the system, its kernels, its firmware, its room. Private to the collection."""

from __future__ import annotations

import os

from .._parse.debian_version import version_key
from .._parse.os_release import parse_os_release
from .context import Context
from .types import Disk, Kernel, OperatingSystem, Reboot

_SECURE_BOOT = "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
_PLACES = ("/boot", "/usr", "/var")
_IMAGE = "vmlinuz-"


def operating_system(look: Context) -> OperatingSystem:
    text = look.root.text("/etc/os-release") or look.root.text("/usr/lib/os-release")
    if text is None:
        look.note("/etc/os-release", "not readable")
    release = parse_os_release(text or "")
    return OperatingSystem(
        release.id,
        release.version_id,
        release.codename,
        release.id_like,
        release.pretty,
        os.uname().machine,
        release.family,
    )


def kernel(look: Context) -> Kernel:
    """Without a boot loader's word to the contrary the newest kernel boots next."""
    root = look.root
    running = root.line("/proc/sys/kernel/osrelease")
    names = [name[len(_IMAGE) :] for name in root.listdir("/boot") if name.startswith(_IMAGE)]
    installed = sorted((name for name in names if "rescue" not in name), key=version_key)
    if not installed:
        look.note("/boot", "no kernel image there; the running kernel is taken for the next one")
    candidates = sorted({*installed, *([running] if running else [])}, key=version_key)
    return Kernel(
        running=running,
        next=installed[-1] if installed else running,
        installed=tuple(installed),
        headers=tuple(name for name in candidates if root.isdir(f"/lib/modules/{name}/build")),
        cmdline=root.line("/proc/cmdline") or "",
        boot_id=root.line("/proc/sys/kernel/random/boot_id"),
    )


def secure_boot(look: Context) -> bool | None:
    """The last byte of the EFI variable; without EFI there is no Secure Boot."""
    if not look.root.isdir("/sys/firmware/efi"):
        return False
    data = look.root.bytes_(_SECURE_BOOT)
    if data is None:
        look.note("Secure Boot", "the EFI variable is absent or not readable")
        return None
    return data[-1:] == b"\x01"


def reboot(look: Context, kernels: Kernel) -> Reboot:
    """What asks for a reboot already, before anything of ours does."""
    reasons = []
    if look.root.exists("/run/reboot-required"):
        packages = sorted(set((look.root.text("/run/reboot-required.pkgs") or "").split()))
        reasons.append("the distribution asks for it" + (": " + ", ".join(packages) if packages else ""))
    if kernels.installed and kernels.running != kernels.next:
        reasons.append(f"kernel {kernels.running} runs, {kernels.next} boots next")
    return Reboot(bool(reasons), tuple(reasons))


def disk(look: Context) -> dict[str, Disk]:
    return {place: Disk(look.root.free_mib(place)) for place in _PLACES}
