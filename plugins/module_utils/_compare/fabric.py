# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The services of the NVLink fabric, and whether the GPUs are registered with it. Private to the collection."""

from __future__ import annotations

from typing import Dict, List

from .._compat.fabric import UNITS
from .driver_request import resolve
from .fabric_packages import COMPONENT, parts, without_package
from .types import OF_OTHERS, UNMANAGED, Observed, Part, Request

_DONE = ("completed", "not_supported", None)
_WELL = ("success", None)


def compare(request: Request, observed: Observed) -> Part:
    """The packages are the driver's part. A node without a fabric has nothing to manage."""
    part = Part(COMPONENT)
    needed = parts(request, observed)
    units = _units(request, needed)
    part.actions = {"state": "present" if units else UNMANAGED, "units": units, "unregistered": {}}
    if request[COMPONENT]["state"] == "absent":
        part.actions["state"] = "absent"
    managed = request["nvidia_driver"]["state"] not in OF_OTHERS
    driver = resolve(request, observed) if needed and managed else None
    for name in without_package(request, observed, driver) if driver else ():
        part.refuse(
            "packages",
            value=name,
            why=f"the GPUs' fabric needs it, and the driver's source ({driver.source if driver else ''}) has none",
            remedy="set nvidia_repository_driver_source to one that has, or nvidia_fabric_state to unmanaged",
        )
    for name in units:
        _unit(part, name, observed, managed=managed)
    if UNITS["fabric_manager"] in units:
        part.actions["unregistered"] = unregistered(observed)
    return part


def _units(request: Request, needed: tuple[str, ...]) -> List[str]:
    """IMEX runs only where it was asked for: in a cluster its domains are made by the DRA driver."""
    run = [name for name in needed if name != "imex" or request[COMPONENT]["imex"] == "present"]
    return [UNITS[name] for name in run if name in UNITS]


def _unit(part: Part, name: str, observed: Observed, *, managed: bool) -> None:
    unit = observed["units"].get(name) or {}
    why = "GPUs behind NVSwitches do not work without it" if name == UNITS["fabric_manager"] else "it was asked for"
    state = unit.get("unit_file_state")
    if not unit and not managed:
        part.refuse(
            "unit",
            value=name,
            why="it comes with the driver's packages, and somebody else looks after that (nvidia_driver_state)",
            remedy="install it, or set nvidia_fabric_state to unmanaged",
        )
    elif state not in ("enabled", "enabled-runtime"):
        part.drift(name, want="enabled", have=state or "not installed", why=why)
    elif observed["driver"]["running"] is not None and unit.get("active_state") != "active":
        part.drift(name, want="active", have=unit.get("active_state"), why=why)


def unregistered(observed: Observed) -> Dict[str, str]:
    """GPUs that are not registered with the fabric yet, or could not be → what nvidia-smi says of them."""
    found = []
    for gpu in observed["smi"]["gpus"]:
        fabric = gpu.get("fabric") or {}
        state, status = fabric.get("state"), fabric.get("status")
        if state not in _DONE or status not in _WELL:
            found.append((str(gpu["bus_id"]), ", ".join(word for word in (state, status) if word)))
    return dict(sorted(found))
