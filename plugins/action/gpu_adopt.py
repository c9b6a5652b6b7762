# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the variables that ask for what the nodes have."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ansible.plugins.action import ActionBase
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import GpuError
from ansible_collections.baremetal.gpu.plugins.plugin_utils._adopt import adopt
from ansible_collections.baremetal.gpu.plugins.plugin_utils._lift import lift
from ansible_collections.baremetal.gpu.plugins.plugin_utils._looks import registered
from ansible_collections.baremetal.gpu.plugins.plugin_utils._request import COMPONENTS, defaults, specs
from ansible_collections.baremetal.gpu.plugins.plugin_utils._vars_files import changes, write

if TYPE_CHECKING:
    from collections.abc import Mapping

STILL_READ = (
    "nvidia_repository_state",
    "nvidia_repository_driver_source",
    "nvidia_driver_state",
    "nvidia_container_toolkit_state",
)
SPEC = {
    "dir": {"type": "path"},
    "overwrite": {"type": "bool", "default": False},
}


def by_variable(request: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {f"{role}_{name}": value for role, options in request.items() for name, value in options.items()}


def given(variables: Mapping[str, Any], plan: Mapping[str, Any]) -> dict[str, Any]:
    """What the inventory sets already, with the values that the comparison took them for."""
    names = [name for options in specs(COMPONENTS).values() for name in options if name in variables]
    resolved = by_variable(plan["request"])
    return {name: resolved[name] for name in names}


def not_read(variables: Mapping[str, Any]) -> set[str]:
    """The options of sources, a driver or a toolkit that are not there, or not ours."""
    roles = ("nvidia_repository", "nvidia_driver", "nvidia_container_toolkit")
    gone = [role for role in roles if f"{role}_state" in variables]
    return {name for options in specs(gone).values() for name in options} - {*STILL_READ}


def folder_of(option: str | None, hostvars: Mapping[str, Any], hosts: list[str]) -> Path:
    found = option or (hostvars[hosts[0]].get("inventory_dir") if hosts else None)
    if not found:
        raise GpuError("the inventory is in no folder: set gpu_adopt_dir to the one that gets host_vars and group_vars")
    return Path(found)


class ActionModule(ActionBase):
    """Works on the controller alone."""

    _supports_check_mode = True
    _requires_connection = False
    _VALID_ARGS = frozenset(SPEC)

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        variables = task_vars or {}
        result: dict[str, Any] = super().run(tmp, variables)
        _checked, options = self.validate_argument_spec(argument_spec=SPEC)
        hostvars = variables["hostvars"]
        plans = {host: plan for host in sorted(hostvars) if (plan := registered(hostvars, host))}
        # A group with others in it than this run was about would ask them for something as well.
        groups = {name: hosts for name, hosts in variables["groups"].items() if set(hosts) <= set(plans)}
        seen = {host: plan for host, plan in plans.items() if "observed" in plan}
        adopted = {host: adopt(plan["observed"], plan["request"]) for host, plan in seen.items()}
        unseen = [host for host in plans if host not in seen]
        notes = {host: found.notes for host, found in adopted.items() if found.notes}
        notes |= {host: ["nobody could look at it, so it has only what its groups have"] for host in unseen}
        # A node without a GPU is left alone whatever its variables are.
        wanted = {host: adopted[host].variables for host, plan in seen.items() if plan["applicable"]}
        unread = {host: not_read(found) for host, found in wanted.items()}
        already = {host: given(hostvars[host], seen[host]) for host in wanted}
        try:
            folder = folder_of(options["dir"], hostvars, sorted(wanted) or sorted(plans))
            found = changes(folder, lift(wanted, already, groups, by_variable(defaults()), unread))
            write(found, overwrite=options["overwrite"], check=self._task.check_mode)
        except GpuError as error:
            return {**result, "failed": True, "msg": str(error), "notes": notes}
        result.update(
            changed=bool(found),
            files=[str(change.path) for change in found],
            notes=notes,
            diff=[
                {
                    "before_header": str(change.path),
                    "after_header": str(change.path),
                    "before": change.before or "",
                    "after": change.after,
                }
                for change in found
            ],
        )
        return result
