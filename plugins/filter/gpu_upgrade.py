# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Upgrades and rollbacks of a fleet, as steps and variables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible.errors import AnsibleFilterError
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import GpuError
from ansible_collections.baremetal.gpu.plugins.plugin_utils._proven import proven
from ansible_collections.baremetal.gpu.plugins.plugin_utils._upgrade import rollback, steps

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


def gpu_rollback(plan: Mapping[str, Any], record: Mapping[str, Any]) -> dict[str, Any]:
    """Variables that ask for what a node goes back to."""
    try:
        return rollback(plan, record)
    except GpuError as error:
        raise AnsibleFilterError(str(error)) from error


def gpu_upgrade_steps(
    hostvars: Mapping[str, Any], hosts: Sequence[str], batches: Sequence[Any], *, drain: bool = True
) -> list[dict[str, str]]:
    """What an upgrade would do."""
    try:
        return steps(hostvars, hosts, batches, drain=drain)
    except GpuError as error:
        raise AnsibleFilterError(str(error)) from error


class FilterModule:
    """The filters of upgrades."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"gpu_proven": proven, "gpu_rollback": gpu_rollback, "gpu_upgrade_steps": gpu_upgrade_steps}
