# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The release of the GPU Operator: what it should be, against what is installed. Pure. Private to the collection."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional, Sequence

from .types import Options, Part

COMPONENT = "gpu_operator"
HOST_SIDE = ("driver", "toolkit")


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> Dict[str, Any]:
    """Tables are merged, everything else is replaced."""
    result = dict(base)
    for key, value in over.items():
        old = result.get(key)
        result[key] = merged(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return result


def values(nodes: Sequence[Mapping[str, Any]], given: Mapping[str, Any]) -> Dict[str, Any]:
    """Release values from what the nodes have, under the user's own."""
    computed: Dict[str, Any] = {
        "driver": {"enabled": False},
        "toolkit": {"enabled": False},
        # The operator has one switch for all nodes, and its operands do not start on a runtime without CDI.
        "cdi": {"enabled": all(node["cdi"] for node in nodes)},
    }
    kinds = {node["runtime"] for node in nodes if node["runtime"]}
    if len(kinds) == 1:
        computed["operator"] = {"defaultRuntime": kinds.pop()}
    return merged(computed, given)


def chart_version(release: Optional[Mapping[str, Any]]) -> Optional[str]:
    """`gpu-operator-v26.7.0` → `v26.7.0`."""
    return str(release["chart"]).rsplit("gpu-operator-", 1)[-1] if release else None


def compare(
    options: Options,
    *,
    release: Optional[Mapping[str, Any]],
    nodes: Sequence[Mapping[str, Any]],
    denied: Sequence[str],
) -> Part:
    part = Part(COMPONENT)
    if denied:
        part.refuse(
            "credentials",
            value=options["kubeconfig"] or "by default",
            why="they may not " + ", ".join(denied),
            remedy="set gpu_operator_kubeconfig or gpu_operator_context to a user that may",
        )
        return part
    if options["state"] == "absent":
        if release:
            have = chart_version(release)
            part.drift("release", want="absent", have=have, why="gpu_operator_state is absent")
        return part
    wanted = values(nodes, options["values"])
    part.actions = {"values": wanted}
    for component in HOST_SIDE:
        if wanted[component].get("enabled"):
            part.refuse(
                f"{component}.enabled",
                value=True,
                why=f"the nodes have the {component} already, and the operator's would overwrite it",
                remedy=f"take {component}.enabled out of gpu_operator_values",
            )
    _release(part, options, release, wanted)
    return part


def _release(part: Part, options: Options, release: Optional[Mapping[str, Any]], wanted: Mapping[str, Any]) -> None:
    version = options["chart_version"]
    if not release:
        part.drift("release", want=version, have="absent", why="without it nothing hands out GPUs")
        return
    have = chart_version(release)
    if have != version:
        part.drift("chart", want=version, have=have, why="gpu_operator_chart_version")
    if release["status"] != "deployed":
        part.drift("status", want="deployed", have=release["status"], why="an earlier installation did not finish")
    if release["values"] != wanted:
        part.drift("values", want=wanted, have=release["values"], why="the nodes' runtimes and gpu_operator_values")


def chart_refusals(options: Options, *, rc: int, said: str, found: Optional[str]) -> List[Dict[str, Any]]:
    """Why the chart cannot be installed; empty when it can."""
    source = options["chart_ref"] + (f" of {options['chart_repository']}" if options["chart_repository"] else "")
    part = Part(COMPONENT)
    if rc != 0:
        part.refuse(
            "chart",
            value=f"{source} {options['chart_version']}",
            why=" ".join(said.split()) or f"helm ended with {rc}",
            remedy="set gpu_operator_chart_version, gpu_operator_chart_ref or gpu_operator_chart_repository",
        )
    elif found != options["chart_version"]:
        part.refuse(
            "chart_version",
            value=options["chart_version"],
            why=f"{source} is version {found}",
            remedy="set gpu_operator_chart_version or gpu_operator_chart_ref",
        )
    return [vars(refusal) for refusal in part.refusals]
