# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the operator really made every node schedule its GPUs. Pure. Private to the collection."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Collection, List, Optional

from .._cluster.types import Evidence, Expected, Node, Pod, Policy, Snapshot
from .._compat.operator_causes import CAUSES, UNKNOWN
from .._dataclass import dataclass

HOST_SIDE = ("nvidia-driver-daemonset", "nvidia-container-toolkit-daemonset")
"""DaemonSets that would install what the nodes have already."""
GPU_LABELS = (
    "feature.node.kubernetes.io/pci-10de.present",
    "feature.node.kubernetes.io/pci-0302_10de.present",
    "feature.node.kubernetes.io/pci-0300_10de.present",
)


@dataclass(frozen=True)
class Miss:
    """One thing that is not as it should be, from the cause to the effect."""

    subject: str
    what: str
    node: Optional[str] = None
    pod: Optional[Pod] = None
    cause: Optional[str] = None
    log: tuple[str, ...] = ()

    def sentence(self) -> str:
        """One line, and the last lines of the log."""
        where = f" on {self.node}" if self.node else ""
        text = f"{self.subject}{where}: {self.what}"
        if self.cause:
            text += f". Likely cause: {self.cause}"
        return "\n".join([text, *("    " + line for line in self.log)])


def misses(expected: Expected, seen: Snapshot, excluded: Collection[str] = ()) -> List[Miss]:
    """Empty when the policy is reconciled and each node has its operands and its GPUs.

    `excluded` nodes are known to be sick: an operand that is not ready on one of them may keep the policy from it.
    """
    found = _host_side(seen)
    for name, gpus in sorted(expected.items()):
        found += _node(name, gpus, seen)
    # A policy that is not ready says less than the operand that keeps it so.
    return [*found, *_policy(seen.policies, some=bool(expected), excused=_sick(excluded, seen))]


def _sick(excluded: Collection[str], seen: Snapshot) -> bool:
    return any(not node.ready or _operands(node, seen) for node in seen.nodes if node.name in excluded)


def _policy(policies: tuple[Policy, ...], *, some: bool, excused: bool) -> List[Miss]:
    acting = [policy for policy in policies if policy.state != "ignored"]
    if not acting:
        return [Miss("ClusterPolicy", "there is none; the operator's chart makes it")]
    policy = acting[0]
    ready = next((condition for condition in policy.conditions if condition.type == "Ready"), None)
    if ready and ready.status and (ready.reason == "Reconciled" or not some):
        return []
    error = next((c for c in policy.conditions if c.type == "Error" and c.status), None)
    if excused and error and error.reason == "OperandNotReady":
        return []
    said = error or ready
    why = f"{said.reason}: {said.message}" if said else "no condition yet"
    wanted = "wanted ready, reason Reconciled"
    return [Miss("ClusterPolicy", f"{policy.state or 'not looked at yet'}, {why} ({wanted})")]


def _host_side(seen: Snapshot) -> List[Miss]:
    what = "the operator deploys what the nodes have already; gpu_operator_values enable it, or another release does"
    return [Miss(ds.name, what) for ds in seen.daemonsets if ds.name.startswith(HOST_SIDE)]


def _node(name: str, gpus: int, seen: Snapshot) -> List[Miss]:
    node = next((node for node in seen.nodes if node.name == name), None)
    if node is None:
        there = ", ".join(sorted(node.name for node in seen.nodes)) or "none"
        return [Miss("node", f"not in the cluster, which has {there}", name)]
    if not node.ready:
        return [Miss("node", "not Ready: see the kubelet's log there", name)]
    if not any(node.labels.get(label) == "true" for label in GPU_LABELS):
        worker = [pod for pod in seen.pods if pod.node == name and "node-feature-discovery" in pod.name]
        blocked = next((pod for pod in worker if not pod.ready), None)
        what = "Node Feature Discovery has not labelled its NVIDIA card yet"
        return [Miss("node", what if worker else f"{what}; no worker of it runs there", name, blocked)]
    found = _operands(node, seen)
    if node.gpus != gpus:
        found.append(Miss("nvidia.com/gpu", f"{node.gpus} allocatable, {gpus} in the node", name))
    return found


def _operands(node: Node, seen: Snapshot) -> List[Miss]:
    found = []
    for daemonset in seen.daemonsets:
        selector = daemonset.node_selector
        if not selector or any(node.labels.get(key) != value for key, value in selector.items()):
            continue
        pod = next((pod for pod in seen.pods if pod.node == node.name and pod.owner == daemonset.name), None)
        if pod is None:
            found.append(Miss(daemonset.name, "no pod yet", node.name))
        elif not pod.ready:
            found.append(Miss(daemonset.name, state_of(pod), node.name, pod))
    return found


def state_of(pod: Pod) -> str:
    """A pod's state in words: which container, why, with what message."""
    parts = [
        f"{container.name or 'scheduling'} {container.state}" + (f" ({container.message})" if container.message else "")
        for container in pod.blocked
    ]
    return f"pod {pod.name} is {pod.phase}" + (": " + "; ".join(parts) if parts else "")


def explain(miss: Miss, evidence: Evidence) -> Miss:
    """The miss with its likely cause and the log's last lines."""
    text = "\n".join([miss.what, *evidence.events, *evidence.log])
    cause = next((cause for pattern, cause in CAUSES if re.search(pattern, text)), None)
    if cause is None:
        cause = evidence.events[-1] if evidence.events else UNKNOWN
    return replace(miss, cause=cause, log=evidence.log)
