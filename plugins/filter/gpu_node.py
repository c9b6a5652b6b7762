# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sentences, tables and module arguments from plans."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible.errors import AnsibleFilterError
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import GpuError
from ansible_collections.baremetal.gpu.plugins.plugin_utils._keys import with_key
from ansible_collections.baremetal.gpu.plugins.plugin_utils._looks import plan_of
from ansible_collections.baremetal.gpu.plugins.plugin_utils._report import misses, rows, table, verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def source_with_key(source: Mapping[str, Any]) -> dict[str, Any]:
    """One planned source as an element of package_source's `sources`."""
    try:
        return with_key(source)
    except GpuError as error:
        raise AnsibleFilterError(str(error)) from error


def gpu_drifts(look: Mapping[str, Any], variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A saved look against a request."""
    try:
        return plan_of(look, variables)
    except GpuError as error:
        raise AnsibleFilterError(f"gpu_drifts: {error}") from error


class FilterModule:
    """The collection's filters over `gpu_node_plan`."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {
            "source_with_key": source_with_key,
            "gpu_drifts": gpu_drifts,
            "gpu_misses": misses,
            "gpu_rows": rows,
            "gpu_table": table,
            "gpu_verdict": verdict,
        }
