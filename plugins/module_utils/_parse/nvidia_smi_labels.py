# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Under which element `nvidia-smi -q -x` has what `-q` has under a label. Private to the collection."""

from __future__ import annotations

from typing import Dict, FrozenSet, Iterator, Tuple

_HEAD = "Driver Version, CUDA Version, KMD Version, CUDA UMD Version, Attached GPUs"
_BLOCKS = {
    "": """Product Name, Product Brand, Product Architecture, Persistence Mode, Addressing Mode, Compute Mode,
        Performance State, Fan Speed, Display Active, Board Part Number, Serial Number > serial, GPU UUID > uuid,
        Minor Number, VBIOS Version, Module ID > gpu_module_id, GPU C2C Mode > c2c_mode, GPU Recovery Action,
        GSP Firmware Version""",
    "MIG Mode": "Current > current_mig, Pending > pending_mig",
    "ECC Mode": "Current > current_ecc, Pending > pending_ecc",
    "GPU Reset Status": "Reset Required, Drain and Reset Recommended",
    "GPU Virtualization Mode": "Virtualization Mode",
    "Inforom Version": "Image Version > img_version",
    "Platform Info > platformInfo": """Chassis Serial Number, Slot Number, Tray Index, Host ID, Peer Type, Module Id,
        GPU Fabric GUID""",
    "PCI": "Device Id > pci_device_id, Bus Id > pci_bus_id, Replays Since Reset > replay_counter",
    "PCI/GPU Link Info > pci_gpu_link_info/PCIe Generation > pcie_gen": """Current > current_link_gen,
        Max > max_link_gen""",
    "PCI/GPU Link Info > pci_gpu_link_info/Link Width > link_widths": """Current > current_link_width,
        Max > max_link_width""",
    "FB Memory Usage": "Total, Reserved, Used, Free",
    "BAR1 Memory Usage": "Total, Used",
    "Utilization": "GPU > gpu_util, Memory > memory_util",
    "ECC Errors": "Channel Repair Pending, TPC Repair Pending, Unrepairable Memory",
    "Retired Pages": """Single Bit ECC > multiple_single_bit_retirement/retired_count,
        Double Bit ECC > double_bit_retirement/retired_count, Pending > pending_retirement,
        Pending Page Blacklist > pending_blacklist""",
    "Remapped Rows": """Correctable Error > remapped_row_corr, Inactive Correctable Error > remapped_row_corr_inactive,
        Uncorrectable Error > remapped_row_unc, Inactive Uncorrectable Error > remapped_row_unc_inactive,
        Pending > remapped_row_pending, Remapping Failure Occurred > remapped_row_failure""",
    "Remapped Rows/Bank Remap Availability Histogram > row_remapper_histogram": """Max > row_remapper_histogram_max,
        High > row_remapper_histogram_high, Partial > row_remapper_histogram_partial, Low > row_remapper_histogram_low,
        None > row_remapper_histogram_none""",
    "Temperature": """GPU Current Temp > gpu_temp, GPU T.Limit Temp > gpu_temp_tlimit,
        GPU Current T.Limit Temp > gpu_temp_tlimit, Memory Current Temp > memory_temp, Memory Temp > memory_temp""",
    "Power Readings": """Power Draw, Power Limit, Enforced Power Limit, Default Power Limit, Min Power Limit,
        Max Power Limit""",
    "GPU Power Readings": """Average Power Draw, Instantaneous Power Draw > instant_power_draw, Power Draw,
        Current Power Limit, Requested Power Limit, Default Power Limit, Min Power Limit, Max Power Limit,
        GPU Ceiling Power Limit/Current Power Limit > current_power_limit,
        GPU Ceiling Power Limit/Requested Power Limit > requested_power_limit,
        GPU Ceiling Power Limit/Default Power Limit > default_power_limit""",
    "Module Power Readings": "Average Power Draw, Instantaneous Power Draw > instant_power_draw, Power Draw",
    "Clocks": "SM > sm_clock, Memory > mem_clock",
    "Max Clocks": "SM > sm_clock, Memory > mem_clock",
    "Fabric": "State, Status, CliqueId > cliqueId, ClusterUUID > clusterUuid",
}
_COUNTS = """SRAM Correctable, SRAM Uncorrectable, SRAM Uncorrectable Parity, SRAM Threshold Exceeded,
    SRAM Uncorrectable SEC-DED > sram_uncorrectable_secded, DRAM Correctable, DRAM Uncorrectable,
    Single Bit/Total > single_bit/total, Double Bit/Total > double_bit/total"""
