# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The observation: everything that one look at a node yields. Private to the collection.

Null means absent or not visible; `Observation.findings` says which, and why.
"""

from __future__ import annotations

from typing import Mapping

from .._dataclass import dataclass
from .._parse.nvidia_smi_types import SmiReport
from .driver_types import Driver, Holder, Modprobe, Modules, Pci
from .package_types import Key, Packages, Repository, Unattended
from .runtime_types import Cdi, Cluster, Runtimes

SCHEMA = 1


@dataclass(frozen=True)
class Finding:
    """Something that could not be seen, or not as expected."""

    subject: str
    why: str


@dataclass(frozen=True)
class OperatingSystem:
    id: str | None
    version_id: str | None
    codename: str | None
    id_like: tuple[str, ...]
    pretty: str
    arch: str
    family: str | None


@dataclass(frozen=True)
class Kernel:
    running: str | None
    next: str | None
    """The kernel that the boot loader starts next."""
    installed: tuple[str, ...]
    headers: tuple[str, ...]
    """Kernels that modules can be built for."""
    cmdline: str
    boot_id: str | None
    newest: str | None = None
    chosen_by: str = "newest"
    """What says that `next` is next."""
    compiler: bool | None = None


@dataclass(frozen=True)
class ModuleKey:
    """A key that DKMS signs modules with, and whether the firmware or shim trusts it."""

    path: str
    sha256: str | None
    enrolled: bool | None


@dataclass(frozen=True)
class Efi:
    """All null, and no keys looked for, on a node that was not started by EFI."""

    present: bool
    secure_boot: bool | None
    setup_mode: bool | None
    shim_validation: bool | None
    mok: tuple[str, ...] | None
    """SHA-256 of each certificate"""
    enrolment_pending: bool | None
    module_keys: tuple[ModuleKey, ...]


@dataclass(frozen=True)
class Unit:
    name: str
    load_state: str
    active_state: str
    unit_file_state: str
    exec_start: str
    dropins: tuple[str, ...]
    path: str
    sub_state: str = ""
    flavour: str | None = None
    """Who brought the unit's file: vendor, local or runtime"""
    needs_reload: bool = False


@dataclass(frozen=True)
class Persistence:
    unit: Unit | None
    mode: bool | None = None
    user: str | None = None


@dataclass(frozen=True)
class Reboot:
    required: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Disk:
    free_mib: int | None


@dataclass(frozen=True)
class Lock:
    path: str
    pid: int
    command: str


@dataclass(frozen=True)
class Observation:
    schema: int
    findings: tuple[Finding, ...]
    privileged: bool
    os: OperatingSystem
    kernel: Kernel
    secure_boot: bool | None
    efi: Efi
    pci: Pci
    modules: Modules
    driver: Driver
    holders: tuple[Holder, ...]
    modprobe: Modprobe
    packages: Packages
    repositories: tuple[Repository, ...]
    signing_keys: tuple[Key, ...]
    persistence: Persistence
    units: Mapping[str, Unit | None]
    runtimes: Runtimes
    cdi: Cdi
    cluster: Cluster
    smi: SmiReport
    reboot: Reboot
    disk: Mapping[str, Disk]
    locks: tuple[Lock, ...]
    unattended: Unattended
    own_files: Mapping[str, str]
    """Drop-ins of this collection, by path."""
