# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The system: its identity, pending reboots, room on disk. Private to the collection."""

from __future__ import annotations

import os
import re

from .._compat.rpm_names import NEEDS_REBOOT
from .._parse.os_release import parse_os_release
from .context import Context
from .packages import Database
from .types import Disk, Kernel, OperatingSystem, Reboot

_PLACES = ("/boot", "/usr", "/var")
_BOOT_TIME = re.compile(r"^btime (\d+)$", re.MULTILINE)


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


def _newer_than_boot(look: Context, known: Database) -> list[str]:
    """rpm packages of the list that dnf's needs-restarting has, installed since the system started."""
    boot = _BOOT_TIME.search(look.root.text("/proc/stat") or "")
    if boot is None:
        return []
    since = int(boot.group(1))
    return sorted({rpm.name for rpm in known.rpm if NEEDS_REBOOT.fullmatch(rpm.name) and rpm.installed_at > since})


def reboot(look: Context, kernels: Kernel, known: Database) -> Reboot:
    """What asks for a reboot already, before anything of ours does."""
    reasons = []
    if look.root.exists("/run/reboot-required"):
        packages = sorted(set((look.root.text("/run/reboot-required.pkgs") or "").split()))
        reasons.append("the distribution asks for it" + (": " + ", ".join(packages) if packages else ""))
    if look.root.exists("/run/reboot-needed"):
        reasons.append("zypper asks for it")
    newer = _newer_than_boot(look, known)
    if newer:
        reasons.append("installed since the last boot: " + ", ".join(newer))
    if kernels.installed and kernels.running != kernels.next:
        reasons.append(f"kernel {kernels.running} runs, {kernels.next} boots next")
    return Reboot(bool(reasons), tuple(reasons))


def disk(look: Context) -> dict[str, Disk]:
    return {place: Disk(look.root.free_mib(place)) for place in _PLACES}
