# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operator's side of the nodes' looks. Private to the collection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.baremetal.gpu.plugins.module_utils._compare.toolkit import CDI_SINCE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_SOCKETS = {"crio": "crio", "dockerd": "docker", "containerd": "containerd"}


def _runtime(observed: Mapping[str, Any]) -> str:
    """The kubelet's, by its endpoint, else the only one that is installed."""
    endpoint = observed["cluster"]["kubelet"]["runtime_endpoint"] or ""
    installed = [name for name in ("containerd", "crio") if observed["runtimes"].get(name)]
    return next((kind for word, kind in _SOCKETS.items() if word in endpoint), installed[0] if installed else "")


def _cdi(runtime: str, plan: Mapping[str, Any]) -> bool:
    observed = plan["observed"]
    if runtime == "containerd":
        ours = [one["name"] for one in plan["actions"]["nvidia_container_toolkit"]["runtimes"]]
        if runtime not in ours:  # as somebody else has it; else role nvidia_container_toolkit switches it on
            return bool((observed["runtimes"]["containerd"] or {}).get("cdi_enabled"))
        version = str((observed["runtimes"]["containerd"] or {}).get("version") or "0")
        return tuple(int(part) for part in version.split(".")[:2]) >= CDI_SINCE
    return runtime == "crio"


def operator_nodes(hostvars: Mapping[str, Any], hosts: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Hosts that were looked at in this run, have GPUs and a kubelet; none named: all of them."""
    found = []
    for host in hosts or sorted(hostvars):
        plan = hostvars[host].get("gpu_node_plan") or {}
        if not plan.get("applicable") or not plan["observed"]["cluster"]["kubelet"]:
            continue
        observed = plan["observed"]
        runtime = _runtime(observed)
        found.append(
            {
                "host": host,
                "name": observed["cluster"]["kubelet"]["node_name"],
                "gpus": len(observed["pci"]["gpus"]),
                "runtime": runtime,
                "cdi": _cdi(runtime, plan),
                "ready": not plan["drifts"] and not plan["refusals"],
            }
        )
    return found
