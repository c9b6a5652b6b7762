# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A driver that came with the image: compared with what was asked for, and never touched."""

from __future__ import annotations

from typing import Any, Callable, Dict

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._compare.plan import make_plan

from . import world

Look = Dict[str, Any]


def planned(change: Callable[[Look], object] = lambda look: None, **variables: Any) -> Dict[str, Any]:
    look = world.healthy()
    look["repositories"] = [one for one in look["repositories"] if "container-toolkit" in one["path"]]
    for package in look["packages"]["driver"]:
        package["held"] = False
    change(look)
    return make_plan(world.request(nvidia_driver_state="preinstalled", **variables), look)


@pytest.mark.parametrize(
    "variables",
    [{}, {"nvidia_driver_version": None, "nvidia_driver_branch": "580"}, {"nvidia_driver_flavour": "open"}],
)
def test_what_runs_as_asked_for_is_left_alone(variables: Dict[str, Any]) -> None:
    plan = planned(**variables)
    assert (plan["drifts"], plan["refusals"], plan["roles"]) == ([], [], [])
    assert "nvidia_driver" not in plan["all_roles"]
    assert [one["name"] for one in plan["actions"]["nvidia_repository"]["sources"]] == ["nvidia-container-toolkit"]


def _another_system(look: Look) -> None:
    look["os"].update(id="arch", version_id=None, codename=None, family=None, pretty="Arch Linux")


def test_neither_the_system_nor_the_packages_matter() -> None:
    assert planned(_another_system)["refusals"] == []


@pytest.mark.parametrize(
    ("change", "variables", "value", "why"),
    [
        (lambda look: look["driver"].update(running=None), {}, "none", "no NVIDIA kernel module is loaded"),
        (
            lambda look: None,
            {"nvidia_driver_version": "580.173.02"},
            world.VERSION,
            "nvidia_driver_version is 580.173.02",
        ),
        (
            lambda look: None,
            {"nvidia_driver_version": None, "nvidia_driver_branch": "595"},
            world.VERSION,
            "the branch asked for is 595",
        ),
        (
            lambda look: None,
            {"nvidia_driver_flavour": "proprietary"},
            "open",
            "nvidia_driver_flavour is proprietary",
        ),
        (
            lambda look: look["pci"]["gpus"][0].update(architecture="volta"),
            {"nvidia_driver_version": "595.71.05"},
            595,
            "does not drive Volta GPUs (0000:1b:00.0 (10de:2330)), last supported by 580",
        ),
    ],
)
def test_what_runs_otherwise_is_refused(
    change: Callable[[Look], object], variables: Dict[str, Any], value: Any, why: str
) -> None:
    plan = planned(change, **variables)
    (refusal,) = [one for one in plan["refusals"] if one["component"] == "nvidia_driver"]
    assert (refusal["value"], why in refusal["why"]) == (value, True)
    assert [drift for drift in plan["drifts"] if drift["component"] == "nvidia_driver"] == []
