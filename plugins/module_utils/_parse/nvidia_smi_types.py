# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What nvidia-smi says, normalised: one form for every driver. Private to the collection.

Quantities have their unit in the name. None: nvidia-smi gave no value; `SmiDocument.why` says why if it is known.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Mapping


@dataclass(frozen=True)
class Process:
    pid: int | None
    type: str | None
    name: str | None
    memory_used_mib: float | None


@dataclass(frozen=True)
class MigDevice:
    index: int | None
    gpu_instance_id: int | None
    compute_instance_id: int | None
    uuid: str | None
    profile: str | None
    parent: str | None
    """UUID of the GPU"""
    memory_total_mib: float | None
    memory_used_mib: float | None


@dataclass(frozen=True)
class Mig:
    current: str | None
    pending: str | None
    devices: tuple[MigDevice, ...]


@dataclass(frozen=True)
class EccCounts:
    """Errors since the driver was loaded (volatile) or since the GPU was made (aggregate)."""

    sram_correctable: int | None
    sram_uncorrectable: int | None
    """The sum of parity and SECDED errors where the GPU tells them apart"""
    sram_uncorrectable_parity: int | None
    sram_uncorrectable_secded: int | None
    dram_correctable: int | None
    dram_uncorrectable: int | None
    single_bit: int | None
    """Only on GPUs before Volta, which count by bits"""
    double_bit: int | None
    sram_threshold_exceeded: bool | None


@dataclass(frozen=True)
class Ecc:
    current: str | None
    pending: str | None
    volatile: EccCounts
    aggregate: EccCounts
    unrepairable_memory: bool | None


@dataclass(frozen=True)
class RemappedRows:
    correctable: int | None
    uncorrectable: int | None
    pending: bool | None
    failure: bool | None


@dataclass(frozen=True)
class RetiredPages:
    single_bit: int | None
    double_bit: int | None
    pending: bool | None


@dataclass(frozen=True)
class Fabric:
    state: str | None
    status: str | None
    clique_id: int | None
    cluster_uuid: str | None
    health: Mapping[str, str]
    """Name → word, only what has a value"""


@dataclass(frozen=True)
class Health:
    verdict: str
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class SmiGpu:
    index: int
    bus_id: str | None
    uuid: str | None
    serial: str | None
    name: str | None
    brand: str | None
    architecture: str | None
    vbios: str | None
    memory_total_mib: float | None
    memory_used_mib: float | None
    persistence: bool | None
    gsp_firmware_version: str | None
    mig: Mig
    ecc: Ecc
    remapped_rows: RemappedRows | None
    retired_pages: RetiredPages | None
    recovery_action: str | None
    reset_required: bool | None
    """Only drivers 530 to 575 say so; later ones have recovery_action"""
    fabric: Fabric
    temperature_c: float | None
    power_draw_w: float | None
    power_limit_w: float | None
    display_active: bool | None
    minor: int | None
    pci_device_id: str | None
    """Device, then vendor: 233010de"""
    clocks_event_reasons: tuple[str, ...]
    processes: tuple[Process, ...]
    lost: bool
    compute_cap: str | None = None
    gsp_mode: str | None = None
    inforom_checksum: str | None = None
    health: Health = field(default_factory=lambda: Health("unknown", ("not judged",)))


@dataclass(frozen=True)
class SmiDocument:
    driver_version: str | None
    cuda_version: str | None
    dtd: str | None
    attached_gpus: int | None
    gpus: tuple[SmiGpu, ...]
    why: Mapping[str, str]
    """Path such as gpus[0].serial → reason"""
    remarks: tuple[str, ...]
    """Lines around the document, such as infoROM warnings"""


@dataclass(frozen=True)
class SmiReport:
    """All calls of one look together."""

    condition: str
    message: str
    remedy: str
    driver_version: str | None = None
    cuda_version: str | None = None
    dtd: str | None = None
    attached_gpus: int | None = None
    gpus: tuple[SmiGpu, ...] = ()
    why: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ListedMig:
    profile: str
    device: int
    uuid: str


@dataclass(frozen=True)
class ListedGpu:
    index: int
    name: str
    uuid: str
    mig: tuple[ListedMig, ...]
