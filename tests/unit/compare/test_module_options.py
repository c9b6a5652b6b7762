# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of kernel modules, the peer memory module, and what unattended upgrades are told."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._compare import module_options, unattended
from ansible_collections.baremetal.gpu.plugins.module_utils._compare.plan import make_plan

from . import world

Node = Dict[str, Any]
PROFILING = "NVreg_RestrictProfilingToAdminUsers"
ASKED: Dict[str, Any] = {"nvidia": {PROFILING: 0}}
TEXT = f"options nvidia {PROFILING}=0\n"


def plan(node: Node, options: Any = None, **more: Any) -> Dict[str, Any]:
    return make_plan(world.request(nvidia_driver_module_options=options or {}, **more), node)


def file_of(made: Dict[str, Any], path: str = module_options.PATH) -> Optional[str]:
    files: List[Dict[str, Any]] = made["actions"]["nvidia_driver"]["files"]
    [found] = [one["content"] for one in files if one["path"] == path]
    return str(found) if found is not None else None


def done(node: Node) -> None:
    """As the role and the reboot leave it."""
    node["own_files"] = {module_options.PATH: TEXT}
    node["modprobe"]["disk"]["options"]["nvidia"] = {PROFILING: "0"}
    node["driver"]["running"]["params"]["RmProfilingAdminOnly"] = "0"


def test_an_option_is_written_and_needs_the_module_anew() -> None:
    made = plan(world.healthy(), ASKED)
    assert file_of(made) == TEXT
    [drift] = made["drifts"]
    assert (drift["subject"], drift["want"], drift["have"]) == (
        module_options.PATH,
        f"nvidia {PROFILING}=0",
        f"nvidia {PROFILING} not set",
    )
    assert (drift["needs_reboot"], made["roles"]) == (True, ["gpu_preflight", "nvidia_driver"])


def test_as_asked_for() -> None:
    node = world.healthy()
    done(node)
    assert (plan(node, ASKED)["drifts"], plan(node, ASKED)["refusals"]) == ([], [])
    gone = plan(node)
    assert file_of(gone) is None
    assert [(d["want"], d["have"]) for d in gone["drifts"]] == [("absent", "present")]
    more = plan(node, {**ASKED, "nvidia_uvm": {"uvm_disable_hmm": True}})
    assert [drift["want"] for drift in more["drifts"]] == ["nvidia_uvm uvm_disable_hmm=1"]
    node["own_files"][module_options.PATH] += "options nvidia NVreg_NvLinkDisable=1\n"
    assert [(d["want"], d["have"]) for d in plan(node, ASKED)["drifts"]] == [("no other options", "other options")]


@pytest.mark.parametrize(("shown", "needs"), [("0", False), ("1", True), (None, True)])
def test_a_file_that_was_lost_needs_no_module_anew_where_the_loaded_one_has_it(
    shown: Optional[str], needs: bool
) -> None:
    node = world.healthy()
    params = node["driver"]["running"]["params"]
    params.pop("RmProfilingAdminOnly", None)
    if shown:
        params["RmProfilingAdminOnly"] = shown
    made = plan(node, ASKED)
    assert (file_of(made), made["needs_reboot"]) == (TEXT, needs)


@pytest.mark.parametrize(("shown", "differs"), [("1", True), ("0", False), (None, False)])
def test_the_loaded_module_is_the_proof(shown: Optional[str], differs: bool) -> None:
    node = world.healthy()
    done(node)
    params = node["driver"]["running"]["params"]
    params.pop("RmProfilingAdminOnly")
    if shown:
        params["RmProfilingAdminOnly"] = shown
    drifts = plan(node, ASKED)["drifts"]
    assert [drift["needs_reboot"] for drift in drifts] == ([True] if differs else [])


@pytest.mark.parametrize(
    ("value", "shown", "same"),
    [
        (True, "Y", True),
        (0, "N", True),
        ("0x10", "16", True),
        ("a", "b", False),
        (1, "N", False),
        ("a=1;", "a=1;", True),
    ],
)
def test_values_are_compared_by_their_meaning(value: Any, shown: str, same: bool) -> None:
    node = world.healthy()
    asked = {"nvidia_uvm": {"uvm_x": value}}
    node["modules"]["loaded"]["nvidia_uvm"] = {"version": None, "parameters": {"uvm_x": shown}}
    text = file_of(plan(node, asked))
    node["own_files"] = {module_options.PATH: text}
    node["modprobe"]["disk"]["options"]["nvidia_uvm"] = {"uvm_x": str(int(value)) if value is True else str(value)}
    assert (plan(node, asked)["drifts"] == []) is same


def test_a_node_without_a_driver_has_nothing_in_force() -> None:
    node = world.healthy()
    node["driver"] = {"running": None, "on_disk": []}
    [drift] = [drift for drift in plan(node, ASKED)["drifts"] if drift["subject"] == module_options.PATH]
    assert drift["needs_reboot"] is False


