# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of the observation about GPUs, their driver and its kernel modules. Private to the collection."""

from __future__ import annotations

from typing import Mapping

from .._dataclass import dataclass


@dataclass(frozen=True)
class Gpu:
    bus_id: str
    vendor: str
    device: str
    class_: str
    driver: str | None
    architecture: str | None
    numa_node: int | None = None
    virtual_function: bool = False


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
    kind: str = "other"
    """bmc, virtual or other"""


@dataclass(frozen=True)
class Pci:
    gpus: tuple[Gpu, ...]
    nvswitches: tuple[NvSwitch, ...]
    foreign: tuple[ForeignDevice, ...]


@dataclass(frozen=True)
class LoadedModule:
    version: str | None
    srcversion: str | None
    refcount: int | None = None
    used_by: tuple[str, ...] = ()
    parameters: Mapping[str, str] | None = None


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
    license: str | None = None
    vermagic: str | None = None
    srcversion: str | None = None
    signer: str | None = None


@dataclass(frozen=True)
class Library:
    """libnvidia-ml, as programs on the node find it."""

    path: str
    version: str


@dataclass(frozen=True)
class DkmsModule:
    name: str
    version: str
    kernel: str | None
    arch: str | None
    state: str
    """added, built, installed, failed or broken"""
    why: str | None


@dataclass(frozen=True)
class Runfile:
    """What NVIDIA's own installer left; no package manager knows of it."""

    installed: bool
    version: str | None
    evidence: tuple[str, ...]


@dataclass(frozen=True)
class Driver:
    running: RunningDriver | None
    on_disk: tuple[ModuleOnDisk, ...]
    library: Library | None
    dkms: tuple[DkmsModule, ...]
    runfile: Runfile


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
    modules: tuple[str, ...]
    blacklist: tuple[str, ...]
    install: Mapping[str, str]
    options: Mapping[str, Mapping[str, str]]
    files: tuple[str, ...]


@dataclass(frozen=True)
class ModprobeCommandLine:
    blacklist: tuple[str, ...]
    options: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class NextCommandLine:
    blacklist: tuple[str, ...]
    module_blacklist: tuple[str, ...]


@dataclass(frozen=True)
class Modprobe:
    disk: ModprobeDisk
    image: ModprobeImage | None
    command_line: ModprobeCommandLine
    next_command_line: NextCommandLine | None


@dataclass(frozen=True)
class Holder:
    """A process with device files of the driver open."""

    pid: int
    command: str
    devices: tuple[str, ...]
    unit: str | None = None
    """Its service; None in a container, a pod or a session."""
    owner: str | None = None
