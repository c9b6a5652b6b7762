# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a reboot would lose the driver. Private to the collection."""

from __future__ import annotations

from typing import Any, List, Mapping

from .driver_request import next_kernel, resolve
from .types import OF_OTHERS, Observed, Request


def modules_for(observed: Observed, kernel: str) -> List[Mapping[str, Any]]:
    """The driver's modules on disk for this kernel."""
    return [module for module in observed["driver"]["on_disk"] if module["kernel"] == kernel]


def boot_blockers(request: Request, observed: Observed) -> List[str]:
    """One sentence each; a node that has no driver yet has none to lose."""
    state = request["nvidia_driver"]["state"]
    if state == "absent":
        return []
    kernel = next_kernel(observed)
    there = modules_for(observed, kernel)
    if state in OF_OTHERS:
        if observed["driver"]["running"] is None or there:
            return []
        return _missing(observed, kernel, "module nvidia")
    if not observed["packages"]["driver"]:
        return []
    driver = resolve(request, observed)
    if driver is None or any(driver.matches(m["version"]) and m["flavour"] == driver.flavour for m in there):
        return []
    return _missing(observed, kernel, f"module of driver {driver.title}")


def _missing(observed: Observed, kernel: str, what: str) -> List[str]:
    """With what DKMS knows about it."""
    dkms = [module for module in observed["driver"].get("dkms", ()) if module["state"] in ("failed", "broken")]
    said = ["dkms: {name}/{version} for {kernel} {state} ({why})".format(**module) for module in dkms]
    headers = [] if kernel in observed["kernel"]["headers"] else [f"headers of {kernel} are not installed"]
    return ["; ".join([f"kernel {kernel} boots next and has no {what}", *headers, *sorted(said)])]
