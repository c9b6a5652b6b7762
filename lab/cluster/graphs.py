# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is built from Go modules: one go.mod per graph, since they do not share the versions of what they need."""

from __future__ import annotations

from dataclasses import dataclass, field

KUBERNETES = "v1.36.3"
_VERSION = {
    "k8s.io/component-base/version.gitVersion": KUBERNETES,
    "k8s.io/component-base/version.gitMajor": "1",
    "k8s.io/component-base/version.gitMinor": "36",
    "k8s.io/client-go/pkg/version.gitVersion": KUBERNETES,
}
"""Kubernetes built as a dependency says v0.0.0-master, which its clients cannot parse."""
_TOOLKIT = "github.com/NVIDIA/nvidia-container-toolkit/internal/info.version"


@dataclass(frozen=True)
class Graph:
    """Binary name → package; `cgo` for those that open libnvidia-ml; `values` are set at link time."""

    binaries: dict[str, str]
    cgo: bool = False
    values: dict[str, str] = field(default_factory=dict)
    usually: str = "1 min"


def _commands(module: str, *names: str) -> dict[str, str]:
    return {name: f"{module}/cmd/{name}" for name in names}


GRAPHS: dict[str, Graph] = {
    "container-toolkit": Graph(
        _commands(
            "github.com/NVIDIA/nvidia-container-toolkit",
            "nvidia-ctk",
            "nvidia-container-runtime",
            "nvidia-cdi-hook",
            "nvidia-container-runtime-hook",
        ),
        cgo=True,
        values={_TOOLKIT: "1.20.0"},
    ),
    "etcd": Graph({"etcd": "go.etcd.io/etcd/server/v3"}),
    "helm": Graph(_commands("helm.sh/helm/v3", "helm"), usually="2 min"),
    "gpu-operator": Graph(
        _commands("github.com/NVIDIA/gpu-operator", "gpu-operator")
        | {"nvidia-validator": "github.com/NVIDIA/gpu-operator/validator"},
        usually="2 min",
    ),
    "device-plugin": Graph(
        _commands(
            "github.com/NVIDIA/k8s-device-plugin",
            "nvidia-device-plugin",
            "gpu-feature-discovery",
            "config-manager",
            "mps-control-daemon",
        ),
        cgo=True,
        usually="2 min",
    ),
    "nfd": Graph(
        _commands("sigs.k8s.io/node-feature-discovery", "nfd-master", "nfd-worker", "nfd-gc"),
        values={"sigs.k8s.io/node-feature-discovery/pkg/utils/hostpath.pathPrefix": "/host-"},
        usually="3 min",
    ),
    "kubernetes": Graph(
        _commands(
            "k8s.io/kubernetes", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kubectl"
        ),
        values=_VERSION,
        usually="7 min",
    ),
}
"""In the order of need: the toolkit's binaries go into packages before a node is provisioned."""
