# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for every look and every request."""

from __future__ import annotations

import copy
import json
from typing import Any, Dict

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._compare.plan import ROLES, drifts, make_plan
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from . import world
from .apply import apply
from .strategies import nearly_healthy, observations, requests, shuffled

LOOK = observations() | nearly_healthy()
REQUEST = requests()
often = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))


@often
@given(REQUEST, LOOK)
def test_no_look_is_too_strange(request: Dict[str, Any], look: Dict[str, Any]) -> None:
    plan = make_plan(request, look)
    json.dumps(plan)
    assert plan["needs_reboot"] == bool(plan["reboot_reasons"])
    assert [role for role in plan["all_roles"] if role in plan["roles"]] == plan["roles"]
    assert {drift["component"] for drift in plan["drifts"]} <= set(plan["roles"]) <= set(ROLES)
    assert plan["applicable"] or not (plan["roles"] or plan["actions"] or plan["drifts"] or plan["refusals"])


@often
@given(REQUEST, LOOK)
def test_the_look_is_only_read(request: Dict[str, Any], look: Dict[str, Any]) -> None:
    before = copy.deepcopy((request, look))
    drifts(request, look)
    assert (request, look) == before


@often
@given(REQUEST, LOOK, st.randoms(use_true_random=False))
def test_the_order_of_lists_does_not_matter(request: Dict[str, Any], look: Dict[str, Any], random: Any) -> None:
    assert make_plan(request, look) == make_plan(request, shuffled(look, random))


@often
@given(REQUEST, nearly_healthy(), st.booleans())
def test_what_is_applied_does_not_differ(request: Dict[str, Any], look: Dict[str, Any], offered: bool) -> None:
    plan = drifts(request, look)
    if plan.applicable and not plan.refusals:
        assert drifts(request, apply(plan, look, headers_offered=offered)).drifts == []


def _messy() -> Dict[str, Any]:
    """Two of everything that can be wrong."""
    look = world.healthy()
    gpu, smi = look["pci"]["gpus"][0], look["smi"]["gpus"][0]
    look["pci"]["gpus"] += [{**gpu, "bus_id": "0000:43:00.0"}, {**gpu, "bus_id": "0000:05:00.0", "architecture": "ada"}]
    look["smi"]["gpus"] = [{**smi, "bus_id": bus, "persistence": False} for bus in ("0000:43:00.0", "0000:1b:00.0")]
    look["packages"]["broken"] = ["libnvidia-ml1", "libcuda1"]
    wrong = [world.package(name, "570.86.15", held=False) for name in ("nvidia-kernel-dkms", "libnvidia-cfg1")]
    look["packages"]["driver"] = [*wrong, *look["packages"]["driver"], world.package("libcuda1", "580.95.05")]
    look["packages"]["toolkit"].append({**look["packages"]["toolkit"][0], "upstream": "1.19.1", "held": False})
    old = dict(look["driver"]["on_disk"][0], version="570.86.15")
    look["driver"]["on_disk"] = [{**old, "path": "/b"}, {**old, "path": "/a"}]
    look["driver"]["running"]["version"] = "570.86.15"
    look["repositories"] += [{**look["repositories"][0], "uris": ["http://b", "http://a"], "suites": ["b", "a"]}]
    look["signing_keys"][1]["fingerprints"] = ["B" * 40, "A" * 40]
    return look


def _backwards(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _backwards(inner) for key, inner in reversed(list(value.items()))}
    return [_backwards(inner) for inner in reversed(value)] if isinstance(value, list) else value


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"nvidia_driver_hold": False},
        {"nvidia_driver_state": "absent"},
        {"nvidia_driver_version": "470.256.02", "nvidia_gsp_mode": "disabled", "nvidia_driver_flavour": "proprietary"},
        {"nvidia_gsp_mode": "disabled", "nvidia_driver_flavour": "proprietary"},
    ],
)
def test_a_node_with_much_amiss_reads_the_same_backwards(variables: Dict[str, Any]) -> None:
    request, look = world.request(**variables), _messy()
    assert make_plan(request, look) == make_plan(request, _backwards(look))
    no_gpu = {**look, "pci": {"gpus": [], "nvswitches": [], "foreign": look["pci"]["gpus"]}}
    assert make_plan(request, no_gpu) == make_plan(request, _backwards(no_gpu))
