# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a reboot would lose."""

from __future__ import annotations

from typing import Any, Callable, Dict

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._compare.driver_packages import roots
from ansible_collections.baremetal.gpu.plugins.module_utils._compare.driver_request import resolve
from ansible_collections.baremetal.gpu.plugins.module_utils._compare.plan import make_plan

from . import world

NEXT = "6.1.0-42-amd64"
FAILED = {"name": "nvidia", "version": world.VERSION, "kernel": NEXT, "arch": None, "state": "failed", "why": "no rule"}


def _next(node: Dict[str, Any]) -> None:
    node["kernel"].update(next=NEXT)
    node["driver"]["dkms"] = [FAILED]


def _nothing(node: Dict[str, Any]) -> None:
    node["driver"] = {"running": None, "on_disk": []}
    node["packages"]["driver"] = []


CASES: Dict[str, Any] = {
    "healthy": (lambda node: None, {}, []),
    "nothing to lose": (_nothing, {}, []),
    "nothing to lose, unmanaged": (_nothing, {"nvidia_driver_state": "unmanaged"}, []),
    "absent": (_next, {"nvidia_driver_state": "absent"}, []),
    "next kernel": (
        _next,
        {},
        [
            f"kernel {NEXT} boots next and has no module of driver {world.VERSION} open; headers of {NEXT} are not "
            f"installed; dkms: nvidia/{world.VERSION} for {NEXT} failed (no rule)"
        ],
    ),
    "next kernel, somebody else's driver": (
        lambda node: node["kernel"].update(next=NEXT, headers=[NEXT]),
        {"nvidia_driver_state": "unmanaged"},
        [f"kernel {NEXT} boots next and has no module nvidia"],
    ),
    "another version": (
        lambda node: node["driver"]["on_disk"][0].update(version="570.86.15"),
        {},
        [f"kernel {world.KERNEL} boots next and has no module of driver {world.VERSION} open"],
    ),
    "a request that is refused": (_next, {"nvidia_driver_version": "580"}, []),
}


@pytest.mark.parametrize("case", CASES)
def test_blockers(case: str) -> None:
    change, variables, expected = CASES[case]
    node = world.healthy()
    apply: Callable[[Dict[str, Any]], object] = change
    apply(node)
    plan = make_plan(world.request(**variables), node)
    assert plan["boot_blockers"] == expected
    assert not expected or "nvidia_driver" in plan["roles"] or "unmanaged" in variables.values()


def test_headers_are_asked_for_both_kernels() -> None:
    request, node = world.request(), world.healthy()
    node["kernel"].update(next=NEXT, headers=[])
    driver = resolve(request, node)
    assert driver
    found = {root["name"]: root.get("optional", False) for root in roots(request["nvidia_driver"], node, driver, "580")}
    assert found[f"linux-headers-{NEXT}"] is False
    assert found[f"linux-headers-{world.KERNEL}"] is True
    node["kernel"].update(headers=[NEXT])
    drifts = make_plan(request, node)["drifts"]
    assert world.KERNEL not in str([drift["want"] for drift in drifts])
