# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Look at a node once and compare it with what the inventory asks for."""

from __future__ import annotations

import time
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.baremetal.gpu.plugins.module_utils._compare.for_kernel import needed, refusals
from ansible_collections.baremetal.gpu.plugins.module_utils._compare.plan import make_plan
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import GpuError
from ansible_collections.baremetal.gpu.plugins.plugin_utils._request import overriding, resolve_request

SPEC = {"override": {"type": "raw"}, "fabric_timeout": {"type": "int", "default": 0}}
INTERVAL = 5
"""Seconds between two looks at a fabric that is not there yet."""


def _lines(drifts: list[dict[str, Any]], key: str) -> str:
    return "".join(f"{drift['component']}: {drift['subject']}: {drift[key]}\n" for drift in drifts)


class ActionModule(ActionBase):
    """Runs gpu_node_info on the node and makes the plan on the controller.

    Where packages must come for the kernel that boots next, the package manager is asked whether it can have them.
    """

    _supports_check_mode = True
    _requires_connection = True
    _VALID_ARGS = frozenset(SPEC)

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        variables = task_vars or {}
        result: dict[str, Any] = super().run(tmp, variables)
        _checked, options = self.validate_argument_spec(argument_spec=SPEC)
        templar = self._templar
        if templar is None:
            raise GpuError("gpu_node_plan needs a templar; run it as a task")

        def value_of(name: str) -> tuple[bool, Any]:
            return (True, templar.template(variables[name])) if name in variables else (False, None)

        try:
            request = resolve_request(overriding(options["override"] or {}, value_of))
        except GpuError as error:
            return {**result, "failed": True, "msg": str(error)}
        deadline = time.monotonic() + options["fabric_timeout"]
        while True:
            look = self._execute_module(module_name="baremetal.gpu.gpu_node_info", module_args={}, task_vars=variables)
            if look.get("failed") or "observed" not in look:
                return {**result, **look}
            plan = make_plan(request, look["observed"])
            waiting = plan["actions"].get("nvidia_fabric", {}).get("unregistered")
            if not waiting or time.monotonic() + INTERVAL > deadline:
                break
            time.sleep(INTERVAL)
        names = needed(plan, look["observed"])
        if names:
            answer = self._execute_module(
                module_name="baremetal.gpu.package_offers", module_args={"names": names}, task_vars=variables
            )
            if answer.get("failed"):
                return {**result, **answer}
            if answer["offered"] is not None:
                plan["refusals"] += refusals(plan["actions"]["nvidia_driver"]["kernel"], names, answer["offered"])
        result.update(plan, request=request, observed=look["observed"], changed=False)
        if self._task.check_mode and plan["drifts"]:
            result["changed"] = True
            result["diff"] = {
                "before_header": "node",
                "after_header": "request",
                "before": _lines(plan["drifts"], "have"),
                "after": _lines(plan["drifts"], "want"),
            }
        return result
