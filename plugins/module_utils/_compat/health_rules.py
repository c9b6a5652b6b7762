# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a GPU is not well: rules over what nvidia-smi says of it. Private to the collection."""

from __future__ import annotations

from typing import NamedTuple, Tuple

VERDICTS = ("replace", "reboot_needed", "reset_needed", "degraded", "ok", "unknown")
"""The worst one first; `unknown` is no rule's."""

_MEMORY = "https://docs.nvidia.com/deploy/a100-gpu-mem-error-mgmt/"
_RMA = _MEMORY + "rma-policy-thresholds-for-row-remapping.html"
_FLAGS = _MEMORY + "error-recovery-and-response-flags.html"
_PAGES = "https://docs.nvidia.com/deploy/dynamic-page-retirement/"
_SMI = "https://docs.nvidia.com/deploy/nvidia-smi/"
_NVML = "https://docs.nvidia.com/deploy/nvml-api/"


_REBOOT = ("reboot", "node_reboot", "system_reboot")
_RESET = ("reset", "gpu_reset", "drain_and_reset", "bus_reset", "gpu_reset_bus")
_ROWS = (
    ("rows remapped for uncorrectable errors", "remapped_rows.uncorrectable"),
    ("for correctable errors", "remapped_rows.correctable"),
)


class Rule(NamedTuple):
    """`gpu.FIELD TEST WITH` gives the verdict; a field without a value never does."""

    verdict: str
    field: str
    """Path of attributes; the part behind a colon is a key of a mapping"""
    test: str
    """in, not_in or above"""
    against: Tuple[object, ...]
    sentence: str
    """{value} is what the field says"""
    source: str
    numbers: Tuple[Tuple[str, str], ...] = ()
    """Words and the field of a count that belongs to it; one without a value is left out"""


RULES: Tuple[Rule, ...] = (
    Rule(
        "replace",
        "remapped_rows.failure",
        "in",
        (True,),
        "Remapping a row failed.",
        _RMA,
        _ROWS,
    ),
    Rule(
        "replace",
        "ecc.unrepairable_memory",
        "in",
        (True,),
        "There is memory that cannot be repaired.",
        _SMI,
        (("uncorrectable DRAM errors since the GPU was made", "ecc.aggregate.dram_uncorrectable"),),
    ),
    Rule(
        "replace",
        "ecc.aggregate.sram_threshold_exceeded",
        "in",
        (True,),
        "Uncorrectable SRAM errors are above NVIDIA's threshold.",
        _RMA,
        (("uncorrectable SRAM errors since the GPU was made", "ecc.aggregate.sram_uncorrectable"),),
    ),
    Rule("reboot_needed", "lost", "in", (True,), "The GPU is lost: it does not answer on the bus any more.", _NVML),
    Rule(
        "reboot_needed",
        "recovery_action",
        "in",
        _REBOOT,
        "The driver asks for a reboot of the node (recovery action {value}).",
        _FLAGS,
    ),
    Rule(
        "reset_needed",
        "recovery_action",
        "in",
        _RESET,
        "The driver asks for a reset of the GPU (recovery action {value}).",
        _FLAGS,
    ),
    Rule("reset_needed", "reset_required", "in", (True,), "The driver says that the GPU requires a reset.", _SMI),
    Rule(
        "reset_needed",
        "drain_and_reset_recommended",
        "in",
        (True,),
        "The driver recommends to drain the GPU and to reset it.",
        _SMI,
    ),
    Rule(
        "reset_needed",
        "remapped_rows.pending",
        "in",
        (True,),
        "Rows wait for a reset to be remapped.",
        _FLAGS,
        _ROWS,
    ),
    Rule(
        "reset_needed",
        "retired_pages.pending",
        "in",
        (True,),
        "Pages wait for a reset to be retired.",
        _PAGES,
        (
            ("pages retired for double-bit errors", "retired_pages.double_bit"),
            ("for single-bit errors", "retired_pages.single_bit"),
        ),
    ),
    Rule(
        "reset_needed",
        "ecc.channel_repair_pending",
        "in",
        (True,),
        "A memory channel waits for a reset to be repaired.",
        _RMA,
    ),
    Rule("reset_needed", "ecc.tpc_repair_pending", "in", (True,), "A TPC waits for a reset to be repaired.", _SMI),
    Rule(
        "degraded",
        "recovery_action",
        "not_in",
        ("none", *_REBOOT, *_RESET),
        "The driver asks for an action: {value}.",
        # Such as drain_p2p, after which it asks for another one, and recover_imex_domain, which is not the GPU's fault.
        _FLAGS,
    ),
    Rule(
        "degraded",
        "ecc.volatile.dram_uncorrectable",
        "above",
        (0,),
        "{value} uncorrectable DRAM errors since the driver was loaded.",
        _MEMORY,
    ),
    Rule(
        "degraded",
        "ecc.volatile.sram_uncorrectable",
        "above",
        (0,),
        "{value} uncorrectable SRAM errors since the driver was loaded.",
        _MEMORY,
    ),
    Rule(
        "degraded",
        "ecc.volatile.double_bit",
        "above",
        (0,),
        "{value} double-bit memory errors since the driver was loaded.",
        _PAGES,
    ),
    Rule(
        "degraded",
        "remapped_rows.histogram.none",
        "above",
        (0,),
        "{value} memory banks have no spare row left.",
        _MEMORY + "row-remapping.html",
    ),
    Rule("degraded", "inforom_checksum", "in", ("invalid",), "The checksum of the infoROM is wrong.", _SMI),
    Rule("degraded", "inforom_corrupted", "in", (True,), "nvidia-smi warns that the infoROM is corrupted.", _SMI),
    Rule(
        "degraded",
        "fabric.state",
        "not_in",
        ("completed", "not_supported"),
        "The GPU is not registered with the NVLink fabric: its state is {value}.",
        _NVML,
    ),
    Rule(
        "degraded",
        "fabric.status",
        "not_in",
        ("success",),
        "Registering with the NVLink fabric came to {value}.",
        _NVML,
    ),
    Rule(
        "degraded",
        "fabric.health:summary",
        "not_in",
        ("healthy", "not_supported"),
        "The NVLink fabric is {value} for the GPU.",
        _NVML,
    ),
    Rule(
        "degraded", "fabric.health:bandwidth", "in", ("degraded",), "The NVLink fabric's bandwidth is {value}.", _NVML
    ),
    Rule(
        "degraded",
        "fabric.health:route_unhealthy",
        "in",
        ("true",),
        "A route of the NVLink fabric is unhealthy.",
        _NVML,
    ),
    Rule(
        "degraded",
        "fabric.health:access_timeout_recovery",
        "in",
        ("true",),
        "The NVLink fabric recovers from an access timeout.",
        _NVML,
    ),
    Rule(
        "degraded",
        "fabric.health:incorrect_configuration",
        "not_in",
        ("none", "false", "not_supported"),
        "The NVLink fabric is configured wrongly: {value}.",
        _NVML,
    ),
)
