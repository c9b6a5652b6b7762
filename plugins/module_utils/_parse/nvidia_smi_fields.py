# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where each value stands in a document of `nvidia-smi -q -x`, of any driver. Private to the collection.

Elements came, went and moved within one DTD number, so a field lists every place that it ever had, the newest first.
What stands in none of these tables is reported as not parsed.
"""

from __future__ import annotations

from typing import Dict, FrozenSet, Tuple

Field = Tuple[str, ...]
"""How a value is read (text, word, switch, whole, or the unit of a quantity), then its places."""

HEAD: Dict[str, Field] = {
    # In the text form, 610 marks driver_version as deprecated and says the same as kmd_version.
    "driver_version": ("text", "driver_version", "kmd_version"),
    "cuda_version": ("text", "cuda_version", "cuda_umd_version"),
    "attached_gpus": ("whole", "attached_gpus"),
}
HEAD_IGNORED: FrozenSet[str] = frozenset({"timestamp"})

GPU: Dict[str, Field] = {
    "uuid": ("text", "uuid"),
    "serial": ("text", "serial"),
    "name": ("text", "product_name"),
    "brand": ("text", "product_brand"),
    "architecture": ("architecture", "product_architecture"),
    "board_part_number": ("text", "board_part_number"),
    "vbios": ("text", "vbios_version"),
    "inforom_image": ("text", "inforom_version/img_version"),
    "memory_total_mib": ("MiB", "fb_memory_usage/total"),
    "memory_reserved_mib": ("MiB", "fb_memory_usage/reserved"),
    "memory_used_mib": ("MiB", "fb_memory_usage/used"),
    "memory_free_mib": ("MiB", "fb_memory_usage/free"),
    "bar1_total_mib": ("MiB", "bar1_memory_usage/total"),
    "bar1_used_mib": ("MiB", "bar1_memory_usage/used"),
    "persistence": ("switch", "persistence_mode"),
    "compute_mode": ("word", "compute_mode"),
    "addressing_mode": ("word", "addressing_mode"),
    "virtualization": ("word", "gpu_virtualization_mode/virtualization_mode"),
    "gsp_firmware_version": ("text", "gsp_firmware_version"),
    # These four are in no document so far; --query-gpu has them.
    "gsp_mode": ("word", "gsp_mode/current"),
    "gsp_mode_default": ("word", "gsp_mode/default"),
    "compute_cap": ("text", "compute_cap"),
    "inforom_checksum": ("word", "inforom_checksum_validation"),
    "recovery_action": ("word", "gpu_recovery_action"),
    "reset_required": ("switch", "gpu_reset_status/reset_required"),
    "drain_and_reset_recommended": ("switch", "gpu_reset_status/drain_and_reset_recommended"),
    "c2c_mode": ("word", "c2c_mode"),
    "temperature_c": ("C", "temperature/gpu_temp"),
    "temperature_memory_c": ("C", "temperature/memory_temp"),
    "temperature_margin_c": ("C", "temperature/gpu_temp_tlimit"),
    "fan_speed_percent": ("%", "fan_speed"),
    "power_draw_w": (
        "W",
        "gpu_power_readings/average_power_draw",
        "gpu_power_readings/instant_power_draw",
        "gpu_power_readings/power_draw",
        "power_readings/power_draw",
    ),
    # The limit in force, then the one that was asked for, which is seldom another one.
    "power_limit_w": (
        "W",
        "gpu_power_readings/current_power_limit",
        "power_readings/enforced_power_limit",
        "gpu_power_readings/requested_power_limit",
        "power_readings/power_limit",
    ),
    "power_limit_default_w": (
        "W",
        "gpu_power_readings/default_power_limit",
        "power_readings/default_power_limit",
    ),
    "power_limit_min_w": ("W", "gpu_power_readings/min_power_limit", "power_readings/min_power_limit"),
    "power_limit_max_w": ("W", "gpu_power_readings/max_power_limit", "power_readings/max_power_limit"),
    "module_power_draw_w": (
        "W",
        "module_power_readings/average_power_draw",
        "module_power_readings/instant_power_draw",
        "module_power_readings/power_draw",
    ),
    "performance_state": ("text", "performance_state"),
    "clock_sm_mhz": ("MHz", "clocks/sm_clock"),
    "clock_sm_max_mhz": ("MHz", "max_clocks/sm_clock"),
    "clock_memory_mhz": ("MHz", "clocks/mem_clock"),
    "clock_memory_max_mhz": ("MHz", "max_clocks/mem_clock"),
    "utilization_gpu_percent": ("%", "utilization/gpu_util"),
    "utilization_memory_percent": ("%", "utilization/memory_util"),
    "display_active": ("switch", "display_active"),
    "minor": ("whole", "minor_number"),
    "pci_device_id": ("hex", "pci/pci_device_id"),
    "bus_id": ("bus_id", "pci/pci_bus_id"),
}
MIG_MODE: Dict[str, Field] = {
    "current": ("word", "mig_mode/current_mig"),
    "pending": ("word", "mig_mode/pending_mig"),
}
ECC: Dict[str, Field] = {
    "current": ("word", "ecc_mode/current_ecc"),
    "pending": ("word", "ecc_mode/pending_ecc"),
    "unrepairable_memory": ("switch", "ecc_errors/unrepairable_memory"),
    "channel_repair_pending": ("switch", "ecc_errors/channel_repair_pending"),
    "tpc_repair_pending": ("switch", "ecc_errors/tpc_repair_pending"),
}
ECC_COUNTS: Dict[str, Field] = {
    "sram_correctable": ("whole", "sram_correctable"),
    "sram_uncorrectable": ("whole", "sram_uncorrectable"),
    "sram_uncorrectable_parity": ("whole", "sram_uncorrectable_parity"),
    "sram_uncorrectable_secded": ("whole", "sram_uncorrectable_secded"),
    "dram_correctable": ("whole", "dram_correctable"),
    "dram_uncorrectable": ("whole", "dram_uncorrectable"),
    "single_bit": ("whole", "single_bit/total"),
    "double_bit": ("whole", "double_bit/total"),
    "sram_threshold_exceeded": ("switch", "sram_threshold_exceeded"),
}
REMAPPED_ROWS: Dict[str, Field] = {
    "correctable": ("whole", "remapped_row_corr"),
    "correctable_inactive": ("whole", "remapped_row_corr_inactive"),
    "uncorrectable": ("whole", "remapped_row_unc"),
    "uncorrectable_inactive": ("whole", "remapped_row_unc_inactive"),
    "pending": ("switch", "remapped_row_pending"),
    "failure": ("switch", "remapped_row_failure"),
}
REMAP_HISTOGRAM: Dict[str, Field] = {
    name: ("bank(s)", "row_remapper_histogram_" + name) for name in ("max", "high", "partial", "low", "none")
}
RETIRED_PAGES: Dict[str, Field] = {
    "single_bit": ("whole", "multiple_single_bit_retirement/retired_count"),
    "double_bit": ("whole", "double_bit_retirement/retired_count"),
    "pending": ("switch", "pending_retirement", "pending_blacklist"),
}
FABRIC: Dict[str, Field] = {
    "state": ("word", "fabric/state"),
    "status": ("word", "fabric/status"),
    "clique_id": ("whole", "fabric/cliqueId"),
    "cluster_uuid": ("text", "fabric/clusterUuid"),
}
PLATFORM: Dict[str, Field] = {
    "chassis_serial": ("text", "platformInfo/chassis_serial_number"),
    "slot": ("whole", "platformInfo/slot_number"),
    "tray": ("whole", "platformInfo/tray_index"),
    "host_id": ("whole", "platformInfo/host_id"),
    "module_id": ("whole", "platformInfo/module_id", "gpu_module_id"),
    "nvlink_peer": ("word", "platformInfo/peer_type"),
    "nvlink_guid": ("text", "platformInfo/gpu_fabric_guid"),
}
PCIE: Dict[str, Field] = {
    "generation": ("whole", "pci/pci_gpu_link_info/pcie_gen/current_link_gen"),
    "generation_max": ("whole", "pci/pci_gpu_link_info/pcie_gen/max_link_gen"),
    "width": ("lanes", "pci/pci_gpu_link_info/link_widths/current_link_width"),
    "width_max": ("lanes", "pci/pci_gpu_link_info/link_widths/max_link_width"),
    "replays": ("whole", "pci/replay_counter"),
}

MIG_DEVICE: Dict[str, Field] = {
    "index": ("whole", "index"),
    "gpu_instance_id": ("whole", "gpu_instance_id"),
    "compute_instance_id": ("whole", "compute_instance_id"),
    "memory_total_mib": ("MiB", "fb_memory_usage/total"),
    "memory_used_mib": ("MiB", "fb_memory_usage/used"),
    "multiprocessors": ("whole", "device_attributes/shared/multiprocessor_count"),
    "sram_uncorrectable": ("whole", "ecc_error_count/volatile_count/sram_uncorrectable"),
}
PROCESS: Dict[str, Field] = {
    "pid": ("whole", "pid"),
    "type": ("text", "type"),
    "name": ("text", "process_name"),
    "memory_used_mib": ("MiB", "used_memory"),
    "gpu_instance_id": ("whole", "gpu_instance_id"),
    "compute_instance_id": ("whole", "compute_instance_id"),
}

SECTIONS: Tuple[Tuple[str, str, Dict[str, Field]], ...] = (
    ("", "", GPU),
    ("mig.", "", MIG_MODE),
    ("ecc.", "", ECC),
    ("ecc.volatile.", "ecc_errors/volatile/", ECC_COUNTS),
    ("ecc.aggregate.", "ecc_errors/aggregate/", ECC_COUNTS),
    ("remapped_rows.", "remapped_rows/", REMAPPED_ROWS),
    ("remapped_rows.histogram.", "remapped_rows/row_remapper_histogram/", REMAP_HISTOGRAM),
    ("retired_pages.", "retired_pages/", RETIRED_PAGES),
    ("fabric.", "", FABRIC),
    ("platform.", "", PLATFORM),
    ("pcie.", "", PCIE),
)
"""Name of the part of a GPU, where its elements stand, and its fields."""

MAPS: FrozenSet[str] = frozenset(
    {
        "clocks_event_reasons",
        "clocks_throttle_reasons",
        "clocks_event_reasons_counters",
        "ecc_errors/aggregate_uncorrectable_sram_sources",
        "fabric/health",
    }
)
"""Elements whose children are read by whatever name they have."""
LISTS: FrozenSet[str] = frozenset({"processes", "compute_processes", "mig_devices"})
"""Elements that hold several of one kind."""
_IGNORED = """
    " accounted_processes accounting_mode accounting_mode_buffer_size applications_clocks bar1_memory_usage/free
    board_id capabilities cc_protected_memory_usage clock_policy clocks/graphics_clock clocks/video_clock
    default_applications_clocks deferred_clocks display_attached display_mode dram_encryption_mode driver_model
    edpp_multiplier encoder_stats fbc_stats gpu_fru_part_number gpu_memory_power_readings gpu_operation_mode
    gpu_part_number gpu_power_readings/power_state gpu_virtualization_mode/host_vgpu_mode
    gpu_virtualization_mode/vgpu_heterogeneous_mode ibmnpu inforom_bbx_flush inforom_time_data
    inforom_version/ecc_object inforom_version/oem_object inforom_version/pwr_object max_clocks/graphics_clock
    max_clocks/video_clock max_customer_boost_clocks module_power_readings/current_power_limit
    module_power_readings/default_power_limit module_power_readings/max_power_limit
    module_power_readings/min_power_limit module_power_readings/power_state
    module_power_readings/requested_power_limit multigpu_board pci/atomic_caps_inbound pci/atomic_caps_outbound
    pci/pci_base_class pci/pci_bridge_chip pci/pci_bus pci/pci_device pci/pci_domain
    pci/pci_gpu_link_info/pcie_gen/device_current_link_gen pci/pci_gpu_link_info/pcie_gen/max_device_link_gen
    pci/pci_gpu_link_info/pcie_gen/max_host_link_gen pci/pci_sub_class pci/pci_sub_system_id
    pci/replay_rollover_counter pci/rx_util pci/tx_util pdi power_profiles power_readings/power_management
    power_readings/power_state power_smoothing retired_pages/double_bit_retirement/retired_page_addresses
    retired_pages/double_bit_retirement/retired_pagelist
    retired_pages/multiple_single_bit_retirement/retired_page_addresses
    retired_pages/multiple_single_bit_retirement/retired_pagelist sparse_operation_mode supported_clocks
    supported_gpu_target_temp temperature/gpu_target_temperature temperature/gpu_temp_max_gpu_threshold
    temperature/gpu_temp_max_gpu_tlimit_threshold temperature/gpu_temp_max_mem_threshold
    temperature/gpu_temp_max_mem_tlimit_threshold temperature/gpu_temp_max_threshold
    temperature/gpu_temp_max_tlimit_threshold temperature/gpu_temp_slow_threshold
    temperature/gpu_temp_slow_tlimit_threshold utilization/decoder_util utilization/encoder_util
    utilization/jpeg_util utilization/ofa_util vgpu_software_licensed_product voltage
"""
_BITS = "device_memory register_file l1_cache l2_cache texture_memory texture_shm cbu"
_MIG_PARTS = "copy_engine decoder encoder jpg ofa"
IGNORED: FrozenSet[str] = frozenset(
    _IGNORED.split()
    + [
        f"ecc_errors/{life}/{bits}/{part}"
        for life in ("volatile", "aggregate")
        for bits in ("single_bit", "double_bit")
        for part in _BITS.split()
    ]
)
"""Known, and left out on purpose, with all below."""
MIG_DEVICE_IGNORED: FrozenSet[str] = frozenset(
    ["bar1_memory_usage", "fb_memory_usage/free", "fb_memory_usage/reserved"]
    + [f"device_attributes/shared/{part}_count" for part in _MIG_PARTS.split()]
)
