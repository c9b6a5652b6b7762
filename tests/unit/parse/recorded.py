# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the recordings say, read off them by eye and by plain search, never by the parsers."""

from __future__ import annotations

from typing import Any, Dict, List, Tuple

Q: Dict[str, Tuple[Any, ...]] = {
    "text/azhc-q-orig-nvsmi8.txt": ("535.86.10", 8, None, {"bus_id": "0008:00:00.0", "retired_pages.pending": False}),
    "text/eler-384.59-q.txt": (
        "384.59",
        4,
        "GeForce GTX 1080 Ti",
        {"power_limit_w": 280, "memory_total_mib": 11172, "persistence": False, "recovery_action": None},
    ),
    "text/marwank-510.73.08-q.txt": (
        "510.73.08",
        1,
        "Quadro K2200",
        {"power_draw_w": 1.08, "power_limit_w": 39.5, "temperature_c": 43, "serial": "0421215034293"},
    ),
    "text/nge-linux-h100-80gb-hbm3-590.48.01-q.txt": (
        "590.48.01",
        1,
        "NVIDIA H100 80GB HBM3",
        {
            "power_draw_w": 69.85,
            "ecc.current": "enabled",
            "gsp_firmware_version": "590.48.01",
            "mig.current": "disabled",
        },
    ),
    "text/nge-linux-h100-mig-590.48.01-q.txt": (
        "590.48.01",
        1,
        "NVIDIA H100 80GB HBM3",
        {"power_draw_w": 71.27, "memory_total_mib": 81559, "mig.current": "enabled", "utilization_gpu_percent": None},
    ),
    "text/nge-linux-h200-590.48.01-q.txt": (
        "590.48.01",
        1,
        "NVIDIA H200",
        {"power_draw_w": 77.67, "memory_total_mib": 143771, "temperature_c": 28, "recovery_action": "none"},
    ),
    "text/nge-linux-l40s-595.80-q.txt": (
        "595.80",
        1,
        "NVIDIA L40S",
        {"power_draw_w": 183.28, "architecture": "ada", "persistence": False, "gsp_firmware_version": "595.80"},
    ),
    "text/nge-linux-rtx-2080-super-595.71.05-q.txt": (
        "595.71.05",
        1,
        "NVIDIA GeForce RTX 2080 SUPER",
        {"power_draw_w": 37.62, "power_limit_w": 250, "ecc.current": None, "remapped_rows": None},
    ),
    "text/nge-linux-rtx-2080-super-610.57.04-q.txt": (
        "610.57.04",
        1,
        "NVIDIA GeForce RTX 2080 SUPER",
        {"power_draw_w": 38.89, "power_limit_w": 250, "power_limit_max_w": 350, "gsp_firmware_version": "610.57.04"},
    ),
    "text/nge-windows-rtx-2080-super-591.86-q.txt": (
        "591.86",
        1,
        "NVIDIA GeForce RTX 2080 SUPER",
        {"power_draw_w": 38.92, "persistence": None, "gsp_firmware_version": None},
    ),
    "text/stas00-q-remapped-rows-xid63.txt": (
        "510.73.08",
        8,
        "NVIDIA A100-SXM4-80GB",
        {
            "ecc.volatile.dram_correctable": 177,
            "remapped_rows.correctable": 1,
            "remapped_rows.pending": True,
            "remapped_rows.histogram.max": 639,
        },
    ),
}
"""Driver, attached GPUs, name, and values of the last GPU."""
Q_PROCESSES = {"text/nge-linux-rtx-2080-super-610.57.04-q.txt": [1720, 4556]}
MIG_H100: List[Tuple[int, int, float, float, int]] = [
    (0, 2, 40448, 26, 60),
    (1, 3, 20096, 17, 32),
    (2, 9, 9984, 9, 16),
    (3, 10, 9984, 9, 16),
]
"""Index, GPU instance, memory, memory in use, multiprocessors"""
QUERIES: Dict[str, Tuple[Any, ...]] = {
    "text/hxs4-query-gpu-2x-rtx5060.txt": ("580.173.02", 2, {"memory_total_mib": 8151, "bus_id": "0000:07:00.0"}),
    "text/laptop4070-query-gpu-mig-na.txt": (
        None,
        1,
        {"name": "NVIDIA GeForce RTX 4070 Laptop GPU", "mig.current": None},
    ),
    "text/nge-linux-h100-80gb-hbm3-590.48.01-query-gpu.txt": (
        "590.48.01",
        1,
        {"power_draw_w": 69.85, "gsp_mode": "enabled", "inforom_checksum": "valid", "mig.current": "disabled"},
    ),
    "text/nge-linux-h100-80gb-hbm3-590.48.01-query-gpu-load.txt": (
        "590.48.01",
        1,
        {"power_draw_w": 631.95, "temperature_c": 59, "compute_cap": "9.0", "pcie.width": 16},
    ),
    "text/nge-linux-h100-mig-590.48.01-query-gpu.txt": (
        "590.48.01",
        1,
        {"power_draw_w": 71.15, "mig.current": "enabled", "fabric.state": "completed", "platform.module_id": 7},
    ),
    "text/nge-linux-h100-mig-590.48.01-query-gpu-load.txt": (
        "590.48.01",
        1,
        {"power_draw_w": 433.78, "mig.current": "enabled", "temperature_c": 53, "ecc.volatile.dram_uncorrectable": 0},
    ),
    "text/nge-linux-h200-590.48.01-query-gpu.txt": (
        "590.48.01",
        1,
        {"power_draw_w": 77.71, "memory_total_mib": 143771, "recovery_action": "none", "ecc.current": "enabled"},
    ),
    "text/nge-linux-h200-590.48.01-query-gpu-load.txt": ("590.48.01", 1, {"power_draw_w": 627.4, "temperature_c": 52}),
    "text/nge-linux-l40s-595.80-query-gpu.txt": (
        "595.80",
        1,
        {"power_draw_w": 144.97, "compute_cap": "8.9", "mig.current": None, "power_limit_w": 350},
    ),
    "text/nge-linux-l40s-595.80-query-gpu-load.txt": ("595.80", 1, {"power_draw_w": 110.23, "gsp_mode": "enabled"}),
    "text/nge-linux-rtx-2080-super-595.71.05-query-gpu.txt": (
        "595.71.05",
        1,
        {"power_draw_w": 39.32, "compute_cap": "7.5", "ecc.current": None},
    ),
    "text/nge-linux-rtx-2080-super-595.71.05-query-gpu-load.txt": ("595.71.05", 1, {"power_draw_w": 111.5}),
    "text/nge-linux-rtx-2080-super-610.57.04-query-gpu.txt": ("610.57.04", 1, {"power_draw_w": 39.17, "minor": None}),
    "text/nge-linux-rtx-2080-super-610.57.04-query-gpu-load.txt": ("610.57.04", 1, {"power_draw_w": 98.14}),
    "text/nge-windows-rtx-2080-super-591.86-query-gpu.txt": ("591.86", 1, {"power_draw_w": 38.92, "gsp_mode": None}),
    "text/nge-windows-rtx-2080-super-591.86-query-gpu-load.txt": ("591.86", 1, {"power_draw_w": 97.43}),
}
"""Driver, rows, and values of the last GPU."""
LISTS = {
    "text/nge-linux-h100-mig-590.48.01-L.txt": ["3g.40gb", "2g.20gb", "1g.10gb", "1g.10gb"],
    "text/a30-L-mig.txt": ["2g.12gb", "1g.6gb", "1g.6gb"],
    "text/nvdocs-L-mig-mixed-h100.txt": ["3g.40gb", "2g.20gb", "1g.10gb", "1g.10gb"],
    "text/nvdocs-L-mig-h100.txt": ["1g.10gb"] * 7,
}
NVLINKS: Dict[str, Tuple[int, int, List[float] | str, str]] = {
    "text/azhc-nvlink-status-bad.txt": (
        1,
        6,
        "NVML: Unable to retrieve NVLink information as all links are inactive",
        "nvlink_inactive",
    ),
    "text/gpud-nvlink-status-a100.txt": (8, 7, [25] * 12, "ok"),
    "text/stas00-nvlink-status-h100.txt": (1, 0, [26.562] * 2, "ok"),
    "text/nge-linux-h100-80gb-hbm3-590.48.01-nvlink-s.txt": (1, 0, [26.562] * 18, "ok"),
    "text/nge-linux-h200-590.48.01-nvlink-s.txt": (1, 0, [26.562] * 18, "ok"),
    "text/nge-linux-h100-mig-590.48.01-nvlink-s.txt": (
        1,
        0,
        "Nvlink queries are not supported for Devices in MIG mode",
        "not_supported",
    ),
    "text/nge-linux-l40s-595.80-nvlink-s.txt": (1, 0, "Device does not have or support Nvlink", "ok"),
    **dict.fromkeys(
        (
            "text/nge-linux-rtx-2080-super-595.71.05-nvlink-s.txt",
            "text/nge-linux-rtx-2080-super-610.57.04-nvlink-s.txt",
            "text/nge-windows-rtx-2080-super-591.86-nvlink-s.txt",
        ),
        (1, 0, "NVML: Unable to retrieve Nvlink information as all links are inActive", "nvlink_inactive"),
    ),
}
"""GPUs, number of the last one, the speeds of its links or why there are none, condition."""
CONDITIONS = {
    "a30-mig-lgi-no-instances": "not_found",
    "cannot-communicate": "driver_not_loaded",
    "gpu-reset-not-supported": "not_supported",
    "handle-detect-variant": "gpu_lost",
    "handle-unknown-trailing-dot": "gpu_lost",
    "invalid-field": "unknown_field",
    "libnvidia-ml-missing": "library_missing",
    "lost-old-one-space": "gpu_lost",
    "lost-two-spaces": "gpu_lost",
    "mig-enable-not-supported": "not_supported",
    "mig-lgi-insufficient-permissions": "no_permission",
    "mig-no-supported": "not_supported",
    "mig-pending-not-supported": "reset_required",
    "mismatch-short": "version_mismatch",
    "mismatch-with-lib-550.144": "version_mismatch",
    "mismatch-with-lib-570.124": "version_mismatch",
    "no-devices": "no_devices",
    "nvlink-inactive": "nvlink_inactive",
    "nvlink-mig-unsupported": "not_supported",
    "nvml-blocked-by-os": "blocked",
    "nvml-insufficient-permissions": "no_permission",
    "nvml-na": "initialization_failed",
    "oci-nvml-insufficient": "no_permission",
    "windows-topo-m": "invalid_argument",
}
OTHERS = {
    "lspci": "lspci",
    "lspci -n": "lspci",
    "lspci -nn": "lspci",
    "lspci -nnk": "lspci",
    "lspci -nnn -D": "lspci",
    "lspci -vnn": "lspci",
    "lspci -vvv": "lspci",
    "modinfo": "modinfo",
    "proc:gpus/*/information": "/proc/driver/nvidia/gpus/…/information",
    "proc:params": "/proc/driver/nvidia/params",
    "proc:registry": "/proc/driver/nvidia/registry",
    "proc:version": "/proc/driver/nvidia/version",
    "text:mig-cgi": "a report of nvidia-smi mig",
    "text:mig-lgi": "nvidia-smi mig -lgi",
    "text:mig-lgip": "nvidia-smi mig -lgip",
    "text:mig-lgipp": "nvidia-smi mig -lgipp",
    "text:nvlink-e": "nvidia-smi nvlink with another option than -s",
    "text:pm": "a report of nvidia-smi -pm",
    "text:query-compute-apps-load": "nvidia-smi --query-compute-apps",
    "text:query-retired-pages": "nvidia-smi --query-retired-pages",
    "text:topo": "nvidia-smi topo",
    "text:version": "nvidia-smi --version",
}
"""Kind of text that is not read → what it is called."""
MESSAGES = {"text/nge-windows-rtx-2080-super-591.86-topo.txt": "invalid_argument"}
"""Recordings of a call that did not do what their kind says"""
READ = {
    *("xml", "xml-mock", "xml-malformed", "text:L", "text:q", "text:query-gpu", "text:query-gpu-load", "error"),
    *("text:table", "text:table-load", "text:nvlink-s"),
}
H200 = {
    "L.txt": "list",
    "csv.txt": "csv",
    "q.txt": "document",
    "q.xml": "document",
    "smi.txt": "table",
    "lgip.txt": "nvidia-smi mig -lgip",
    "nvlink.txt": "nothing",
    "nvlink-c.txt": "nvidia-smi nvlink with another option than -s",
    "nvlink-s.txt": "nvlinks",
    "proc.txt": "/proc/driver/nvidia/version",
    "dev.txt": "a listing of /dev",
    "help-query-gpu.txt": "nvidia-smi --help-query-gpu",
    "missing-index.txt": "no_devices",
    "unknown-field.txt": "unknown_field",
    "pci.txt": "lspci",
    "pm.txt": "a report of nvidia-smi -pm",
    "topo-m.txt": "nvidia-smi topo",
    "topo-p2p-r.txt": "nvidia-smi topo",
    "version.txt": "nvidia-smi --version",
}
"""Files of the folders h200 and h200x2 → what they are."""
