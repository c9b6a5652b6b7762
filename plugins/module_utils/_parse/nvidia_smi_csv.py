# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`nvidia-smi --query-gpu=… --format=csv` with its line of headings. Private to the collection.

The fields are those of `-q -x` under other names, so a row becomes an element <gpu>.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Dict, Mapping
from xml.etree.ElementTree import Element, SubElement

from .._errors import ParseError
from . import nvidia_smi_values as values
from .nvidia_smi_text import parse_query
from .nvidia_smi_types import SmiDocument
from .nvidia_smi_xml import read_document

_SAME = """uuid serial vbios_version persistence_mode compute_mode addressing_mode gpu_recovery_action compute_cap
    board_part_number display_active"""
_PLACES: Dict[str, str] = {name: name for name in _SAME.split()}
_PLACES.update(
    {
        "name": "product_name",
        "gpu_name": "product_name",
        "gpu_uuid": "uuid",
        "gpu_serial": "serial",
        "pci.bus_id": "pci/pci_bus_id",
        "gpu_bus_id": "pci/pci_bus_id",
        "pci.device_id": "pci/pci_device_id",
        "pcie.link.gen.current": "pci/pci_gpu_link_info/pcie_gen/current_link_gen",
        "pcie.link.gen.max": "pci/pci_gpu_link_info/pcie_gen/max_link_gen",
        "pcie.link.width.current": "pci/pci_gpu_link_info/link_widths/current_link_width",
        "pcie.link.width.max": "pci/pci_gpu_link_info/link_widths/max_link_width",
        "inforom.img": "inforom_version/img_version",
        "inforom.checksum_validation": "inforom_checksum_validation",
        "fan.speed": "fan_speed",
        "pstate": "performance_state",
        "memory.total": "fb_memory_usage/total",
        "memory.reserved": "fb_memory_usage/reserved",
        "memory.used": "fb_memory_usage/used",
        "memory.free": "fb_memory_usage/free",
        "utilization.gpu": "utilization/gpu_util",
        "utilization.memory": "utilization/memory_util",
        "ecc.mode.current": "ecc_mode/current_ecc",
        "ecc.mode.pending": "ecc_mode/pending_ecc",
        "ecc.errors.uncorrected.aggregate.sram.thresholdExceeded": "ecc_errors/aggregate/sram_threshold_exceeded",
        "retired_pages.single_bit_ecc.count": "retired_pages/multiple_single_bit_retirement/retired_count",
        "retired_pages.sbe": "retired_pages/multiple_single_bit_retirement/retired_count",
        "retired_pages.double_bit.count": "retired_pages/double_bit_retirement/retired_count",
        "retired_pages.dbe": "retired_pages/double_bit_retirement/retired_count",
        "retired_pages.pending": "retired_pages/pending_retirement",
        "remapped_rows.correctable": "remapped_rows/remapped_row_corr",
        "remapped_rows.sbe": "remapped_rows/remapped_row_corr",
        "remapped_rows.dbe": "remapped_rows/remapped_row_unc",
        "remapped_rows.correctable_inactive": "remapped_rows/remapped_row_corr_inactive",
        "remapped_rows.uncorrectable": "remapped_rows/remapped_row_unc",
        "remapped_rows.uncorrectable_inactive": "remapped_rows/remapped_row_unc_inactive",
        "remapped_rows.pending": "remapped_rows/remapped_row_pending",
        "remapped_rows.failure": "remapped_rows/remapped_row_failure",
        "temperature.gpu": "temperature/gpu_temp",
        "temperature.gpu.tlimit": "temperature/gpu_temp_tlimit",
        "temperature.memory": "temperature/memory_temp",
        "power.draw": "gpu_power_readings/power_draw",
        "power.draw.average": "gpu_power_readings/average_power_draw",
        "power.draw.instant": "gpu_power_readings/instant_power_draw",
        "power.limit": "gpu_power_readings/requested_power_limit",
        "gpu.power.requested_limit": "gpu_power_readings/requested_power_limit",
        "enforced.power.limit": "gpu_power_readings/current_power_limit",
        "gpu.power.draw.average": "gpu_power_readings/average_power_draw",
        "gpu.power.draw.instant": "gpu_power_readings/instant_power_draw",
        "gpu.power.current_limit": "gpu_power_readings/current_power_limit",
        "gpu.power.default_limit": "gpu_power_readings/default_power_limit",
        "gpu.power.min_limit": "gpu_power_readings/min_power_limit",
        "gpu.power.max_limit": "gpu_power_readings/max_power_limit",
        "power.default_limit": "gpu_power_readings/default_power_limit",
        "power.min_limit": "gpu_power_readings/min_power_limit",
        "power.max_limit": "gpu_power_readings/max_power_limit",
        "module.power.draw.average": "module_power_readings/average_power_draw",
        "module.power.draw.instant": "module_power_readings/instant_power_draw",
        "clocks.current.sm": "clocks/sm_clock",
        "clocks.sm": "clocks/sm_clock",
        "clocks.current.memory": "clocks/mem_clock",
        "clocks.mem": "clocks/mem_clock",
        "clocks.max.sm": "max_clocks/sm_clock",
        "clocks.max.memory": "max_clocks/mem_clock",
        "mig.mode.current": "mig_mode/current_mig",
        "mig.mode.pending": "mig_mode/pending_mig",
        "gsp.mode.current": "gsp_mode/current",
        "gsp.mode.default": "gsp_mode/default",
        "c2c.mode": "c2c_mode",
        "fabric.state": "fabric/state",
        "fabric.status": "fabric/status",
        "fabric.cliqueId": "fabric/cliqueId",
        "fabric.clusterUuid": "fabric/clusterUuid",
        "platform.chassis_serial_number": "platformInfo/chassis_serial_number",
        "platform.slot_number": "platformInfo/slot_number",
        "platform.tray_index": "platformInfo/tray_index",
        "platform.host_id": "platformInfo/host_id",
        "platform.peer_type": "platformInfo/peer_type",
        "platform.module_id": "platformInfo/module_id",
        "platform.gpu_fabric_guid": "platformInfo/gpu_fabric_guid",
        # Before the split by kind of memory, a total was all there was.
        "ecc.errors.corrected.volatile.total": "ecc_errors/volatile/single_bit/total",
        "ecc.errors.corrected.aggregate.total": "ecc_errors/aggregate/single_bit/total",
        "ecc.errors.uncorrected.volatile.total": "ecc_errors/volatile/double_bit/total",
        "ecc.errors.uncorrected.aggregate.total": "ecc_errors/aggregate/double_bit/total",
    }
)
for _kind, _word in (("corrected", "correctable"), ("uncorrected", "uncorrectable")):
    for _life in ("volatile", "aggregate"):
        for _ram in ("sram", "dram"):
            _PLACES[f"ecc.errors.{_kind}.{_life}.{_ram}"] = f"ecc_errors/{_life}/{_ram}_{_word}"
        for _check in ("parity", "secded"):
            _PLACES[f"ecc.errors.uncorrected.{_life}.sram.{_check}"] = f"ecc_errors/{_life}/sram_uncorrectable_{_check}"
