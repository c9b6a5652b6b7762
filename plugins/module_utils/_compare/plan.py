# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole plan. Private to the collection."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Dict, List

from . import driver, gsp, nouveau, persistence, preflight, repository, toolkit
from .types import Observed, Part, Request

ROLES = (
    "gpu_preflight",
    "nvidia_repository",
    "nouveau",
    "nvidia_gsp",
    "nvidia_driver",
    "nvidia_persistence",
    "nvidia_container_toolkit",
)
"""Order of work: files that the initramfs copies are written before the driver's installation rebuilds it."""


def _parts(request: Request, observed: Observed) -> List[Part]:
    return [
        preflight.compare(request, observed),
        repository.compare(request["nvidia_repository"], observed),
        nouveau.compare(request["nouveau"], observed),
        gsp.compare(request, observed),
        driver.compare(request, observed),
        persistence.compare(request["nvidia_persistence"], observed),
        toolkit.compare(request["nvidia_container_toolkit"], observed),
    ]


def make_plan(request: Request, observed: Observed) -> Dict[str, Any]:
    """Everything that differs, in order, with what each role has to do about it."""
    why_not = _why_not(observed)
    parts = [] if why_not else _parts(request, observed)
    drifts = [drift for part in parts for drift in part.drifts]
    drifting = {drift.component for drift in drifts}
    refusals = [refusal for part in parts for refusal in part.refusals]
    order = [] if why_not else _order(parts)
    reasons = [f"{d.component}: {d.subject} is {d.have}, wanted {d.want}" for d in drifts if d.needs_reboot]
    return {
        "applicable": why_not is None,
        "why_not": why_not,
        "drifts": [asdict(drift) for drift in drifts],
        "refusals": [asdict(refusal) for refusal in refusals],
        "roles": [role for role in order if role in drifting or (role == "gpu_preflight" and (drifts or refusals))],
        "all_roles": order,
        "needs_reboot": bool(reasons),
        "reboot_reasons": reasons,
        "actions": {part.component: part.actions for part in parts},
    }


def _order(parts: List[Part]) -> List[str]:
    """What goes, goes first and in reverse: the daemon and the handler before the driver that they stand on."""
    going = {part.component for part in parts if part.actions.get("state") == "absent"}
    first, *others = ROLES
    return [first, *(r for r in reversed(others) if r in going), *(r for r in others if r not in going)]


def _why_not(observed: Observed) -> Any:
    if observed["pci"]["gpus"]:
        return None
    others = ["{bus_id} ({vendor}:{device})".format(**device) for device in observed["pci"]["foreign"]]
    return "no NVIDIA GPU in the PCI tree; display controllers seen: {}".format(", ".join(others) or "none")
