# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What taking a node out of service and bringing it back means. Pure. Private to the collection."""

from __future__ import annotations

import json
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from .._dataclass import dataclass
from .._errors import GpuError
from .parse import RESOURCE, Json

OURS = "baremetal.gpu/out-of-service"
"""Annotation with what the node was like before, so that only what we changed is taken back."""
OPERANDS = "nvidia.com/gpu.deploy.operands"
"""The operator takes its operands off a node where this label is false."""
CORDON: Dict[str, Any] = {"spec": {"unschedulable": True}}
UNCORDON: Dict[str, Any] = {"spec": {"unschedulable": None}}
_OPERAND = "nvidia.com/gpu.deploy."
_MIRROR = "kubernetes.io/config.mirror"


@dataclass(frozen=True)
class Before:
    """The node before it was taken out of service."""

    cordoned: bool
    operands: Optional[str]
    gpus: int


def before(node: Json) -> Optional[Before]:
    """None for a node that we did not take out."""
    text = (node["metadata"].get("annotations") or {}).get(OURS)
    if text is None:
        return None
    try:
        found = json.loads(text)
        return Before(bool(found["cordoned"]), found["operands"], int(found["gpus"]))
    except (ValueError, KeyError, TypeError) as error:
        raise GpuError(
            f"node {node['metadata']['name']}: annotation {OURS} is {text!r}, expected JSON with cordoned, operands "
            "and gpus. Take it away and uncordon the node by hand"
        ) from error


def allocatable(node: Json) -> int:
    return int(((node.get("status") or {}).get("allocatable") or {}).get(RESOURCE, 0))


def taking_out(node: Json) -> Dict[str, Any]:
    """The patch: cordoned, its operands off, what it was remembered; empty where we did it before."""
    if before(node):
        return {}
    label = (node["metadata"].get("labels") or {}).get(OPERANDS)
    was = {
        "cordoned": bool((node.get("spec") or {}).get("unschedulable")),
        "operands": label,
        # Without operands it offers none afterwards.
        "gpus": 0 if label == "false" else allocatable(node),
    }
    return {
        "metadata": {"annotations": {OURS: json.dumps(was, sort_keys=True)}, "labels": {OPERANDS: "false"}},
        **CORDON,
    }


def operands_on(was: Before) -> Dict[str, Any]:
    return {"metadata": {"labels": {OPERANDS: was.operands}}}


def back_in_service(was: Before) -> Dict[str, Any]:
    """Uncordoned, if it was not cordoned before."""
    patch: Dict[str, Any] = {"metadata": {"annotations": {OURS: None}, "labels": {OPERANDS: was.operands}}}
    return patch if was.cordoned else {**patch, **UNCORDON}


def title(pod: Json) -> str:
    return "{}/{}".format(pod["metadata"]["namespace"], pod["metadata"]["name"])


def _controller(pod: Json) -> Optional[str]:
    owners: Sequence[Mapping[str, Any]] = pod["metadata"].get("ownerReferences") or []
    return next((str(owner["kind"]) for owner in owners if owner.get("controller")), None)


def operands(pods: Sequence[Json], namespace: str) -> List[Json]:
    """Those that the operator takes off the node."""
    return [
        pod
        for pod in pods
        if pod["metadata"]["namespace"] == namespace
        and _controller(pod) == "DaemonSet"
        and any(key.startswith(_OPERAND) for key in (pod.get("spec") or {}).get("nodeSelector") or {})
    ]


def to_evict(
    pods: Sequence[Json], namespace: str, *, delete_emptydir_data: bool, force: bool
) -> Tuple[List[Json], List[str]]:
    """The pods to evict, and why some of them cannot be.

    Pods of the operator's namespace stay: it takes its operands off by itself, and does not need the driver.
    """
    found, obstacles = [], []
    for pod in pods:
        metadata = pod["metadata"]
        controller = _controller(pod)
        if (
            metadata["namespace"] == namespace
            or _MIRROR in (metadata.get("annotations") or {})
            or controller == "DaemonSet"
            or (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")
        ):
            continue
        volumes = (pod.get("spec") or {}).get("volumes") or []
        if any("emptyDir" in volume for volume in volumes) and not delete_emptydir_data:
            obstacles.append(
                f"{title(pod)} has an emptyDir, whose data would be lost (gpu_upgrade_delete_emptydir_data)"
            )
        elif controller is None and not force:
            obstacles.append(f"{title(pod)} has no controller that would make it again (gpu_upgrade_force)")
        else:
            found.append(pod)
    return found, obstacles
