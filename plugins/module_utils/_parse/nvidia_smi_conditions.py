# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a call of nvidia-smi came to: a named condition with a remedy. Private to the collection.

Return codes: nvidia-smi's manual page; 16 to 18 are NVML's numbers. Most messages stand on stdout.
"""

from __future__ import annotations

import re

from .._dataclass import dataclass


@dataclass(frozen=True)
class Condition:
    """`ok`, or what is wrong, in nvidia-smi's words and with what to do."""

    condition: str
    message: str = ""
    remedy: str = ""


OK = Condition("ok")

REMEDIES = {
    "driver_not_loaded": "Install a driver for this kernel and this GPU, then reboot; look for NVRM in the kernel log.",
    "version_mismatch": "Reboot: the kernel module in memory is of another version than the libraries on disk.",
    "no_devices": "The module is loaded, but drives no GPU: wrong flavour, or a failed GPU; look for NVRM in the log.",
    "no_gpu": "Nothing to do, unless a GPU is built in: then check its seating, its power and the firmware settings.",
    "gpu_lost": "Reboot; if the GPU is lost again, drain the node and have the GPU checked.",
    "inforom_corrupted": "The data is complete. Drain the node and have the GPU's infoROM repaired by the vendor.",
    "library_missing": "Install the driver's compute libraries (libnvidia-ml) in the driver's version.",
    "library_too_old": "Install nvidia-smi and libnvidia-ml in one version.",
    "library_function_missing": "Install libnvidia-ml in the version of nvidia-smi.",
    "not_installed": "Install the package with nvidia-smi, in the driver's version.",
    "no_permission": "Run as root, or give this user access to /dev/nvidia*.",
    "blocked": "Give this process access to the GPU's device files: a cgroup or the operating system denies it.",
    "invalid_argument": "This nvidia-smi does not know an option; report the driver's version.",
    "unknown_field": "This nvidia-smi does not know a field; it is left out.",
    "not_supported": "This GPU or mode does not offer what was asked for.",
    "not_found": "Nothing of the kind was found on this node.",
    "power_cables": "Attach the GPU's external power cables.",
    "interrupt_trouble": "Look for NVRM in the kernel log: the kernel saw an interrupt problem with a GPU.",
    "reset_required": "Stop what uses the GPU and reset it (nvidia-smi --gpu-reset), or reboot.",
    "nvlink_inactive": "Nothing to do on a GPU without NVLink; else look at the fabric manager and the kernel log.",
    "initialization_failed": "Look for NVRM and Xid in the kernel log; restart a container that lost its GPU.",
    "timed_out": "nvidia-smi hangs; look for Xid in the kernel log and reboot.",
    "crashed": "A signal ended nvidia-smi: install it in the version of libnvidia-ml; look for Xid in the log.",
    "unreadable": "nvidia-smi printed something unexpected; report it with the driver's version.",
    "failed": "Look for NVRM and Xid in the kernel log.",
}

_TEXTS = (
    ("driver_not_loaded", r"couldn't communicate with the NVIDIA driver|Driver Not Loaded"),
    ("version_mismatch", r"Driver/library version mismatch"),
    ("library_missing", r"couldn't find libnvidia-ml|NVML Shared Library Not Found"),
    ("library_too_old", r"Mismatch in versions between nvidia-smi and NVML"),
    ("library_function_missing", r"Function Not Found"),
    ("gpu_lost", r"GPU is lost|fallen off the bus|Unable to (?:determine|detect) the device handle"),
    ("inforom_corrupted", r"infoROM is corrupted|Corrupted infoROM"),
    ("reset_required", r"GPU requires (?:reset|restart)|reset required|in pending (?:en|dis)able state"),
    ("power_cables", r"Insufficient External Power|external power cable"),
    ("interrupt_trouble", r"Interrupt Request Issue"),
    ("blocked", r"blocked (?:by the operating system|the request)"),
    ("no_permission", r"Insufficient Permissions|Permission denied"),
    ("no_devices", r"No devices were found"),
    ("nvlink_inactive", r"all links are inactive"),
    ("not_supported", r"is not supported\.|are not supported for|: Not Supported|No MIG-supported devices"),
    ("not_found", r"No (?:GPU|compute) instances found"),
    ("unknown_field", r"is not a valid field to query"),
    ("invalid_argument", r"Option \S+ is (?:not recognized|missing its value)|^Invalid |Terminating early"),
    ("initialization_failed", r"Failed to initialize NVML"),
)
_CODES = {
    2: "invalid_argument",
    3: "not_supported",
    4: "no_permission",
    6: "not_found",
    8: "power_cables",
    9: "driver_not_loaded",
    10: "interrupt_trouble",
    12: "library_missing",
    13: "library_function_missing",
    14: "inforom_corrupted",
    15: "gpu_lost",
    16: "reset_required",
    17: "blocked",
    18: "version_mismatch",
    127: "not_installed",
}
_TABLE = tuple((name, re.compile(pattern, re.IGNORECASE | re.MULTILINE)) for name, pattern in _TEXTS)
_LONGEST = 400


def named(name: str, message: str) -> Condition:
    """A condition of the table."""
    return Condition(name, " ".join(message.split()), REMEDIES[name])


def _line(text: str, place: int) -> str:
    """The line around a place, or what of it is near."""
    begin, end = text.rfind("\n", 0, place) + 1, text.find("\n", place)
    return text[max(begin, place - _LONGEST // 2) : end if end >= 0 else None][:_LONGEST]


def classify(rc: int, out: str, err: str, *, timed_out: bool = False) -> Condition:
    """Name what happened. Of a document give only the text around it: single values have words of their own."""
    text = "\n".join(part.strip() for part in (out, err) if part.strip())
    if timed_out:
        return named("timed_out", text or "no answer in time")
    for name, pattern in _TABLE:
        match = pattern.search(text)
        if match:
            return named(name, text if len(text) < _LONGEST else _line(text, match.start()))
    if rc == 0:
        return OK
    return named("crashed" if rc < 0 else _CODES.get(rc, "failed"), text[:_LONGEST] or f"return code {rc}")


def recognised(text: str) -> Condition:
    """By nvidia-smi's words alone, where no return code is known; `ok` for any other text."""
    return classify(0, text, "")
