# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a value stands in what nvidia-smi prints."""

from __future__ import annotations

from typing import Any

Element = list[Any]
"""[tag, text or None, children]"""
CSV_PATHS = {
    "name": "product_name",
    "uuid": "uuid",
    "serial": "serial",
    "pci.bus_id": "pci/pci_bus_id",
    "vbios_version": "vbios_version",
    "persistence_mode": "persistence_mode",
    "memory.total": "fb_memory_usage/total",
    "memory.reserved": "fb_memory_usage/reserved",
    "memory.used": "fb_memory_usage/used",
    "memory.free": "fb_memory_usage/free",
    "mig.mode.current": "mig_mode/current_mig",
    "mig.mode.pending": "mig_mode/pending_mig",
    "ecc.mode.current": "ecc_mode/current_ecc",
    "ecc.mode.pending": "ecc_mode/pending_ecc",
    "power.limit": "gpu_power_readings/current_power_limit",
    "power.draw": "gpu_power_readings/average_power_draw",
    "temperature.gpu": "temperature/gpu_temp",
    "utilization.gpu": "utilization/gpu_util",
    "gpu_recovery_action": "gpu_recovery_action",
    "fabric.state": "fabric/state",
    "fabric.status": "fabric/status",
    "addressing_mode": "addressing_mode",
    "display_active": "display_active",
    "compute_mode": "compute_mode",
    "pstate": "performance_state",
    "remapped_rows.correctable": "remapped_rows/remapped_row_corr",
    "remapped_rows.uncorrectable": "remapped_rows/remapped_row_unc",
    "remapped_rows.pending": "remapped_rows/remapped_row_pending",
    "remapped_rows.failure": "remapped_rows/remapped_row_failure",
}
_LABELS = {
    "product_name": "Product Name",
    "product_brand": "Product Brand",
    "product_architecture": "Product Architecture",
    "persistence_mode": "Persistence Mode",
    "mig_mode/current_mig": "MIG Mode/Current",
    "mig_mode/pending_mig": "MIG Mode/Pending",
    "serial": "Serial Number",
    "uuid": "GPU UUID",
    "minor_number": "Minor Number",
    "vbios_version": "VBIOS Version",
    "gsp_firmware_version": "GSP Firmware Version",
    "gpu_virtualization_mode/virtualization_mode": "GPU Virtualization Mode/Virtualization Mode",
    "pci/pci_bus_id": "PCI/Bus Id",
    "fb_memory_usage/total": "FB Memory Usage/Total",
    "fb_memory_usage/reserved": "FB Memory Usage/Reserved",
    "fb_memory_usage/free": "FB Memory Usage/Free",
    "ecc_errors/aggregate/dram_correctable": "ECC Errors/Aggregate/DRAM Correctable",
    "ecc_errors/aggregate/dram_uncorrectable": "ECC Errors/Aggregate/DRAM Uncorrectable",
    "remapped_rows/remapped_row_unc": "Remapped Rows/Uncorrectable Error",
    "fabric/state": "Fabric/State",
    "fabric/status": "Fabric/Status",
}


def long_bus(bus_id: str) -> str:
    return "0000" + bus_id.upper()


def text_labels(values: dict[str, str]) -> dict[str, str]:
    found = {label: values[path] for path, label in _LABELS.items()}
    found["PCI/Bus"] = f"0x{values['pci/pci_bus']}"
    found["PCI/Device"] = f"0x{values['pci/pci_device']}"
    found["PCI/Device Id"] = f"0x{values['pci/pci_device_id']}"
    found["PCI/Sub System Id"] = f"0x{values['pci/pci_sub_system_id']}"
    for name in ("Current", "Requested", "Default", "Max"):
        found[f"GPU Power Readings/{name} Power Limit"] = values["gpu_power_readings/current_power_limit"]
    return found


def at(tree: Element, path: str) -> str:
    node = tree
    for tag in path.split("/"):
        child = next((c for c in node[2] if c[0] == tag), None)
        if child is None:
            return "[N/A]"
        node = child
    text = str(node[1])
    return f"[{text}]" if text == "N/A" and not path.startswith("fabric") else text


def before_ampere(tree: Element) -> None:
    """Turing and Volta: retired pages, no row remapping; absolute temperatures; one counter for all SRAM errors."""
    for child in tree[2]:
        if child[0] == "remapped_rows":
            child[1], child[2] = "N/A", []
        elif child[0] == "retired_pages":
            for group in child[2]:
                if group[2]:
                    group[2] = [["retired_count", "0", []], ["retired_pagelist", "", []]]
                else:
                    group[1] = "No"
        elif child[0] == "temperature":
            child[2] = [
                ["gpu_temp", "37 C", []],
                ["gpu_temp_tlimit", "N/A", []],
                ["gpu_temp_max_threshold", "96 C", []],
                ["gpu_temp_slow_threshold", "93 C", []],
                ["gpu_temp_max_gpu_threshold", "85 C", []],
                ["gpu_target_temperature", "N/A", []],
                ["memory_temp", "N/A", []],
                ["gpu_temp_max_mem_threshold", "N/A", []],
            ]
        elif child[0] == "ecc_errors":
            for group in child[2][:2]:
                kept = [
                    c
                    for c in group[2]
                    if c[0] not in ("sram_uncorrectable_parity", "sram_uncorrectable_secded", "sram_threshold_exceeded")
                ]
                group[2] = [kept[0], ["sram_uncorrectable", "0", []], *kept[1:]]


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def render(element: Element, depth: int, lines: list[str]) -> None:
    tag, text, children = element
    indent = "\t" * depth
    if children:
        lines.append(f"{indent}<{tag}>")
        for child in children:
            render(child, depth + 1, lines)
        lines.append(f"{indent}</{tag}>")
    elif tag == "mig_devices":
        lines += [f"{indent}<{tag}>", f"{indent}\t{text}", f"{indent}</{tag}>"]
    elif text == "" and tag in ("processes", "retired_pagelist", "accounted_processes"):
        lines += [f"{indent}<{tag}>", f"{indent}</{tag}>"]
    else:
        lines.append(f"{indent}<{tag}>{_escape(text or '')}</{tag}>")
