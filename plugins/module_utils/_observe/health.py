# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A verdict on each GPU. Private to the collection.

Sources: NVIDIA GPU Memory Error Management (row remapping, page retirement, RMA policy), NVML API reference (recovery
action, fabric state and health), nvidia-smi manual page (infoROM checksum, SRAM threshold).
"""

from __future__ import annotations

from typing import Callable

from .._parse.nvidia_smi_types import Health, SmiGpu

VERDICTS = ("replace", "reboot_needed", "reset_needed", "degraded", "ok")
"""The worst one first."""


def _uncorrectable(gpu: SmiGpu) -> bool:
    counts = gpu.ecc.volatile
    return any((counts.sram_uncorrectable, counts.dram_uncorrectable, counts.double_bit))


RULES: tuple[tuple[str, str, Callable[[SmiGpu], object]], ...] = (
    ("replace", "row remapping failed", lambda gpu: gpu.remapped_rows and gpu.remapped_rows.failure),
    ("replace", "memory that cannot be repaired", lambda gpu: gpu.ecc.unrepairable_memory),
    ("replace", "SRAM errors above the threshold", lambda gpu: gpu.ecc.aggregate.sram_threshold_exceeded),
    ("reboot_needed", "the GPU is lost", lambda gpu: gpu.lost),
    ("reboot_needed", "the driver asks for a reboot", lambda gpu: gpu.recovery_action == "reboot"),
    (
        "reset_needed",
        "the driver asks for a reset",
        lambda gpu: gpu.reset_required or gpu.recovery_action in ("reset", "drain_and_reset"),
    ),
    ("reset_needed", "rows wait to be remapped", lambda gpu: gpu.remapped_rows and gpu.remapped_rows.pending),
    ("reset_needed", "pages wait to be retired", lambda gpu: gpu.retired_pages and gpu.retired_pages.pending),
    ("degraded", "uncorrectable memory errors since the driver was loaded", _uncorrectable),
    ("degraded", "the driver asks for a drain of peer traffic", lambda gpu: gpu.recovery_action == "drain_p2p"),
    ("degraded", "the infoROM's checksum is wrong", lambda gpu: gpu.inforom_checksum == "invalid"),
    ("degraded", "not registered with the fabric", lambda gpu: gpu.fabric.state not in (None, "completed")),
    ("degraded", "registering with the fabric failed", lambda gpu: gpu.fabric.status not in (None, "success")),
    ("degraded", "the fabric is unhealthy", lambda gpu: gpu.fabric.health.get("summary", "healthy") != "healthy"),
)


def judge(gpu: SmiGpu) -> Health:
    """The worst verdict that a rule gives, and every reason."""
    broken = [(verdict, why) for verdict, why, holds in RULES if holds(gpu)]
    if not broken:
        return Health("unknown" if gpu.uuid is None and gpu.memory_total_mib is None else "ok", ())
    return Health(
        min((verdict for verdict, _why in broken), key=VERDICTS.index), tuple(why for _verdict, why in broken)
    )
