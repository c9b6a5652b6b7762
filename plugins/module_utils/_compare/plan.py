# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole comparison. Private to the collection."""

from __future__ import annotations

from dataclasses import asdict, field
from typing import Any, Callable, Dict, List, Mapping, Optional

from .._dataclass import dataclass
from . import driver, fabric, gsp, nouveau, persistence, preflight, repository, swap, toolkit
from .boot_blockers import boot_blockers
from .in_use import users
from .types import PREINSTALLED, Drift, Observed, Part, Refusal, Request

ROLES = (
    "gpu_preflight",
    "nvidia_repository",
    "nouveau",
    "nvidia_gsp",
    "nvidia_driver",
    "nvidia_fabric",
    "nvidia_persistence",
    "nvidia_container_toolkit",
)
"""Order of work: files that the initramfs copies are written before the driver's installation rebuilds it."""
READS = (
    "privileged",
    "os",
    "kernel",
    "secure_boot",
    "pci",
    "modules",
    "driver",
    "holders",
    "modprobe",
    "packages",
    "repositories",
    "signing_keys",
    "persistence",
    "units",
    "runtimes",
    "smi",
    "disk",
    "efi",
    "unattended",
    "own_files",
)
"""What a look must have to be compared."""


@dataclass(frozen=True)
class Plan:
    """What differs between a node and a request, and what has to be done about it."""

    applicable: bool
    why_not: Optional[str]
    """Why the node is left alone; None when it is not."""
    drifts: List[Drift] = field(default_factory=list)
    refusals: List[Refusal] = field(default_factory=list)
    roles: List[str] = field(default_factory=list)
    """The roles to run, in order."""
    all_roles: List[str] = field(default_factory=list)
    """Every role that has a part in this node, in order."""
    needs_reboot: bool = False
    reboot_reasons: List[str] = field(default_factory=list)
    boot_blockers: List[str] = field(default_factory=list)
    """Why a reboot would lose the driver, as the node is now."""
    in_use: List[str] = field(default_factory=list)
    """Processes whose work would end with the module."""
    unasked: List[str] = field(default_factory=list)
    """Those of them that a reboot would end though nobody allowed that."""
    swap: Dict[str, Any] = field(default_factory=dict)
    """How to load other modules in place of the reboot."""
    actions: Dict[str, Dict[str, Any]] = field(default_factory=dict)
    """What each role carries out."""


COMPARISONS: Dict[str, Callable[[Request, Observed], Part]] = {
    "nvidia_repository": lambda request, observed: repository.compare(
        request["nvidia_repository"], observed, driver=request["nvidia_driver"]["state"] != PREINSTALLED
    ),
    "nouveau": lambda request, observed: nouveau.compare(request["nouveau"], observed),
    "nvidia_gsp": gsp.compare,
    "nvidia_driver": driver.compare,
    "nvidia_fabric": fabric.compare,
    "nvidia_persistence": persistence.compare,
    "nvidia_container_toolkit": lambda request, observed: toolkit.compare(
        request["nvidia_container_toolkit"], observed
    ),
}
"""Each role's part of a request against a look."""


def _parts(request: Request, observed: Observed) -> List[Part]:
    """In the order of ROLES."""
    parts = {role: compare(request, observed) for role, compare in COMPARISONS.items()}
    parts["gpu_preflight"] = preflight.compare(request, observed, parts["nvidia_driver"])
    return [parts[role] for role in ROLES]


def drifts(request: Request, observed: Observed) -> Plan:
    """Compare; pure, and independent of the order of every list in the look."""
    why_not = _why_not(observed)
    if why_not:
        return Plan(applicable=False, why_not=why_not)
    parts = _parts(request, observed)
    found = [drift for part in parts for drift in part.drifts]
    drifting = {drift.component for drift in found}
    refusals = [refusal for part in parts for refusal in part.refusals]
    order = _order(parts)
    reasons = [f"{d.component}: {d.subject} is {d.have}, wanted {d.want}" for d in found if d.needs_reboot]
    actions = {part.component: part.actions for part in parts}
    swapping, in_use = swap.swap(request, observed, found, actions), users(observed)
    reboots = bool(reasons) and not swapping["possible"] and request["node_reboot"]["allowed"]
    actions["nvidia_repository"]["offers"] = _to_come(found, actions)
    return Plan(
        applicable=True,
        why_not=None,
        drifts=found,
        refusals=refusals,
        roles=[role for role in order if role in drifting or (role == "gpu_preflight" and (found or refusals))],
        all_roles=order,
        needs_reboot=bool(reasons),
        reboot_reasons=reasons,
        boot_blockers=boot_blockers(request, observed),
        in_use=in_use,
        unasked=in_use if reboots and not request["node_reboot"]["with_jobs"] else [],
        swap=swapping,
        actions=actions,
    )


def make_plan(request: Request, observed: Observed) -> Dict[str, Any]:
    """The same as JSON types, as `gpu_node_plan` returns it."""
    return asdict(drifts(request, observed))


def _to_come(found: List[Drift], actions: Mapping[str, Mapping[str, Any]]) -> List[Dict[str, Any]]:
    """What new sources must have, by stack."""
    coming = {drift.component for drift in found if drift.subject == "packages"}
    return [
        {"stack": stack, "match": actions[stack][match], "packages": actions[stack]["packages"]}
        for stack, match in (("nvidia_driver", "match"), ("nvidia_container_toolkit", "version"))
        if stack in coming and actions[stack]["state"] == "present"
    ]


def _order(parts: List[Part]) -> List[str]:
    """What goes, goes first and in reverse: the daemon and the handler before the driver that they stand on."""
    going = {part.component for part in parts if part.actions.get("state") == "absent"}
    first, *others = [role for role in ROLES if role in {part.component for part in parts if part.managed}]
    return [first, *(r for r in reversed(others) if r in going), *(r for r in others if r not in going)]


def _why_not(observed: Observed) -> Optional[str]:
    if observed["pci"]["gpus"]:
        return None
    others = sorted("{bus_id} ({vendor}:{device})".format(**device) for device in observed["pci"]["foreign"])
    return "no NVIDIA GPU in the PCI tree; display controllers seen: {}".format(", ".join(others) or "none")
