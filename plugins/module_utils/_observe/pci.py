# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""GPUs and their neighbours in the PCI tree, from sysfs. Private to the collection."""

from __future__ import annotations

from .._compat.gpus import NVIDIA, architecture, display_kind
from .context import Context
from .driver_types import ForeignDevice, Gpu, NvSwitch, Pci

_DEVICES = "/sys/bus/pci/devices"
_DISPLAY = "03"
_ACCELERATOR = "12"
_NVSWITCH = "0680"


def _numa_node(look: Context, here: str) -> int | None:
    """The kernel says -1 where the firmware says nothing."""
    node = look.root.line(here + "numa_node") or ""
    return int(node) if node.isdigit() else None


def pci(look: Context) -> Pci:
    gpus, nvswitches, foreign = [], [], []
    if not look.root.isdir(_DEVICES):
        look.note(_DEVICES, "absent: the PCI tree is not visible")
    for bus_id in look.root.listdir(_DEVICES):
        here = f"{_DEVICES}/{bus_id}/"
        class_ = (look.root.line(here + "class") or "")[2:]
        if not class_.startswith((_DISPLAY, _ACCELERATOR, _NVSWITCH)):
            continue
        vendor, device = ((look.root.line(here + name) or "")[2:] for name in ("vendor", "device"))
        driver = (look.root.readlink(here + "driver") or "").rpartition("/")[2] or None
        if vendor != NVIDIA:
            if not class_.startswith(_NVSWITCH):
                kind = display_kind(vendor, device) if class_.startswith(_DISPLAY) else "other"
                foreign.append(ForeignDevice(bus_id, vendor, device, class_, driver, kind))
        elif class_.startswith(_DISPLAY):
            known = architecture(device)
            if known is None:
                look.note("GPU " + bus_id, f"device id {device} is of no architecture known here")
            virtual = look.root.exists(here + "physfn")
            gpus.append(Gpu(bus_id, vendor, device, class_, driver, known, _numa_node(look, here), virtual))
        elif class_.startswith(_NVSWITCH):
            nvswitches.append(NvSwitch(bus_id, device, driver))
    return Pci(tuple(gpus), tuple(nvswitches), tuple(foreign))
