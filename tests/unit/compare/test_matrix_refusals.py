# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""GPUs, branches and flavours that do not go together: each refusal names the GPU, the branch and the limit."""

from __future__ import annotations

from typing import Any, Dict, List

import pytest

from .test_matrix import node, planned

GPU = "0000:1b:00.0 (10de:2330)"
OTHER = "0000:43:00.0 (10de:2901)"


def refused(look: Dict[str, Any], **variables: Any) -> List[Dict[str, Any]]:
    """What the driver is refused for."""
    found = planned(look, **variables)["refusals"]
    return [one for one in found if one["component"] == "nvidia_driver"]


@pytest.mark.parametrize(
    ("architecture", "branch", "flavour", "words"),
    [
        ("kepler", "535", "auto", [GPU, "branch 535", "Kepler", "last supported by 470"]),
        ("maxwell", "590", "auto", [GPU, "branch 590", "Maxwell", "last supported by 580"]),
        ("pascal", "595", "auto", [GPU, "branch 595", "Pascal", "last supported by 580"]),
        ("volta", "595", "auto", [GPU, "branch 595", "Volta", "last supported by 580"]),
        ("volta", "620", "auto", [GPU, "branch 620", "Volta", "last supported by 580"]),
        ("hopper", "520", "proprietary", [GPU, "branch 520", "Hopper", "first supported by 525"]),
        ("ada", "515", "auto", [GPU, "branch 515", "Ada", "first supported by 520"]),
        ("blackwell", "535", "open", [GPU, "branch 535", "Blackwell", "first supported by 570"]),
        ("volta", "580", "open", [GPU, "branch 580", "Volta", "proprietary kernel modules only"]),
        ("pascal", "580", "open", [GPU, "branch 580", "Pascal", "proprietary kernel modules only"]),
        ("blackwell", "580", "proprietary", [GPU, "branch 580", "Blackwell", "open kernel modules only"]),
        ("ampere", "510", "open", ["510", "begin with branch 515", "possible here: proprietary"]),
        ("ampere", "620", "proprietary", ["620", "from branch 620 on", "possible here: open"]),
    ],
)
def test_a_refusal_names_the_gpu_the_branch_and_the_limit(
    architecture: str, branch: str, flavour: str, words: List[str]
) -> None:
    (one,) = refused(node("debian12", architecture), nvidia_driver_branch=branch, nvidia_driver_flavour=flavour)
    for word in words:
        assert word in one["why"]
    assert "nvidia_driver_" in one["remedy"]


@pytest.mark.parametrize(
    ("architecture", "branch", "flavour"),
    [
        ("volta", "580", "proprietary"),
        ("turing", "580", "open"),
        ("hopper", "550", "proprietary"),
        ("hopper", "560", "open"),
        ("hopper", "620", "open"),
        ("blackwell", "580", "open"),
    ],
)
def test_auto_takes_what_drives_the_gpu_and_the_better_of_two(architecture: str, branch: str, flavour: str) -> None:
    plan = planned(node("debian12", architecture), nvidia_driver_branch=branch)
    assert plan["refusals"] == []
    assert plan["actions"]["nvidia_driver"]["flavour"] == flavour


def grace_hopper(device: str) -> Dict[str, Any]:
    look = node("debian12", "hopper")
    look["pci"]["gpus"][0]["device"] = device
    return look


@pytest.mark.parametrize("device", ["2342", "2348"])
def test_grace_hopper_has_open_modules_and_runs_the_gsp_firmware(device: str) -> None:
    look = grace_hopper(device)
    plan = planned(look, nvidia_driver_branch="550")
    assert (plan["refusals"], plan["actions"]["nvidia_driver"]["flavour"]) == ([], "open")
    (one,) = refused(look, nvidia_driver_branch="550", nvidia_driver_flavour="proprietary")
    assert f"Grace Hopper GPUs (0000:1b:00.0 (10de:{device})) work with open kernel modules only" in one["why"]
    look["driver"]["running"] = {"version": "550.90.07", "flavour": "proprietary", "params": {}}
    found = planned(look, nvidia_driver_state="unmanaged", nvidia_gsp_mode="disabled")["refusals"]
    assert ["do not run without GSP firmware" in one["why"] for one in found] == [True]


def test_a_branch_before_grace_hopper() -> None:
    (one,) = refused(grace_hopper("2342"), nvidia_driver_branch="530")
    assert "first supported by 535" in one["why"]


@pytest.mark.parametrize("device", ["2330", "2339", "2350"])
def test_hopper_on_a_card_takes_either(device: str) -> None:
    assert refused(grace_hopper(device), nvidia_driver_branch="550", nvidia_driver_flavour="proprietary") == []


def _second(look: Dict[str, Any], architecture: str) -> Dict[str, Any]:
    first = look["pci"]["gpus"][0]
    look["pci"]["gpus"].append({**first, "bus_id": "0000:43:00.0", "device": "2901", "architecture": architecture})
    return look


def test_old_and_new_gpus_in_one_node_take_proprietary_modules_while_both_can() -> None:
    plan = planned(_second(node("debian12", "volta"), "hopper"), nvidia_driver_branch="580")
    assert (plan["refusals"], plan["actions"]["nvidia_driver"]["flavour"]) == ([], "proprietary")


def test_gpus_that_no_one_driver_is_for_are_refused_together() -> None:
    (one,) = refused(_second(node("debian12", "volta"), "blackwell"), nvidia_driver_branch="580")
    for word in (GPU, OTHER, "Volta", "Blackwell", "580", "possible here: none"):
        assert word in one["why"]
    assert "take some out" in one["remedy"]
