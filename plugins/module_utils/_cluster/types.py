# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a look at a cluster yields. Private to the collection."""

from __future__ import annotations

from dataclasses import field
from typing import Dict, Mapping, Tuple

from .._dataclass import dataclass


@dataclass(frozen=True)
class Node:
    name: str
    ready: bool
    runtime: str
    """Kind of the runtime that the kubelet uses: containerd, cri-o or docker."""
    runtime_version: str
    gpus: int
    """Allocatable nvidia.com/gpu."""
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Condition:
    type: str
    status: bool
    reason: str
    message: str


@dataclass(frozen=True)
class Policy:
    """A ClusterPolicy."""

    name: str
    state: str
    conditions: Tuple[Condition, ...] = ()


@dataclass(frozen=True)
class DaemonSet:
    name: str
    node_selector: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Container:
    """One that is not as it should be."""

    name: str
    state: str
    """Reason of its state, such as CrashLoopBackOff or ImagePullBackOff, or running, not ready."""
    message: str
    image: str


@dataclass(frozen=True)
class Pod:
    name: str
    node: str
    owner: str
    """Name of the DaemonSet or ReplicaSet that it belongs to."""
    phase: str
    ready: bool
    blocked: Tuple[Container, ...] = ()


@dataclass(frozen=True)
class Snapshot:
    """One look."""

    nodes: Tuple[Node, ...] = ()
    policies: Tuple[Policy, ...] = ()
    daemonsets: Tuple[DaemonSet, ...] = ()
    pods: Tuple[Pod, ...] = ()


@dataclass(frozen=True)
class Evidence:
    """What the cluster says of one pod."""

    events: Tuple[str, ...] = ()
    """Messages of its warnings, the latest last."""
    log: Tuple[str, ...] = ()
    """The last lines of its failing container."""


Expected = Mapping[str, int]
"""Node name → GPUs."""
Labels = Dict[str, str]