_BLOCKS["ECC Errors/Volatile"] = _BLOCKS["ECC Errors/Aggregate"] = _COUNTS
_MIG_BLOCKS = {
    "": "Index, GPU Instance ID, Compute Instance ID",
    "Device Attributes/Shared": "Multiprocessor count",
    "ECC Errors > ecc_error_count/Volatile > volatile_count": "SRAM Uncorrectable",
    "Shared FB Memory Usage > fb_memory_usage": "Total, Used",
    "FB Memory Usage": "Total, Used",
}
MAPS: Dict[str, Tuple[str, str, Dict[str, str]]] = {
    "clocks event reasons": ("clocks_event_reasons", "clocks_event_reason_", {"idle": "gpu_idle"}),
    "clocks throttle reasons": ("clocks_throttle_reasons", "clocks_throttle_reason_", {"idle": "gpu_idle"}),
    "clocks event reasons counters": (
        "clocks_event_reasons_counters",
        "clocks_event_reasons_counters_",
        {
            "sw power capping": "sw_power_cap",
            "sw thermal slowdown": "sw_therm_slowdown",
            "hw thermal slowdown": "hw_therm_slowdown",
            "hw power braking": "hw_power_brake",
        },
    ),
    "ecc errors/aggregate uncorrectable sram sources": ("ecc_errors/aggregate_uncorrectable_sram_sources", "", {}),
    "fabric/health": ("fabric/health", "", {}),
}
"""Blocks with children of any name: their element, how tags begin, and the tags that are not just the label."""
for _place, _begin, _tags in list(MAPS.values())[:2]:
    _tags["display clock setting"] = "display_clocks_setting"
_IGNORED = """Timestamp, Attached Units, HIC Info, Accounting Mode, Accounting Mode Buffer Size, Applications Clocks,
    BAR1 Memory Usage/Free, Board ID, Capabilities, Clock Policy, Clocks/Graphics, Clocks/Video,
    Conf Compute Protected Memory Usage, DRAM Encryption Mode, Default Applications Clocks, Deferred Clocks,
    Display Attached, Display Mode, Driver Model, EDPp Multiplier, Encoder Stats, FBC Stats, FRU Part Number,
    GPU FRU Part Number, GPU Memory Power Readings, GPU Operation Mode, GPU PDI, GPU Part Number,
    GPU Power Readings/GPU Base Power,
    GPU Power Readings/Power State, GPU Virtualization Mode/Host VGPU Mode,
    GPU Virtualization Mode/vGPU Heterogeneous Mode, IBMNPU, Inforom BBX Object Flush, Inforom Time Data,
    Inforom Version/ECC Object, Inforom Version/OEM Object, Inforom Version/Power Management Object,
    Max Clocks/Graphics, Max Clocks/Video, Max Customer Boost Clocks, Module Power Readings/Current Power Limit,
    Module Power Readings/Default Power Limit, Module Power Readings/Max Power Limit,
    Module Power Readings/Min Power Limit, Module Power Readings/Power State,
    Module Power Readings/Requested Power Limit, MultiGPU Board, PCI/Atomic Caps Inbound, PCI/Atomic Caps Outbound,
    PCI/Base Classcode, PCI/Bridge Chip, PCI/Bus, PCI/Device, PCI/Domain,
    PCI/GPU Link Info/PCIe Generation/Device Current, PCI/GPU Link Info/PCIe Generation/Device Max,
    PCI/GPU Link Info/PCIe Generation/Host Max, PCI/Replay Number Rollovers, PCI/Rx Throughput, PCI/Sub Classcode,
    PCI/Sub System Id, PCI/Tx Throughput, Power Readings/Power Management,
    Power Readings/Power State, Power Smoothing, Sparse Operation Mode, Supported Clocks, Temperature/GPU Max Operating
    T.Limit Temp, Temperature/GPU Max Operating Temp, Temperature/GPU Shutdown T.Limit Temp,
    Temperature/GPU Shutdown Temp, Temperature/GPU Slowdown T.Limit Temp, Temperature/GPU Slowdown Temp,
    Temperature/GPU Target Temperature, Temperature/GPU Target Temperature Specification,
    Temperature/Memory Max Operating T.Limit Temp, Temperature/Memory Max Operating Temp, Utilization/Decoder,
    Utilization/Encoder, Utilization/JPEG, Utilization/OFA, vGPU Software Licensed Product, Voltage,
    Workload Power Profiles, Accounted Processes"""
