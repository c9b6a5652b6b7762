# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The exact versions that a node has, as remembered after its proof. Private to the collection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def _versions(packages: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    return {package["name"]: package["version"] for package in packages}


def _toolkit(packages: Sequence[Mapping[str, Any]]) -> str | None:
    found = [package["upstream"] for package in packages if package["name"] == "nvidia-container-toolkit"]
    return found[0] if found else None


def proven(plan: Mapping[str, Any]) -> dict[str, Any]:
    """What runs, and the packages that it consists of; empty where no driver runs, or nvidia-smi does not answer."""
    observed = plan.get("observed") or {}
    if not plan.get("applicable") or not observed["driver"]["running"] or observed["smi"]["condition"] != "ok":
        return {}
    running = observed["driver"]["running"]
    return {
        "driver": {
            "version": running["version"],
            "flavour": running["flavour"],
            "modules": plan["actions"]["nvidia_driver"].get("modules"),
            "packages": _versions(observed["packages"]["driver"]),
        },
        "kernel": observed["kernel"]["running"],
        "toolkit": {
            "version": _toolkit(observed["packages"]["toolkit"]),
            "packages": _versions(observed["packages"]["toolkit"]),
        },
    }
