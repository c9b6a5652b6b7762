# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The observation: everything that one look at a node yields. Private to the collection.

Null means absent or not visible; `Observation.findings` says which, and why.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Mapping

from .._parse.nvidia_smi_types import SmiReport
from .runtime_types import Cdi, Runtimes

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


@dataclass(frozen=True)
class Gpu:
    bus_id: str
    vendor: str
    device: str
    class_: str
    driver: str | None
    architecture: str | None
    name: str | None


@dataclass(frozen=True)
class NvSwitch:
    bus_id: str
    device: str
    driver: str | None


@dataclass(frozen=True)
class ForeignDevice:
    bus_id: str
    vendor: str
    device: str
    class_: str
    driver: str | None


@dataclass(frozen=True)
class Pci:
    gpus: tuple[Gpu, ...]
    nvswitches: tuple[NvSwitch, ...]
    foreign: tuple[ForeignDevice, ...]


@dataclass(frozen=True)
class LoadedModule:
    version: str | None
    srcversion: str | None


@dataclass(frozen=True)
class Modules:
    loaded: Mapping[str, LoadedModule]


@dataclass(frozen=True)
class RunningDriver:
    version: str
    flavour: str
    params: Mapping[str, str]


@dataclass(frozen=True)
class ModuleOnDisk:
    kernel: str
    version: str | None
    flavour: str | None
    path: str
    kind: str


@dataclass(frozen=True)
class Driver:
    running: RunningDriver | None
    on_disk: tuple[ModuleOnDisk, ...]


@dataclass(frozen=True)
class ModprobeDisk:
    blacklist: tuple[str, ...]
    install: Mapping[str, str]
    options: Mapping[str, Mapping[str, str]]
    files: tuple[str, ...]


@dataclass(frozen=True)
class ModprobeImage:
    path: str
    kernel: str
    present: bool
    modules: tuple[str, ...]
    blacklist: tuple[str, ...]
    install: Mapping[str, str]
    options: Mapping[str, Mapping[str, str]]
    files: tuple[str, ...]


@dataclass(frozen=True)
class Modprobe:
    disk: ModprobeDisk
    image: ModprobeImage | None


@dataclass(frozen=True)
class Package:
    name: str
    version: str
    upstream: str
    held: bool
    depends: tuple[str, ...]
    source: str


@dataclass(frozen=True)
class Packages:
    manager: str | None
    broken: tuple[str, ...]
    driver: tuple[Package, ...]
    toolkit: tuple[Package, ...]
    repository: tuple[Package, ...]
    """Packages that only bring a key, a source or a pin: cuda-keyring, nvidia-driver-pinning-580 and the like."""


@dataclass(frozen=True)
class Repository:
    path: str
    uris: tuple[str, ...]
    suites: tuple[str, ...]
    components: tuple[str, ...]
    signed_by: str | None
    enabled: bool
    sha256: str


@dataclass(frozen=True)
class Key:
    path: str
    fingerprints: tuple[str, ...]


@dataclass(frozen=True)
class Unit:
    name: str
    load_state: str
    active_state: str
    unit_file_state: str
    exec_start: str
    dropins: tuple[str, ...]
    path: str


@dataclass(frozen=True)
class Persistence:
    unit: Unit | None


@dataclass(frozen=True)
class Kubelet:
    active: bool
    config_path: str | None
    node_name: str | None
    runtime_endpoint: str | None


@dataclass(frozen=True)
class Cluster:
    kubelet: Kubelet | None


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
class Unattended:
    enabled: bool | None


@dataclass(frozen=True)
class Observation:
    schema: int
    findings: tuple[Finding, ...]
    privileged: bool
    os: OperatingSystem
    kernel: Kernel
    secure_boot: bool | None
    pci: Pci
    modules: Modules
    driver: Driver
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
