# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare the GPU Operator's release with what the nodes have and the inventory asks for."""

from __future__ import annotations

import json
import re
import shlex
from typing import Any

import yaml
from ansible.plugins.action import ActionBase
from ansible_collections.baremetal.gpu.plugins.module_utils._compare.operator_release import (
    chart_refusals,
    chart_version,
    compare,
)
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import GpuError
from ansible_collections.baremetal.gpu.plugins.plugin_utils._operator import operator_nodes
from ansible_collections.baremetal.gpu.plugins.plugin_utils._request import resolve_request

COMPONENT = "gpu_operator"
VARIABLE = "gpu_operator_helm_binary"
NOT_FOUND = 127
"""What a shell returns for a program that is not there."""


def _text(chart: str | None, values: dict[str, Any] | None) -> str:
    # Through JSON: values carry ansible's tags, which YAML cannot represent.
    return yaml.safe_dump(json.loads(json.dumps({"chart": chart, "values": values}))) if chart else ""


class ActionModule(ActionBase):
    """Looks at release and cluster where the task runs, and makes the plan on the controller."""

    _supports_check_mode = True
    _requires_connection = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        variables = task_vars or {}
        result: dict[str, Any] = super().run(tmp, variables)
        templar = self._templar
        if templar is None:
            raise GpuError("gpu_operator_plan needs a templar; run it as a task")

        def value_of(name: str) -> tuple[bool, Any]:
            return (True, templar.template(variables[name])) if name in variables else (False, None)

        try:
            options = resolve_request(value_of, [COMPONENT])[COMPONENT]
        except GpuError as error:
            return {**result, "failed": True, "msg": str(error)}
        cluster = self._look(
            "baremetal.gpu.gpu_operator_info",
            {key: options[key] for key in ("kubeconfig", "context", "namespace")},
            variables,
        )
        if cluster.get("failed"):
            return {**result, "failed": True, "msg": cluster.get("msg", "gpu_operator_info failed")}
        release = None
        if not cluster["denied"]:
            try:
                release = self._release(options)
            except GpuError as error:
                return {**result, "failed": True, "msg": str(error)}
        nodes = operator_nodes(variables["hostvars"], options["hosts"])
        part = compare(options, release=release, nodes=nodes, denied=cluster["denied"])
        plan: dict[str, Any] = {
            "drifts": [vars(drift) for drift in part.drifts],
            "refusals": [vars(refusal) for refusal in part.refusals],
            "release_values": part.actions.get("values", {}),
            "nodes": nodes,
        }
        if self._needs_chart(options, release, plan):
            plan["refusals"] = self._chart(options)
        result.update(plan, changed=False)
        if self._task.check_mode and plan["drifts"]:
            wanted = options["chart_version"] if options["state"] == "present" else None
            result["changed"] = True
            result["diff"] = {
                "before_header": "release",
                "after_header": "request",
                "before": _text(chart_version(release), release["values"] if release else None),
                "after": _text(wanted, plan["release_values"]),
            }
        return result

    def _shell(self, argv: list[str]) -> dict[str, Any]:
        """A command that only reads, so it runs in check mode too."""
        command = f"{self._compute_environment_string()} {shlex.join(argv)}".strip()
        done: dict[str, Any] = self._low_level_execute_command(command)
        return done

    def _look(self, module: str, arguments: dict[str, Any], variables: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = self._execute_module(module_name=module, module_args=arguments, task_vars=variables)
        return found

    def _release(self, options: dict[str, Any]) -> dict[str, Any] | None:
        """Chart, status and values of the release; None where there is none."""
        name = options["release_name"]
        states = ["--deployed", "--failed", "--pending"]
        listed = self._helm(options, "list", "--filter", f"^{re.escape(name)}$", *states)
        if not listed:
            return None
        values = self._helm(options, "get", "values", name)
        return {"chart": listed[0]["chart"], "status": listed[0]["status"], "values": values or {}}

    def _helm(self, options: dict[str, Any], *arguments: str) -> Any:
        """helm's answer as JSON. Not kubernetes.core.helm_info, which asks five times and warns of its own future."""
        helm = options["helm_binary"] or "helm"
        where = ["--namespace", options["namespace"], "--output", "json"]
        where += ["--kubeconfig", options["kubeconfig"]] if options["kubeconfig"] else []
        where += ["--kube-context", options["context"]] if options["context"] else []
        done = self._shell([helm, *arguments, *where])
        if done["rc"] == NOT_FOUND:
            place = "" if options["helm_binary"] else " on PATH"
            why = f"helm: expected {helm}{place} where this task runs, found none"
            raise GpuError(f"{why}. Install Helm 3, https://helm.sh/docs/intro/install, or set {VARIABLE}")
        if done["rc"] != 0:
            said = " ".join((done["stderr"] or done["stdout"]).split())
            raise GpuError(f"helm {arguments[0]} ended with {done['rc']}: {said}")
        return json.loads(done["stdout"])

    @staticmethod
    def _needs_chart(options: dict[str, Any], release: dict[str, Any] | None, plan: dict[str, Any]) -> bool:
        """Only an installation of another chart needs to know that there is one."""
        if options["state"] != "present" or plan["refusals"]:
            return False
        return release is None or chart_version(release) != options["chart_version"]

    def _chart(self, options: dict[str, Any]) -> list[dict[str, Any]]:
        """Ask helm for the chart, which downloads at most its index and the chart; also in check mode."""
        argv = [options["helm_binary"] or "helm", "show", "chart", options["chart_ref"]]
        argv += ["--version", options["chart_version"]]
        if options["chart_repository"]:
            argv += ["--repo", options["chart_repository"]]
        done = self._shell(argv)
        found = re.search(r"^version: *[\"']?([^\s\"']+)", done["stdout"], re.MULTILINE)
        return chart_refusals(
            options, rc=done["rc"], said=done["stderr"] or done["stdout"], found=found[1] if found else None
        )
