# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the operator made the nodes schedule GPUs, from snapshots written by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._cluster.types import (
    Condition,
    Container,
    DaemonSet,
    Evidence,
    Node,
    Pod,
    Policy,
    Snapshot,
)
from ansible_collections.baremetal.gpu.plugins.module_utils._compare.operator_ready import Miss, explain, misses

GPU = "feature.node.kubernetes.io/pci-10de.present"
PLUGIN = "nvidia-device-plugin-daemonset"
DEPLOY = {"nvidia.com/gpu.deploy.device-plugin": "true"}
RECONCILED = Policy("cluster-policy", "ready", (Condition("Ready", True, "Reconciled", ""),))
GOOD = Snapshot(
    nodes=(Node("gpu-01", True, "containerd", "2.1.4", 8, {GPU: "true", **DEPLOY}), Node("cpu-01", True, "", "", 0)),
    policies=(RECONCILED,),
    daemonsets=(DaemonSet(PLUGIN, DEPLOY), DaemonSet("mps", {"nvidia.com/mps.capable": "true"})),
    pods=(Pod(PLUGIN + "-x1", "gpu-01", PLUGIN, "Running", True),),
)


def node(**changes: object) -> Snapshot:
    return replace(GOOD, nodes=(replace(GOOD.nodes[0], **changes), GOOD.nodes[1]))  # type: ignore[arg-type]  # any field


def policy(state: str, *conditions: Condition) -> Snapshot:
    return replace(GOOD, policies=(Policy("cluster-policy", state, conditions),))


def pod(*blocked: Container) -> Snapshot:
    return replace(GOOD, pods=(Pod(PLUGIN + "-x1", "gpu-01", PLUGIN, "Pending", False, blocked),))


WRONG: list[tuple[str, Snapshot, list[str]]] = [
    ("the node is not in the cluster", replace(GOOD, nodes=GOOD.nodes[1:]), ["node", "not in the cluster", "cpu-01"]),
    ("the node is not ready", node(ready=False), ["node", "not Ready"]),
    ("no label of the card", node(labels={}), ["node", "Node Feature Discovery", "no worker of it runs there"]),
    ("no GPUs", node(gpus=0), ["nvidia.com/gpu", "0 allocatable, 8 in the node"]),
    ("a GPU fewer", node(gpus=7), ["nvidia.com/gpu", "7 allocatable, 8 in the node"]),
    ("no pod yet", replace(GOOD, pods=()), [PLUGIN, "no pod yet"]),
    (
        "a pod that crashes",
        pod(Container("ctr", "CrashLoopBackOff", "back-off 10s", "image")),
        [PLUGIN, "ctr CrashLoopBackOff (back-off 10s)"],
    ),
    (
        "ready for a wrong reason",
        policy("ready", Condition("Ready", True, "NoGPUNodes", "no nodes")),
        ["ClusterPolicy", "NoGPUNodes", "wanted ready, reason Reconciled"],
    ),
    (
        "an operand is not ready",
        policy("notReady", Condition("Error", True, "OperandNotReady", "states not ready: [x]")),
        ["ClusterPolicy", "notReady, OperandNotReady: states not ready: [x]"],
    ),
    ("no policy", replace(GOOD, policies=()), ["ClusterPolicy", "there is none"]),
    ("an ignored policy only", policy("ignored"), ["ClusterPolicy", "there is none"]),
    (
        "a driver of the operator's",
        replace(GOOD, daemonsets=(*GOOD.daemonsets, DaemonSet("nvidia-driver-daemonset-5.15"))),
        ["nvidia-driver-daemonset-5.15", "what the nodes have already"],
    ),
]


def test_a_good_cluster_has_no_misses() -> None:
    assert misses({"gpu-01": 8}, GOOD) == []


def test_without_nodes_to_wait_for_any_ready_policy_will_do() -> None:
    assert misses({}, policy("ready", Condition("Ready", True, "NoGPUNodes", ""))) == []


@pytest.mark.parametrize(("seen", "words"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
def test_each_miss_is_a_sentence(seen: Snapshot, words: list[str]) -> None:
    found = misses({"gpu-01": 8}, seen)
    assert len(found) == 1
    for word in words:
        assert word in found[0].sentence()


NOT_READY = Policy("cluster-policy", "notReady", (Condition("Error", True, "OperandNotReady", "states not ready"),))
SECOND = Node("gpu-02", True, "containerd", "2.1.4", 8, {GPU: "true", **DEPLOY})


def two(policy: Policy, *, sick: bool) -> Snapshot:
    """A second node, which has the operand's pod unless it is sick."""
    pods = GOOD.pods if sick else (*GOOD.pods, Pod(PLUGIN + "-x2", "gpu-02", PLUGIN, "Running", True))
    return replace(GOOD, nodes=(*GOOD.nodes, SECOND), policies=(policy,), pods=pods)


def test_a_sick_node_that_is_known_keeps_the_policy_and_not_the_others() -> None:
    assert misses({"gpu-01": 8}, two(NOT_READY, sick=True), ["gpu-02"]) == []
    unknown = misses({"gpu-01": 8}, two(NOT_READY, sick=True))
    well = misses({"gpu-01": 8}, two(NOT_READY, sick=False), ["gpu-02"])
    assert [miss.subject for miss in (*unknown, *well)] == ["ClusterPolicy", "ClusterPolicy"]


def test_a_sick_node_excuses_nothing_else() -> None:
    failed = Policy("cluster-policy", "notReady", (Condition("Error", True, "ReconcileFailed", "no os-release"),))
    assert "ReconcileFailed" in misses({"gpu-01": 8}, two(failed, sick=True), ["gpu-02"])[0].sentence()
    assert misses({"gpu-01": 7}, two(NOT_READY, sick=True), ["gpu-02"])[0].subject == "nvidia.com/gpu"


def test_an_operand_that_no_label_selects_is_not_expected() -> None:
    selected = node(labels={GPU: "true"})
    assert misses({"gpu-01": 8}, replace(selected, pods=())) == []


CAUSES = [
    (Evidence(events=('Failed to create: no runtime for "nvidia" is configured',)), "no handler nvidia in force"),
    (Evidence(log=("Failed to initialize NVML: Driver/library version mismatch",)), "reboot the node"),
    (Evidence(log=("ERROR_LIBRARY_NOT_FOUND",)), "libnvidia-ml"),
    (Evidence(events=("unresolvable CDI devices nvidia.com/gpu=0",)), "enable_cdi"),
    (Evidence(events=("Back-off pulling image: ImagePullBackOff",)), "pull the image"),
    (Evidence(events=("something new",)), "something new"),
    (Evidence(), "no known cause"),
]


@pytest.mark.parametrize(("evidence", "cause"), CAUSES, ids=[cause for _evidence, cause in CAUSES])
def test_the_likely_cause(evidence: Evidence, cause: str) -> None:
    miss = explain(Miss(PLUGIN, "pod x is Pending", "gpu-01", GOOD.pods[0]), evidence)
    assert cause in str(miss.cause)
    assert all(line in miss.sentence() for line in evidence.log)


def test_a_container_that_is_only_running_its_init_is_named() -> None:
    found = misses({"gpu-01": 8}, pod(Container("driver-validation", "running", "", "image")))
    assert "driver-validation running" in found[0].sentence()
