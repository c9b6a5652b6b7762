# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kubernetes' own JSON of nodes, pods and policies → what matters here. Private to the collection."""

from __future__ import annotations

from typing import Any, List, Mapping, Optional

from .types import Condition, Container, DaemonSet, Node, Pod, Policy

RESOURCE = "nvidia.com/gpu"
Json = Mapping[str, Any]


def _conditions(item: Json) -> List[Json]:
    return (item.get("status") or {}).get("conditions") or []


def is_ready(item: Json) -> bool:
    return any(entry.get("type") == "Ready" and entry.get("status") == "True" for entry in _conditions(item))


def node(item: Json) -> Node:
    status = item.get("status") or {}
    kind, _separator, version = (status.get("nodeInfo") or {}).get("containerRuntimeVersion", "").partition("://")
    return Node(
        name=item["metadata"]["name"],
        ready=is_ready(item),
        runtime=kind,
        runtime_version=version,
        gpus=int((status.get("allocatable") or {}).get(RESOURCE, 0)),
        labels=dict(item["metadata"].get("labels") or {}),
    )


def policy(item: Json) -> Policy:
    return Policy(
        name=item["metadata"]["name"],
        state=(item.get("status") or {}).get("state", ""),
        conditions=tuple(
            Condition(c.get("type", ""), c.get("status") == "True", c.get("reason", ""), c.get("message", ""))
            for c in _conditions(item)
        ),
    )


def daemonset(item: Json) -> DaemonSet:
    return DaemonSet(
        name=item["metadata"]["name"], node_selector=dict(item["spec"]["template"]["spec"].get("nodeSelector") or {})
    )


def _blocked(status: Json, is_init: bool) -> Optional[Container]:
    """None for a container that is fine."""
    state = status.get("state") or {}
    waiting, ended = state.get("waiting"), state.get("terminated")
    if waiting:
        if waiting.get("reason") == "PodInitializing":
            return None
        reason, message = waiting.get("reason", "waiting"), waiting.get("message", "")
    elif ended:
        if ended.get("exitCode") == 0 and is_init:
            return None
        reason, message = ended.get("reason", "ended"), f"exit code {ended.get('exitCode')}"
    elif "running" in state and (is_init or not status.get("ready")):
        reason, message = ("running" if is_init else "running, not ready"), ""
    else:
        return None
    return Container(status.get("name", ""), reason, message, status.get("image", ""))


def pod(item: Json) -> Pod:
    status = item.get("status") or {}
    found = [_blocked(entry, True) for entry in status.get("initContainerStatuses") or []]
    found += [_blocked(entry, False) for entry in status.get("containerStatuses") or []]
    blocked = [container for container in found if container]
    blocked += [
        Container("", entry.get("reason", "Unschedulable"), entry.get("message", ""), "")
        for entry in _conditions(item)
        if entry.get("type") == "PodScheduled" and entry.get("status") == "False"
    ]
    owners = item["metadata"].get("ownerReferences") or []
    return Pod(
        name=item["metadata"]["name"],
        node=_node_of(item),
        owner=owners[0]["name"] if owners else "",
        phase=status.get("phase", ""),
        ready=is_ready(item),
        blocked=tuple(blocked),
    )


def _node_of(item: Json) -> str:
    """A DaemonSet's pod that waits to be scheduled names its node in its affinity only."""
    spec = item.get("spec") or {}
    if spec.get("nodeName"):
        return str(spec["nodeName"])
    required = ((spec.get("affinity") or {}).get("nodeAffinity") or {}).get(
        "requiredDuringSchedulingIgnoredDuringExecution"
    ) or {}
    for term in required.get("nodeSelectorTerms") or []:
        for match in term.get("matchFields") or []:
            if match.get("key") == "metadata.name" and match.get("values"):
                return str(match["values"][0])
    return ""
