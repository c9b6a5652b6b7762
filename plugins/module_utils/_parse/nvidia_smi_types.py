# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What nvidia-smi says, normalised: one form for every driver. Private to the collection.

Quantities have their unit in the name. None: nvidia-smi gave no value; `why` of the document says why if it is known.
"""

from __future__ import annotations

from dataclasses import field
from typing import Mapping

from .._dataclass import dataclass


@dataclass(frozen=True)
class Process:
    pid: int | None
    type: str | None
    name: str | None
    memory_used_mib: float | None
    gpu_instance_id: int | None
    compute_instance_id: int | None


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
    multiprocessors: int | None
    sram_uncorrectable: int | None


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
    sram_sources: Mapping[str, int]
    """Part of the GPU → uncorrectable SRAM errors since it was made"""
    unrepairable_memory: bool | None
    channel_repair_pending: bool | None
    tpc_repair_pending: bool | None


@dataclass(frozen=True)
class RemapHistogram:
    """Banks of memory by how many spare rows they have left."""

    max: int | None
    high: int | None
    partial: int | None
    low: int | None
    none: int | None


@dataclass(frozen=True)
class RemappedRows:
    correctable: int | None
    correctable_inactive: int | None
    uncorrectable: int | None
    uncorrectable_inactive: int | None
    pending: bool | None
    failure: bool | None
    histogram: RemapHistogram | None


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
class Platform:
    """Where the GPU sits in a rack-scale system, and what its NVLinks lead to."""

    chassis_serial: str | None
    slot: int | None
    tray: int | None
    host_id: int | None
    module_id: int | None
    nvlink_peer: str | None
    nvlink_guid: str | None


@dataclass(frozen=True)
class NvLink:
    index: int
    active: bool | None
    speed_gb_s: float | None
    """Of an active one, in each direction"""


@dataclass(frozen=True)
class Pcie:
    generation: int | None
    generation_max: int | None
    width: int | None
    width_max: int | None
    replays: int | None


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
    board_part_number: str | None
    vbios: str | None
    inforom_image: str | None
    memory_total_mib: float | None
    memory_reserved_mib: float | None
    memory_used_mib: float | None
    memory_free_mib: float | None
    bar1_total_mib: float | None
    bar1_used_mib: float | None
    persistence: bool | None
    compute_mode: str | None
    addressing_mode: str | None
    virtualization: str | None
    gsp_firmware_version: str | None
    gsp_mode: str | None
    gsp_mode_default: str | None
    compute_cap: str | None
    inforom_checksum: str | None
    inforom_corrupted: bool
    """Whether a warning beside the document names this GPU"""
    mig: Mig
    ecc: Ecc
    remapped_rows: RemappedRows | None
    retired_pages: RetiredPages | None
    recovery_action: str | None
    reset_required: bool | None
    """Only drivers 530 to 575 say so; later ones have recovery_action"""
    drain_and_reset_recommended: bool | None
    fabric: Fabric
    c2c_mode: str | None
    platform: Platform
    nvlinks: tuple[NvLink, ...] | None
    """Only `nvidia-smi nvlink -s` says so"""
    pcie: Pcie
    temperature_c: float | None
    temperature_memory_c: float | None
    temperature_margin_c: float | None
    """How far it is to the limit, on GPUs that count so"""
    fan_speed_percent: float | None
    power_draw_w: float | None
    power_limit_w: float | None
    power_limit_default_w: float | None
    power_limit_min_w: float | None
    power_limit_max_w: float | None
    module_power_draw_w: float | None
    performance_state: str | None
    clock_sm_mhz: float | None
    clock_sm_max_mhz: float | None
    clock_memory_mhz: float | None
    clock_memory_max_mhz: float | None
    utilization_gpu_percent: float | None
    utilization_memory_percent: float | None
    display_active: bool | None
    minor: int | None
    pci_device_id: str | None
    """Device, then vendor: 233010de"""
    clocks_event_reasons: tuple[str, ...]
    clocks_event_us: Mapping[str, float]
    """Reason → how long it held since the driver was loaded"""
    processes: tuple[Process, ...]
    lost: bool
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
    unparsed: Mapping[str, int]
    """Path of what is not known → how often it is there"""
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
    unparsed: Mapping[str, int] | None = None
    """None where nobody asked for it"""


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
