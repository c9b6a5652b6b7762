# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kubernetes' JSON, shortened to what matters, into dataclasses."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._cluster import parse

NODE: dict[str, Any] = {
    "metadata": {"name": "gpu-01", "labels": {"nvidia.com/gpu.present": "true"}},
    "status": {
        "allocatable": {"cpu": "2", "nvidia.com/gpu": "8"},
        "conditions": [{"type": "MemoryPressure", "status": "False"}, {"type": "Ready", "status": "True"}],
        "nodeInfo": {"containerRuntimeVersion": "containerd://1.7.27"},
    },
}


def container(state: dict[str, Any], ready: bool = False) -> dict[str, Any]:
    return {"name": "main", "image": "image:1", "ready": ready, "state": state}


def pod(init: list[dict[str, Any]], main: list[dict[str, Any]], **spec: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": "plugin-x1", "ownerReferences": [{"kind": "DaemonSet", "name": "plugin"}]},
        "spec": {"nodeName": "gpu-01", **spec},
        "status": {"phase": "Pending", "initContainerStatuses": init, "containerStatuses": main},
    }


def test_a_node() -> None:
    found = parse.node(NODE)
    assert (found.name, found.ready, found.gpus) == ("gpu-01", True, 8)
    assert (found.runtime, found.runtime_version) == ("containerd", "1.7.27")
    assert found.labels == {"nvidia.com/gpu.present": "true"}


def test_a_node_that_has_said_nothing_yet() -> None:
    found = parse.node({"metadata": {"name": "new"}})
    assert (found.ready, found.gpus, found.runtime, found.labels) == (False, 0, "", {})


BLOCKED: list[tuple[str, dict[str, Any], list[tuple[str, str]]]] = [
    ("running", pod([], [container({"running": {}}, ready=True)]), []),
    ("not ready", pod([], [container({"running": {}})]), [("running, not ready", "")]),
    (
        "waits for its init",
        pod([container({"running": {}})], [container({"waiting": {"reason": "PodInitializing"}})]),
        [("running", "")],
    ),
    (
        "crashes",
        pod([], [container({"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}})]),
        [("CrashLoopBackOff", "back-off")],
    ),
    (
        "ended badly",
        pod([], [container({"terminated": {"exitCode": 3, "reason": "Error"}})]),
        [("Error", "exit code 3")],
    ),
    ("init is done", pod([container({"terminated": {"exitCode": 0, "reason": "Completed"}})], []), []),
    ("no statuses at all", {"metadata": {"name": "x"}, "spec": {}}, []),
]


@pytest.mark.parametrize(("item", "blocked"), [case[1:] for case in BLOCKED], ids=[case[0] for case in BLOCKED])
def test_what_keeps_a_pod_from_running(item: dict[str, Any], blocked: list[tuple[str, str]]) -> None:
    assert [(entry.state, entry.message) for entry in parse.pod(item).blocked] == blocked


def test_a_pod_that_no_node_takes() -> None:
    item = pod([], [])
    message = "0/1 nodes are available: untolerated taint"
    item["status"]["conditions"] = [
        {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}
    ]
    del item["spec"]["nodeName"]
    terms = [{"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["gpu-01"]}]}]
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}
    item["spec"]["affinity"] = {"nodeAffinity": required}
    found = parse.pod(item)
    assert found.node == "gpu-01"
    assert [(entry.state, entry.message) for entry in found.blocked] == [("Unschedulable", message)]


def test_a_policy() -> None:
    condition = {"type": "Ready", "status": "True", "reason": "Reconciled", "message": "all"}
    found = parse.policy({"metadata": {"name": "p"}, "status": {"state": "ready", "conditions": [condition]}})
    assert (found.state, found.conditions[0].status, found.conditions[0].reason) == ("ready", True, "Reconciled")
    assert parse.policy({"metadata": {"name": "p"}}).conditions == ()
