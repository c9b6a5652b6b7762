# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the driver's modules can be loaded anew without a reboot. Private to the collection."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Sequence

from .driver_request import next_kernel
from .types import Drift, Observed, Request

SERVICES = (
    "nvidia-persistenced.service",
    "nvidia-fabricmanager.service",
    "nvidia-imex.service",
    "nvidia-dcgm.service",
    "dcgm.service",
    "dcgm-exporter.service",
)
"""What holds the driver and may be stopped for a moment, in the order of their start."""
CDI_REFRESH = "nvidia-cdi-refresh.service"
"""Writes the CDI specification, which names libraries with their version. Else a boot does that."""
MODULES = ("nvidia_peermem", "nvidia_uvm", "nvidia_drm", "nvidia_modeset", "nvidia")
"""In the order in which they can be unloaded."""
OTHER_DRIVERS = ("nouveau", "nova", "nova_core", "nova_drm")
OF_MODULES = ("nvidia_driver", "nvidia_gsp")
"""Components whose reboot is only for the sake of the modules in memory."""
Actions = Mapping[str, Mapping[str, Any]]


def swap(request: Request, observed: Observed, found: Sequence[Drift], actions: Actions) -> Dict[str, Any]:
    """What to stop, unload, load and start, for a plan that needs a reboot."""
    waiting = [drift for drift in found if drift.needs_reboot]
    if not waiting:
        return {"possible": False, "why_not": []}
    why_not = _against(request, observed, waiting, actions)
    if why_not:
        return {"possible": False, "why_not": why_not}
    loaded = observed["modules"]["loaded"]
    stop = [name for name in SERVICES if (_unit(name, observed) or {}).get("active_state") in ("active", "activating")]
    wanted = [*stop, *actions["nvidia_fabric"]["units"]]
    if actions["nvidia_persistence"]["state"] == "present":
        wanted.append(SERVICES[0])
    more = [name for name in reversed(MODULES) if name in loaded or name == "nvidia_uvm"]
    driver = actions["nvidia_driver"]
    return {
        "possible": True,
        "why_not": [],
        "stop": stop[::-1],
        "unload": [name for name in MODULES if name in loaded],
        "load": ["nvidia", *(name for name in more if name != "nvidia")],
        "start": [name for name in SERVICES if name in wanted]
        + ([CDI_REFRESH] if _unit(CDI_REFRESH, observed) else []),
        "match": driver["match"],
        "flavour": driver["flavour"],
    }


def _unit(name: str, observed: Observed) -> Any:
    return observed["persistence"]["unit"] if name == SERVICES[0] else observed["units"].get(name)


def _against(request: Request, observed: Observed, waiting: Sequence[Drift], actions: Actions) -> List[str]:
    """Every reason for a reboot instead."""
    if request["nvidia_driver"]["swap"] == "never":
        return ["nvidia_driver_swap is never"]
    if request["nvidia_driver"]["state"] != "present":
        return ["nvidia_driver_state is {}".format(request["nvidia_driver"]["state"])]
    if "flavour" not in actions["nvidia_driver"]:
        return ["this node cannot have the driver asked for"]
    others = sorted({drift.component for drift in waiting} - set(OF_MODULES))
    why = [f"{component} needs a boot" for component in others]
    running = observed["kernel"]["running"]
    if next_kernel(observed) != running:
        why.append(f"kernel {next_kernel(observed)} boots next, and {running} runs")
    return [*why, *_cards(observed), *_users(observed)]


def _cards(observed: Observed) -> List[str]:
    """Other drivers that have the GPUs."""
    there = [name for name in OTHER_DRIVERS if name in observed["modules"]["loaded"]]
    bound = {gpu["driver"] for gpu in observed["pci"]["gpus"]} - {None, "nvidia", *there}
    return [f"{name} is loaded" for name in there] + [f"{name} drives a GPU" for name in sorted(bound)]


def _users(observed: Observed) -> List[str]:
    """Processes and modules that the driver cannot be taken from."""
    if not observed["privileged"]:
        return ["who holds the driver is not visible without root"]
    found = sorted(
        (holder["pid"], holder["command"], ", ".join(sorted(holder["devices"])))
        for holder in observed["holders"]
        if holder.get("unit") not in SERVICES
    )
    why = ["process {} ({}) has {} open".format(pid, command or "no command", held) for pid, command, held in found]
    modules = observed["modules"]["loaded"]
    using = {user for name in MODULES if name in modules for user in modules[name].get("used_by") or ()}
    return why + [f"module {name} uses the driver's" for name in sorted(using - set(MODULES))]