def test_what_shows_only_what_was_asked_for_is_no_proof() -> None:
    node = world.healthy()
    option = "NVreg_OpenRmEnableUnsupportedGpus"
    node["driver"]["running"]["params"]["OpenRmEnableUnsupportedGpus"] = "0"
    node["modprobe"]["disk"]["options"]["nvidia"] = {option: "1"}
    made = plan(node, {"nvidia": {option: 1}})
    assert (made["drifts"], file_of(made)) == ([], None), "somebody else's file does it"


def test_the_initramfs_has_them_where_it_has_the_module() -> None:
    node = world.healthy()
    done(node)
    node["modprobe"]["image"]["modules"] = ["nvidia"]
    [drift] = plan(node, ASKED)["drifts"]
    assert (drift["subject"], drift["have"]) == (
        "initramfs " + node["modprobe"]["image"]["path"],
        f"nvidia {PROFILING} not set",
    )


def test_a_text_with_blanks_is_quoted() -> None:
    made = plan(world.healthy(), {"nvidia": {"NVreg_RegistryDwords": "a=1; b=2"}, "nvidia-drm": {"modeset": 1}})
    assert file_of(made) == 'options nvidia NVreg_RegistryDwords="a=1; b=2"\noptions nvidia_drm modeset=1\n'


REFUSED: Dict[str, Any] = {
    "module": ({"nouveau": {"modeset": 0}}, "expected one of nvidia, nvidia_uvm"),
    "shape": ({"nvidia": "NVreg_A=1"}, "with its options"),
    "gsp": ({"nvidia": {"NVreg_EnableGpuFirmware": 0}}, "nvidia_gsp_mode"),
    "name": ({"nvidia_uvm": {"a b": 0}}, "letters, digits and underscores"),
    "prefix": ({"nvidia": {"NvLinkDisable": 1}}, "starts with NVreg_"),
    "value": ({"nvidia_uvm": {"a": 'x" y'}}, "without quotes"),
    "list": ({"nvidia_uvm": {"a": [1]}}, "a number or a text"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_modprobe_would_not_take_is_refused(case: str) -> None:
    options, word = REFUSED[case]
    made = plan(world.healthy(), options)
    [refusal] = made["refusals"]
    assert word in refusal["why"]
    assert "nvidia_driver_module_options" in refusal["remedy"]


def test_a_file_that_is_read_later_is_named() -> None:
    node = world.healthy()
    done(node)
    node["modprobe"]["disk"]["options"]["nvidia"] = {PROFILING: "1"}
    [refusal] = plan(node, ASKED)["refusals"]
    assert f"sets nvidia {PROFILING}=1, and is read after" in refusal["why"]


def test_the_file_of_peermem_comes_and_goes() -> None:
    path, text = module_options.PEERMEM, "nvidia_peermem\n"
    node = world.healthy()
    made = plan(node, nvidia_driver_peermem=True)
    assert file_of(made, path) == text
    assert [drift["subject"] for drift in made["drifts"]] == [path]
    assert made["needs_reboot"] is False
    node["own_files"] = {path: text}
    assert plan(node, nvidia_driver_peermem=True)["drifts"] == []
    node["own_files"] = {path: "something else"}
    assert plan(node, nvidia_driver_peermem=True)["drifts"] != []
    off = plan(node, nvidia_driver_state="absent")
    assert off["actions"]["nvidia_driver"]["files"] == [{"path": path, "content": None}]


def test_unattended_upgrades_are_told_where_not_everything_is_held() -> None:
    path = unattended.PATH
    node = world.healthy()
    node["unattended"] = {"enabled": False, "by": [{"name": "unattended-upgrades"}]}
    assert plan(node)["drifts"] == [], "they heed holds"
    node["packages"]["driver"][0]["held"] = False
    made = plan(node)
    assert file_of(made, path) == unattended.CONTENT
    assert {drift["subject"] for drift in made["drifts"]} == {path, "lock"}
    assert made["needs_reboot"] is False
    node["own_files"] = {path: unattended.CONTENT}
    assert [drift["subject"] for drift in plan(node)["drifts"]] == ["lock"]
    node["packages"]["driver"][0]["held"] = True
    assert plan(node)["drifts"] == []
    node["own_files"] = {path: "something else"}
    assert [drift["subject"] for drift in plan(node)["drifts"]] == [path]
    gone = plan(node, nvidia_driver_hold=False)
    assert {"path": path, "content": None} in gone["actions"]["nvidia_driver"]["files"]
    off = plan(node, nvidia_driver_state="absent")
    assert off["actions"]["nvidia_driver"]["files"] == [{"path": path, "content": None}]
