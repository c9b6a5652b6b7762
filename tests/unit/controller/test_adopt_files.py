# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files that adopt writes, as Ansible reads them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("ansible", reason="what runs on the controller needs ansible-core")

import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.baremetal.gpu.plugins.action.gpu_adopt import ActionModule
from ansible_collections.baremetal.gpu.plugins.plugin_utils._looks import plan_of
from ansible_collections.baremetal.gpu.plugins.plugin_utils._vars_files import HEADER

from ..compare import world

if TYPE_CHECKING:
    from collections.abc import Sequence

VERSION = "nvidia_driver_version"


def toolkit(version: str) -> dict[str, Any]:
    look = world.healthy()
    for package in look["packages"]["toolkit"]:
        package["upstream"] = version
    return look


def runfile() -> dict[str, Any]:
    look = world.healthy()
    look["packages"]["driver"] = []
    return look


def no_gpu() -> dict[str, Any]:
    return {**world.healthy(), "pci": {"gpus": [], "nvswitches": [], "foreign": []}}


LOOKS = {
    "n1": world.healthy(),
    "n2": world.healthy(),
    "n3": toolkit("1.19.1"),
    "n4": runfile(),
    "no-gpu": no_gpu(),
}
INVENTORY = {
    "gpu_nodes": {
        "hosts": {"no-gpu": {}, "gone": {}},
        "children": {"left": {"hosts": {"n1": {}, "n2": {}}}, "right": {"hosts": {"n3": {}, "n4": {}}}},
    }
}


GROUPS = {"all": [*LOOKS, "gone"], "gpu_nodes": [*LOOKS, "gone"], "left": ["n1", "n2"], "right": ["n3", "n4"]}


