# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for every look and every request."""

from __future__ import annotations

import copy
import json
from typing import Any, Dict

from ansible_collections.baremetal.gpu.plugins.module_utils._compare.plan import ROLES, drifts, make_plan
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

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
@given(REQUEST, nearly_healthy())
def test_what_is_applied_does_not_differ(request: Dict[str, Any], look: Dict[str, Any]) -> None:
    plan = drifts(request, look)
    if plan.applicable and not plan.refusals:
        assert drifts(request, apply(plan, look)).drifts == []
