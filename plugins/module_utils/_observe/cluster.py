# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Membership in a Kubernetes cluster, as far as the node knows. Private to the collection."""

from __future__ import annotations

import re
from typing import Mapping

from .context import Context
from .distributions import distributions
from .runtime_types import Cluster, Kubelet
from .types import Unit

_ENVIRONMENT = ("/var/lib/kubelet/kubeadm-flags.env", "/etc/default/kubelet", "/etc/sysconfig/kubelet")
_ENDPOINT = re.compile(r"^containerRuntimeEndpoint:\s*[\"']?([^\s\"']+)", re.MULTILINE)


def _flag(text: str, name: str) -> str | None:
    """The last value of a command line option; later files and drop-ins win."""
    values = re.findall(rf"--{name}[=\s]\s*[\"']?([^\s\"']+)", text)
    return values[-1] if values else None


def _kubelet(look: Context, unit: Unit) -> Kubelet:
    files = [unit.path, *_ENVIRONMENT, *unit.dropins]
    text = "\n".join([look.root.text(path) or "" for path in files if path] + [unit.exec_start])
    config_path = _flag(text, "config")
    config = look.root.text(config_path) if config_path else None
    endpoint = _ENDPOINT.search(config or "")
    host = look.root.line("/proc/sys/kernel/hostname")
    return Kubelet(
        active=unit.active_state == "active",
        config_path=config_path,
        node_name=_flag(text, "hostname-override") or (host.lower() if host else None),
        runtime_endpoint=_flag(text, "container-runtime-endpoint") or (endpoint.group(1) if endpoint else None),
    )


def cluster(look: Context, units: Mapping[str, Unit | None]) -> Cluster:
    kubelet = units.get("kubelet.service")
    return Cluster(_kubelet(look, kubelet) if kubelet else None, distributions(look, units))