_MIG_IGNORED = """Device Attributes/Shared/Copy Engine count, Device Attributes/Shared/Encoder count,
    Device Attributes/Shared/Decoder count, Device Attributes/Shared/OFA count, Device Attributes/Shared/JPG count,
    Shared FB Memory Usage/Reserved, Shared FB Memory Usage/Free, FB Memory Usage/Reserved, FB Memory Usage/Free,
    Shared BAR1 Memory, Shared BAR1 Memory Usage, BAR1 Memory Usage"""
_BITS = "Device Memory, Register File, L1 Cache, L2 Cache, Texture Memory, Texture Shared, CBU"


def _entries(text: str) -> Iterator[Tuple[str, str]]:
    """`Label > tag` → label in lower case, tag; without a tag it is the label in lower case."""
    for entry in " ".join(text.split()).split(", "):
        label, _arrow, tag = entry.partition(" > ")
        yield label.lower(), tag or label.lower().replace(" ", "_")


def _places(blocks: Dict[str, str]) -> Dict[str, str]:
    found = {}
    for block, entries in blocks.items():
        steps = [next(_entries(step)) for step in block.split("/")] if block else []
        above, base = "".join(label + "/" for label, _tag in steps), "".join(tag + "/" for _label, tag in steps)
        for depth in range(1, len(steps) + 1):
            found["/".join(label for label, _tag in steps[:depth])] = "/".join(tag for _label, tag in steps[:depth])
        for label, tag in _entries(entries):
            found[above + label] = base + tag
    return found


def _labels(text: str) -> FrozenSet[str]:
    return frozenset(label for label, _tag in _entries(text))


HEAD: Dict[str, str] = dict(_entries(_HEAD))
GPU: Dict[str, str] = {**_places(_BLOCKS), "gpu power readings/gpu ceiling power limit": "gpu_power_readings"}
"""Path of labels → path of elements, blocks and values"""
MIG_DEVICE: Dict[str, str] = _places(_MIG_BLOCKS)
IGNORED: FrozenSet[str] = _labels(_IGNORED) | frozenset(
    f"ecc errors/{life}/{bits} bit/{part}"
    for life in ("volatile", "aggregate")
    for bits in ("single", "double")
    for part in _labels(_BITS)
)
MIG_DEVICE_IGNORED: FrozenSet[str] = _labels(_MIG_IGNORED)
for _life in ("volatile", "aggregate"):
    for _bits in ("single", "double"):
        GPU[f"ecc errors/{_life}/{_bits} bit"] = f"ecc_errors/{_life}/{_bits}_bit"
PROCESS: Dict[str, str] = {
    "gpu instance id": "gpu_instance_id",
    "compute instance id": "compute_instance_id",
    "process id": "pid",
    "type": "type",
    "name": "process_name",
    "used gpu memory": "used_memory",
}