class Fleet:
    """An inventory in a folder, and what Ansible reads from it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.hosts = folder / "hosts.yml"
        self.hosts.write_text(json.dumps(INVENTORY))

    def variables(self) -> dict[str, dict[str, Any]]:
        program = Path(sys.executable).parent / "ansible-inventory"
        argv = [str(program), "-i", str(self.hosts), "--list"]
        found = json.loads(subprocess.run(argv, capture_output=True, text=True, check=True).stdout)
        return {host: found["_meta"]["hostvars"].get(host, {}) for host in (*LOOKS, "gone")}

    def adopt(self, *, check: bool = False, only: Sequence[str] = tuple(LOOKS), **arguments: Any) -> dict[str, Any]:
        hostvars = self.variables()
        for host in only:
            look = LOOKS[host]
            hostvars[host]["inventory_dir"] = str(self.folder)
            hostvars[host]["gpu_node_plan"] = plan_of(look, hostvars[host])
        if len(only) == len(LOOKS):
            hostvars["gone"]["gpu_node_plan"] = {"unreachable": True, "msg": "no route"}
        task = SimpleNamespace(async_val=0, check_mode=check, args=arguments, action="baremetal.gpu.gpu_adopt")
        action = ActionModule(
            task=task,
            connection=SimpleNamespace(_shell=SimpleNamespace(tmpdir="/tmp")),
            play_context=None,
            loader=None,
            templar=Templar(loader=DataLoader()),
            shared_loader_obj=None,
        )
        return dict(action.run(task_vars={"hostvars": hostvars, "groups": GROUPS}))

    def differing(self) -> dict[str, list[Any]]:
        """By host, what a next look would find."""
        variables = self.variables()
        plans = {host: plan_of(look, variables[host]) for host, look in LOOKS.items()}
        return {host: plan["drifts"] + plan["refusals"] for host, plan in plans.items() if plan["drifts"]}

    def written(self) -> dict[str, Any]:
        return {
            path.relative_to(self.folder).as_posix(): yaml.safe_load(path.read_text())
            for path in sorted(self.folder.glob("*_vars/**/*"))
            if path.is_file()
        }


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    return Fleet(tmp_path)


GROUP, HOST3, HOST4 = ("group_vars/gpu_nodes/gpu.yml", "host_vars/n3/gpu.yml", "host_vars/n4/gpu.yml")


def test_what_is_written_asks_for_what_is_there(fleet: Fleet) -> None:
    assert set(fleet.differing()) == {"n3", "n4"}
    done = fleet.adopt()
    assert done["changed"] is True
    assert fleet.written() == {
        GROUP: {VERSION: world.VERSION, "nvidia_container_toolkit_version": "1.20.0"},
        HOST3: {"nvidia_container_toolkit_version": "1.19.1"},
        HOST4: {"nvidia_driver_state": "unmanaged"},
    }
    assert fleet.differing() == {}
    assert set(done["notes"]) == {"n4", "no-gpu", "gone"}
    text = (fleet.folder / HOST4).read_text()
    assert text.startswith(HEADER + "---\n")


def test_a_second_run_has_nothing_to_write(fleet: Fleet) -> None:
    fleet.adopt()
    before = fleet.written()
    done = fleet.adopt()
    assert (done["changed"], done["files"], fleet.written()) == (False, [], before)


def test_a_group_with_others_than_the_limit_gets_nothing(fleet: Fleet) -> None:
    assert fleet.adopt(only=["n1", "n2", "n3"])["changed"] is True
    assert list(fleet.written()) == ["group_vars/left/gpu.yml", HOST3]


def test_a_check_says_what_it_would_write(fleet: Fleet) -> None:
    done = fleet.adopt(check=True)
    assert fleet.written() == {}
    assert (done["changed"], len(done["diff"])) == (True, len(done["files"]))
    assert all(one["before"] == "" and one["after"].startswith(HEADER) for one in done["diff"])
    assert done["files"] == fleet.adopt()["files"]


def test_what_the_inventory_sets_is_corrected_where_it_is_wrong(fleet: Fleet) -> None:
    (fleet.folder / "group_vars").mkdir()
    (fleet.folder / "group_vars" / "left.yml").write_text(f"{VERSION}: '570.86.15'\n")
    (fleet.folder / "group_vars" / "right.yml").write_text("nvidia_driver_hold: false\n")
    done = fleet.adopt()
    assert not done.get("failed"), done
    assert fleet.differing() == {}
    assert fleet.written()["host_vars/n1/gpu.yml"][VERSION] == world.VERSION
    assert fleet.written()[HOST3]["nvidia_driver_hold"] is True


def test_a_file_with_other_values_is_not_written_over_unasked(fleet: Fleet) -> None:
    path = fleet.folder / HOST3
    path.parent.mkdir(parents=True)
    path.write_text("nvidia_container_toolkit_version: 1.18.2\nrack: R12\n")
    before = fleet.written()
    done = fleet.adopt()
    assert done["failed"] is True
    assert str(path) in done["msg"] and "gpu_adopt_overwrite" in done["msg"]
    assert fleet.written() == before

    assert fleet.adopt(overwrite=True)["changed"] is True
    assert fleet.written()[HOST3]["rack"] == "R12"
    assert fleet.differing() == {}


@pytest.mark.parametrize("name", ["n3.yml", "n3.yaml", "n3.json", "n3"])
def test_a_file_that_a_folder_would_hide_is_not_hidden(fleet: Fleet, name: str) -> None:
    (fleet.folder / "host_vars").mkdir()
    (fleet.folder / "host_vars" / name).write_text('{"rack": "R12"}')
    done = fleet.adopt(overwrite=True)
    assert done["failed"] is True
    assert f"mv {fleet.folder}/host_vars/{name} " in done["msg"]
    assert list(fleet.written()) == [f"host_vars/{name}"]
    assert fleet.variables()["n3"]["rack"] == "R12"


UNREADABLE = {"broken": ("a: [", "not readable as YAML"), "a list": ("- a\n", "expected variables, found list")}


@pytest.mark.parametrize(("text", "says"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_file_that_is_none_of_ours(tmp_path: Path, text: str, says: str) -> None:
    fleet = Fleet(tmp_path)
    target = tmp_path / "elsewhere" / HOST3
    target.parent.mkdir(parents=True)
    target.write_text(text)
    done = fleet.adopt(dir=str(tmp_path / "elsewhere"), overwrite=True)
    assert done["failed"] is True
    assert f"{target}: {says}" in done["msg"]


def test_another_folder(fleet: Fleet, tmp_path: Path) -> None:
    done = fleet.adopt(dir=str(tmp_path / "elsewhere"))
    assert fleet.written() == {}
    assert (tmp_path / "elsewhere" / HOST4).is_file()
    assert str(tmp_path / "elsewhere" / HOST4) in done["files"]
