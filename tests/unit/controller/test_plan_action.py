# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""gpu_node_plan: one module call on the node, the plan on the controller."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("ansible", reason="what runs on the controller needs ansible-core")

from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template
from ansible_collections.baremetal.gpu.plugins.action.gpu_node_plan import ActionModule

from ..compare import world


class Action(ActionModule):
    """With what the node answers in place of a connection."""

    def __init__(self, answer: dict[str, Any], *, check: bool = False, **args: Any) -> None:
        super().__init__(
            task=SimpleNamespace(async_val=0, check_mode=check, args=args, action="baremetal.gpu.gpu_node_plan"),
            connection=SimpleNamespace(_shell=SimpleNamespace(tmpdir="/tmp")),
            play_context=None,
            loader=None,
            templar=Templar(loader=DataLoader()),
            shared_loader_obj=None,
        )
        self.answer = answer
        self.offers: dict[str, Any] = {"changed": False, "offered": None}
        self.executed: list[dict[str, Any]] = []

    def _execute_module(self, **call: Any) -> dict[str, Any]:
        self.executed.append(call)
        return self.offers if call["module_name"].endswith("package_offers") else self.answer

    def see(self, **variables: Any) -> Any:
        given = {"nvidia_driver_version": world.VERSION, **variables}
        self._templar.available_variables = given
        return self.run(task_vars=given)


def looked(**more: Any) -> dict[str, Any]:
    return {"changed": False, "observed": {**world.healthy(), **more}}


def unblocked() -> dict[str, Any]:
    """A node that lost the block of nouveau on disk."""
    answer = looked()
    answer["observed"]["modprobe"]["disk"].update(blacklist=[], files=[])
    return answer


@pytest.mark.parametrize("check", [False, True])
def test_a_node_as_requested(check: bool) -> None:
    action = Action(looked(), check=check)
    seen = action.see()
    assert (seen["drifts"], seen["roles"], seen["refusals"], seen["changed"]) == ([], [], [], False)
    assert "diff" not in seen
    assert seen["observed"] == world.healthy()
    assert seen["request"] == world.request()
    assert [(call["module_name"], call["module_args"]) for call in action.executed] == [
        ("baremetal.gpu.gpu_node_info", {})
    ]
    assert action.executed[0]["task_vars"]["nvidia_driver_version"] == world.VERSION


def test_a_difference_is_a_change_only_where_it_is_a_prediction() -> None:
    seen = Action(unblocked()).see()
    assert {drift["component"] for drift in seen["drifts"]} == {"nouveau"}
    assert seen["roles"] == ["gpu_preflight", "nouveau"]
    assert seen["changed"] is False
    assert "diff" not in seen


def test_check_mode_prints_the_differences_as_a_diff() -> None:
    seen = Action(unblocked(), check=True).see()
    assert seen["changed"] is True
    assert (seen["diff"]["before_header"], seen["diff"]["after_header"]) == ("node", "request")
    for side, key in (("before", "have"), ("after", "want")):
        lines = [f"nouveau: {drift['subject']}: {drift[key]}" for drift in seen["drifts"]]
        assert seen["diff"][side].splitlines() == lines
    assert seen["diff"]["before"] != seen["diff"]["after"]


def test_the_inventory_is_templated() -> None:
    action = Action(looked())
    seen = action.see(site_version="595.71.05", nvidia_driver_version=trust_as_template("{{ site_version }}"))
    assert seen["request"]["nvidia_driver"]["version"] == "595.71.05"
    assert any(drift["component"] == "nvidia_driver" for drift in seen["drifts"])


def test_a_value_of_the_wrong_type_stops_before_the_node_is_asked() -> None:
    action = Action(looked())
    seen = action.see(nvidia_driver_hold="maybe")
    assert seen["failed"] is True
    assert "nvidia_driver: argument 'nvidia_driver_hold' is of type str" in seen["msg"]
    assert action.executed == []


def test_what_is_overridden_wins_over_the_inventory() -> None:
    seen = Action(looked(), override={"nvidia_driver_version": "595.71.05"}).see()
    assert seen["request"]["nvidia_driver"]["version"] == "595.71.05"


@pytest.mark.parametrize("override", [{"nvidia_driver_versoin": "595.71.05"}, ["nvidia_driver_version"]])
def test_an_override_of_nothing_is_an_error(override: Any) -> None:
    action = Action(looked(), override=override)
    seen = action.see()
    assert seen["failed"] is True
    assert seen["msg"].startswith("override: expected variables")
    assert action.executed == []


@pytest.mark.parametrize(
    "answer",
    [
        {"failed": True, "msg": "boom", "module_stderr": "Traceback"},
        {"failed": True, "msg": "boom", "observed": {}},
        {"unreachable": True, "msg": "boom"},
    ],
    ids=["failed", "failed half-way", "unreachable"],
)
def test_a_look_that_fails_is_passed_on(answer: dict[str, Any]) -> None:
    seen = Action(answer).see()
    assert {key: seen[key] for key in answer} == answer
    assert "drifts" not in seen


def test_a_node_without_a_gpu_is_left_alone() -> None:
    foreign = {"bus_id": "0000:03:00.0", "vendor": "1a03", "device": "2000"}
    seen = Action(looked(pci={"gpus": [], "nvswitches": [], "foreign": [foreign]}), check=True).see()
    assert (seen["applicable"], seen["changed"], seen["drifts"], seen["actions"]) == (False, False, [], {})
    assert seen["why_not"] == "no NVIDIA GPU in the PCI tree; display controllers seen: 0000:03:00.0 (1a03:2000)"


HEADERS = "linux-headers-6.1.0-99-amd64"


def another_kernel_next() -> dict[str, Any]:
    answer = looked()
    answer["observed"]["kernel"]["next"] = "6.1.0-99-amd64"
    return answer


@pytest.mark.parametrize(("offered", "refused"), [([HEADERS], False), ([], True), (None, False)])
def test_a_kernel_whose_headers_nobody_has_is_refused_in_the_plan(offered: Any, refused: bool) -> None:
    """Where nobody knows, the installation will say."""
    action = Action(another_kernel_next())
    action.offers["offered"] = offered
    seen = action.see()
    assert [call["module_args"] for call in action.executed[1:]] == [{"names": [HEADERS]}]
    assert [one["value"] for one in seen["refusals"]] == (["6.1.0-99-amd64"] if refused else [])
    assert not refused or HEADERS in seen["refusals"][0]["why"]
    assert "gpu_preflight" in seen["roles"]


def test_a_package_manager_that_cannot_be_asked_is_passed_on() -> None:
    action = Action(another_kernel_next())
    action.offers = {"failed": True, "msg": "boom"}
    assert action.see()["msg"] == "boom"