_ANY = (
    (r"clocks_(?:event|throttle)_reasons\.(?!supported|active)(\w+)", "clocks_event_reasons/clocks_event_reason_{}"),
    (r"clocks_(?:event|throttle)_reasons_counters\.(\w+)", "clocks_event_reasons_counters/{}"),
    (r"remapped_rows\.histogram\.(\w+)", "remapped_rows/row_remapper_histogram/row_remapper_histogram_{}"),
    (r"fabric\.health\.(\w+)", "fabric/health/{}"),
    (
        r"ecc\.errors\.uncorrected\.aggregate\.sram\.(l2|sm|mcu|pcie|other)",
        "ecc_errors/aggregate_uncorrectable_sram_sources/sram_{}",
    ),
)
_FAMILIES = [(re.compile(pattern), place) for pattern, place in _ANY]
_HEAD = {"driver_version": "driver_version", "kmd_version": "kmd_version", "count": "attached_gpus"}
_IGNORED = re.compile(
    r"timestamp|index|hostname|gpu_part_number|(?:vgpu|pci|pcie|display|accounting|driver_model|inforom|gom|gpu_operation_mode|utilization"
    r"|encoder|dramEncryption|ecc|power|module|gpu\.base|gpu\.power|power_smoothing|edpp_multiplier|clocks|protected_memory|bbx"
    r"|clocks_event_reasons|clocks_throttle_reasons|enforced)[._].*|edpp_multiplier"
)


def _place(name: str) -> str | None:
    if name in _PLACES:
        return _PLACES[name]
    matches = ((pattern.fullmatch(name), place) for pattern, place in _FAMILIES)
    return next((place.format(match.group(1)) for match, place in matches if match), None)


def is_field(name: str) -> bool:
    """Whether --query-gpu has such a field."""
    return name in _HEAD or _place(name) is not None or _IGNORED.fullmatch(name) is not None


def _put(root: Element, path: str, text: str) -> None:
    element = root
    for tag in path.split("/"):
        below = element.find(tag)
        element = SubElement(element, tag) if below is None else below
    element.text = text


def _split_by_memory(row: Mapping[str, str], name: str) -> bool:
    """Whether a total is the sum of values that are told apart."""
    return any(not values.reason(row.get(name.replace("total", ram), "")) for ram in ("sram", "dram"))


def parse_csv(text: str) -> SmiDocument:
    """Fields that are not known are listed as not parsed."""
    root = Element("nvidia_smi_log")
    unknown: Dict[str, int] = {}
    indexes = []
    rows = parse_query(text)
    if rows and not any(is_field(name) for name in rows[0]):
        raise ParseError("nvidia-smi --query-gpu", "line 1", f"names no field of it: {', '.join(rows[0])[:200]!r}")
    for place, row in enumerate(rows):
        gpu = SubElement(root, "gpu")
        indexes.append(values.whole(row.get("index", "")))
        for name, cell in row.items():
            path = _place(name)
            if name in _HEAD:
                if place == 0:
                    _put(root, _HEAD[name], cell)
            elif name.startswith("ecc.errors.") and name.endswith(".total") and _split_by_memory(row, name):
                continue
            elif path is not None:
                _put(gpu, path, cell)
            elif not _IGNORED.fullmatch(name):
                unknown[name] = unknown.get(name, 0) + 1
    document = read_document(root, unknown=unknown)
    numbered = [gpu if index is None else replace(gpu, index=index) for gpu, index in zip(document.gpus, indexes)]
    return replace(document, gpus=tuple(numbered))
