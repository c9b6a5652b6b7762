# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the release should be, from what the nodes have."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._compare.operator_release import (
    chart_refusals,
    compare,
    merged,
    values,
)

NODES = [{"host": "a", "name": "a", "gpus": 8, "runtime": "containerd", "cdi": True, "ready": True}]
OPTIONS: dict[str, Any] = {
    "state": "present",
    "chart_version": "v26.7.0",
    "chart_ref": "gpu-operator",
    "chart_repository": "https://charts.example.org",
    "values": {},
    "kubeconfig": None,
}
BASE = {"driver": {"enabled": False}, "toolkit": {"enabled": False}, "cdi": {"enabled": True}}
COMPUTED = {**BASE, "operator": {"defaultRuntime": "containerd"}}
RELEASE: dict[str, Any] = {"chart": "gpu-operator-v26.7.0", "status": "deployed", "values": COMPUTED}


@pytest.mark.parametrize(
    ("nodes", "given", "wanted"),
    [
        (NODES, {}, COMPUTED),
        ([], {}, BASE),
        ([*NODES, {**NODES[0], "cdi": False}], {}, {**COMPUTED, "cdi": {"enabled": False}}),
        ([*NODES, {**NODES[0], "runtime": "crio"}], {}, BASE),
        (NODES, {"cdi": {"enabled": False}}, {**COMPUTED, "cdi": {"enabled": False}}),
        (NODES, {"driver": {"version": "1"}}, {**COMPUTED, "driver": {"enabled": False, "version": "1"}}),
    ],
)
def test_values_are_what_the_nodes_have_under_the_users_own(
    nodes: list[dict[str, Any]], given: dict[str, Any], wanted: dict[str, Any]
) -> None:
    assert values(nodes, given) == wanted


def test_merging_leaves_both_sides_as_they_were() -> None:
    base, over = {"a": {"b": 1}}, {"a": {"c": [1]}}
    kept = copy.deepcopy((base, over))
    assert merged(base, over) == {"a": {"b": 1, "c": [1]}}
    assert (base, over) == kept


DRIFTS: list[tuple[str, dict[str, Any], Any, list[str]]] = [
    ("as requested", {}, RELEASE, []),
    ("not installed", {}, None, ["release"]),
    ("another chart", {}, {**RELEASE, "chart": "gpu-operator-v25.3.2"}, ["chart"]),
    ("an interrupted installation", {}, {**RELEASE, "status": "pending-install"}, ["status"]),
    ("other values", {"values": {"mig": {"strategy": "mixed"}}}, RELEASE, ["values"]),
    ("absent, and gone", {"state": "absent"}, None, []),
    ("absent, but there", {"state": "absent"}, RELEASE, ["release"]),
]


@pytest.mark.parametrize(("options", "release", "drifts"), [case[1:] for case in DRIFTS], ids=[c[0] for c in DRIFTS])
def test_each_difference(options: dict[str, Any], release: Any, drifts: list[str]) -> None:
    part = compare({**OPTIONS, **options}, release=release, nodes=NODES, denied=[])
    assert [drift.subject for drift in part.drifts] == drifts
    assert part.refusals == []


def test_missing_rights_are_refused_before_anything_else() -> None:
    part = compare(OPTIONS, release=None, nodes=NODES, denied=["create namespaces"])
    assert part.drifts == []
    assert "create namespaces" in part.refusals[0].why
    assert "gpu_operator_kubeconfig" in part.refusals[0].remedy


@pytest.mark.parametrize("component", ["driver", "toolkit"])
def test_what_the_host_has_is_not_deployed_again(component: str) -> None:
    options = {**OPTIONS, "values": {component: {"enabled": True}}}
    refusals = compare(options, release=None, nodes=NODES, denied=[]).refusals
    assert [(refusal.subject, refusal.value) for refusal in refusals] == [(component + ".enabled", True)]
    assert "gpu_operator_values" in refusals[0].remedy


@pytest.mark.parametrize(
    ("rc", "said", "found", "why"),
    [
        (0, "", "v26.7.0", None),
        (0, "", "v25.3.2", "is version v25.3.2"),
        (1, 'Error: chart "gpu-operator"\n version "v26.7.0" not found', None, 'version "v26.7.0" not found'),
        (127, "", None, "helm ended with 127"),
    ],
)
def test_a_chart_that_cannot_be_had(rc: int, said: str, found: Any, why: Any) -> None:
    refusals = chart_refusals(OPTIONS, rc=rc, said=said, found=found)
    assert len(refusals) == (0 if why is None else 1)
    if why:
        assert why in refusals[0]["why"]
        assert "gpu_operator_chart_version" in refusals[0]["remedy"]
