# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the NVLink fabric needs on a node, and the packages of it: they are installed with the driver's.

Private to the collection.
"""

from __future__ import annotations

import re
from typing import Any, Dict, List, Tuple

from .._compat.fabric import ANY, NEEDS, has_nvlink5
from .._compat.package_sets import NOT_ON_ARM, OF_OWN_VERSION
from .driver_request import Driver
from .types import UNMANAGED, Observed, Request

COMPONENT = "nvidia_fabric"


def kind(observed: Observed) -> str:
    """Of the fabric that the GPUs are in; empty where they are in none."""
    if observed["pci"]["nvswitches"]:
        return "nvswitch"
    fifth = [gpu for gpu in observed["pci"]["gpus"] if has_nvlink5(gpu["device"])]
    if fifth and observed["os"]["arch"] == "aarch64":
        return "rack"  # beside a Grace
    return "nvlink5" if len(fifth) > 1 else ""


def parts(request: Request, observed: Observed) -> Tuple[str, ...]:
    """What the node needs, such as the fabric manager."""
    options = request[COMPONENT]
    if options["state"] != "auto" or request["nvidia_driver"]["state"] == "absent":
        return ()
    found = [part for part in NEEDS.get(kind(observed), ()) if part != "imex" and _exists(part, observed)]
    imex = options["imex"] == "present" or (options["imex"] == "auto" and kind(observed) == "rack")
    return (*found, "imex") if imex else tuple(found)


def _exists(part: str, observed: Observed) -> bool:
    return part not in NOT_ON_ARM or observed["os"]["arch"] == "x86_64"


def _names(driver: Driver) -> Dict[str, List[str]]:
    """Part → packages of the driver's source."""
    known = driver.packages.fabric if driver.packages else {}
    return {part: [name.format(branch=driver.branch) for name in names] for part, names in known.items()}


def without_package(request: Request, observed: Observed, driver: Driver) -> List[str]:
    """What the node needs and the driver's source does not have."""
    return [part for part in parts(request, observed) if driver.packages and part not in driver.packages.fabric]


def roots(request: Request, observed: Observed, driver: Driver, version: str) -> List[Dict[str, Any]]:
    """The packages to ask for, as `driver_packages.roots` gives the driver's own; the first one of a part must come."""
    known = _names(driver)
    found: List[Dict[str, Any]] = []
    for part in parts(request, observed):
        for place, name in enumerate(known.get(part, ())):
            more = {"optional": True} if place else {}
            found.append({"name": name, "version": None if part in OF_OWN_VERSION else version, **more})
    return found


def stale(request: Request, observed: Observed, driver: Driver) -> List[str]:
    """Installed ones that go: all that is not needed where none is wanted, else those of another branch's name."""
    options = request[COMPONENT]
    if options["state"] == UNMANAGED:
        return []
    there = {str(package["name"]) for package in observed["packages"]["driver"]}
    found = [name for name in sorted(there) if re.fullmatch(ANY, name)]
    if options["state"] == "absent":
        return found
    kept = {_stem(names[0]): names[0] for names in _names(driver).values()}
    gone = ["nvidia-imex"] if options["imex"] == "absent" else []
    return [name for name in found if _stem(name) in gone or kept.get(_stem(name), name) != name]


def _stem(name: str) -> str:
    """Without its branch."""
    return re.sub(r"-[0-9]{3}$", "", name).replace("fabric-manager", "fabricmanager")
