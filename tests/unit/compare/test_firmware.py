# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""GSP firmware that somebody else switches, or nobody."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._compare import gsp

from . import world
from .test_left_to_others import Node, plan_of

OFF = {gsp.OPTION: "0"}


def proprietary(**more: Any) -> Node:
    """A healthy node with the proprietary modules and its GSP firmware off by a file of somebody's."""
    node = world.healthy()
    node["driver"]["running"].update(flavour="proprietary", params={"EnableGpuFirmware": "0"})
    node["driver"]["on_disk"][0]["flavour"] = "proprietary"
    for package in node["packages"]["driver"]:
        package["name"] = package["name"].replace("nvidia-kernel-open-dkms", "nvidia-kernel-dkms")
    node["smi"]["gpus"][0]["gsp_firmware_version"] = None
    for place in ("disk", "image"):
        node["modprobe"][place]["options"]["nvidia"] = dict(OFF)
        node["modprobe"][place]["files"].append("/etc/modprobe.d/nvidia.conf")
    node["modprobe"]["image"]["modules"].append("nvidia")
    node.update(more)
    return node


@pytest.mark.parametrize("zero", ["0", "0x0", "00", "0X00"])
def test_firmware_that_is_off_by_hand_is_off(zero: str) -> None:
    node = proprietary()
    node["modprobe"]["disk"]["options"]["nvidia"][gsp.OPTION] = zero
    plan = plan_of(node, nvidia_gsp_mode="disabled", nvidia_driver_flavour="proprietary")
    assert (plan["drifts"], plan["refusals"], plan["actions"]["nvidia_gsp"]["state"]) == ([], [], "as it is")


@pytest.mark.parametrize("value", ["1", "18", "", "0x12"])
def test_another_value_is_not_off(value: str) -> None:
    node = proprietary()
    node["modprobe"]["disk"]["options"]["nvidia"][gsp.OPTION] = value
    plan = plan_of(node, nvidia_gsp_mode="disabled", nvidia_driver_flavour="proprietary")
    assert [drift["subject"] for drift in plan["drifts"]] == ["modprobe configuration"]
    assert plan["actions"]["nvidia_gsp"]["state"] == "present"


def on_command_line(node: Node, value: str) -> None:
    node["kernel"]["cmdline"] = f"root=/dev/sda1 ro nvidia.{gsp.OPTION}={value} quiet"
    for place in ("disk", "image"):
        node["modprobe"][place]["options"].pop("nvidia", None)


def test_the_kernels_command_line_counts() -> None:
    node = proprietary()
    on_command_line(node, "0")
    plan = plan_of(node, nvidia_gsp_mode="disabled", nvidia_driver_flavour="proprietary")
    assert (plan["drifts"], plan["refusals"]) == ([], [])


def test_the_kernels_command_line_wins_over_a_file_of_ours() -> None:
    node = proprietary()
    on_command_line(node, "18")
    (refusal,) = plan_of(node, nvidia_gsp_mode="disabled", nvidia_driver_flavour="proprietary")["refusals"]
    assert f"sets nvidia.{gsp.OPTION}=18" in refusal["why"]


def test_firmware_that_somebody_else_keeps_off_cannot_be_left_to_the_driver() -> None:
    (refusal,) = plan_of(proprietary(), nvidia_driver_flavour="proprietary")["refusals"]
    assert (refusal["component"], refusal["value"]) == ("nvidia_gsp", "default")
    assert "a file of somebody else" in refusal["why"]
    assert "nvidia_gsp_mode to disabled" in refusal["remedy"]


def test_firmware_that_was_off_comes_back_with_the_next_boot() -> None:
    node = proprietary()
    for place in ("disk", "image"):
        node["modprobe"][place]["options"].pop("nvidia")
    plan = plan_of(node, nvidia_driver_flavour="proprietary")
    assert [(d["component"], d["subject"], d["have"], d["needs_reboot"]) for d in plan["drifts"]] == [
        ("nvidia_gsp", "GSP firmware", "off", True)
    ]


def test_open_modules_do_not_read_the_option() -> None:
    node = world.healthy()
    node["modprobe"]["disk"]["options"]["nvidia"] = dict(OFF)
    assert plan_of(node)["refusals"] == []


@pytest.mark.parametrize(
    ("running", "refused"),
    [
        ({"version": world.VERSION, "flavour": "open", "params": {}}, "open kernel modules always run"),
        ({"version": "620.70.06", "flavour": "proprietary", "params": {}}, "branch 620 has open kernel modules only"),
        ({"version": world.VERSION, "flavour": "proprietary", "params": {}}, ""),
        (None, ""),
    ],
    ids=["open", "620", "proprietary", "none"],
)
def test_firmware_under_somebody_elses_driver(running: dict[str, Any] | None, refused: str) -> None:
    node = proprietary()
    node["driver"]["running"] = running
    refusals = plan_of(node, nvidia_driver_state="unmanaged", nvidia_gsp_mode="disabled")["refusals"]
    assert [refusal["component"] for refusal in refusals] == (["nvidia_gsp"] if refused else [])
    assert all(refused in refusal["why"] for refusal in refusals)


def test_firmware_without_a_driver_is_only_a_file() -> None:
    node = proprietary(driver={"running": None, "on_disk": []}, persistence={"unit": None})
    node["packages"]["driver"] = []
    absent = {"nvidia_driver_state": "absent", "nvidia_persistence_state": "absent", "nvidia_gsp_mode": "disabled"}
    plan = plan_of(node, **absent)
    assert (plan["drifts"], plan["refusals"]) == ([], [])
