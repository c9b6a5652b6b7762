# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks that were saved: compared, asked, read again."""

from __future__ import annotations

import json
import stat
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("ansible", reason="what runs on the controller needs ansible-core")

from ansible.errors import AnsibleFilterError
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.baremetal.gpu.plugins.action.gpu_look import ActionModule
from ansible_collections.baremetal.gpu.plugins.filter.gpu_node import FilterModule
from ansible_collections.baremetal.gpu.plugins.module_utils._compare.plan import READS, make_plan
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import GpuError
from ansible_collections.baremetal.gpu.plugins.plugin_utils._looks import PARTS, as_plan, document, load, save, unseen
from hypothesis import HealthCheck, given, settings

from ..compare import world
from ..compare.strategies import observations, requests

if TYPE_CHECKING:
    from pathlib import Path

FILTERS = FilterModule().filters()
compared = FILTERS["gpu_drifts"]


def gpu(bus_id: str = "0000:1b:00.0", verdict: str = "ok") -> dict[str, Any]:
    return {**world.smi_gpu(bus_id), "architecture": "Hopper", "health": {"verdict": verdict, "reasons": []}}


def node(*gpus: dict[str, Any]) -> dict[str, Any]:
    look = world.healthy()
    look["smi"]["gpus"] = list(gpus)
    return look


def plan(look: dict[str, Any] | None = None, **variables: Any) -> dict[str, Any]:
    request, observed = world.request(**variables), look or node(gpu())
    return {**make_plan(request, observed), "request": request, "observed": observed}


@pytest.mark.parametrize("whole", [False, True], ids=["the look", "a saved document"])
def test_a_saved_look_gives_the_plan_of_the_node(whole: bool) -> None:
    look = node(gpu())
    look["modprobe"]["disk"]["blacklist"] = []
    variables = {"nvidia_driver_version": "595.71.05", "inventory_hostname": "n1", "groups": {}}
    found = compared({"host": "n1", "observed": look} if whole else look, variables)
    wanted = plan(look, nvidia_driver_version="595.71.05")
    assert wanted["drifts"] and found == wanted
    assert FILTERS["gpu_misses"](found) == FILTERS["gpu_misses"](wanted)


def test_without_variables_the_request_is_the_defaults() -> None:
    assert compared(node(gpu()))["request"]["nvidia_driver"]["version"] is None
    assert compared(node(gpu()))["drifts"] == []


def _without(*keys: str) -> dict[str, Any]:
    return {key: value for key, value in node().items() if key not in keys}


STRANGE: dict[str, tuple[Any, dict[str, Any], str]] = {
    "a text": ("{}", {}, "found str"),
    "no look": ({"observed": None}, {}, "found NoneType"),
    "another dictionary": ({"stdout": ""}, {}, "expected a look: .* found keys stdout"),
    "another schema": ({**node(), "schema": 99}, {}, "expected a look of schema 1, found 99"),
    "half a look": (_without("pci", "smi"), {}, "the look has no pci, smi"),
    "a variable of the wrong type": (node(), {"nvidia_driver_hold": "maybe"}, "nvidia_driver_hold"),
}


@pytest.mark.parametrize(("look", "variables", "says"), STRANGE.values(), ids=STRANGE)
def test_what_is_no_look_is_said(look: Any, variables: dict[str, Any], says: str) -> None:
    with pytest.raises(AnsibleFilterError, match=f"gpu_drifts: .*{says}"):
        compared(look, variables)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(requests(), observations())
def test_the_comparison_reads_nothing_but_what_it_says(request: dict[str, Any], look: dict[str, Any]) -> None:
    assert make_plan(request, {key: look[key] for key in READS}) == make_plan(request, look)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(requests(), observations())
def test_every_look_becomes_a_document_that_json_knows(request: dict[str, Any], look: dict[str, Any]) -> None:
    made = document("n1", {**make_plan(request, look), "request": request, "observed": look})
    assert set(made) == {"host", "seen", *PARTS} == set(unseen("n2", "because"))
    assert json.loads(json.dumps(made)) == made


def test_gpus_are_those_of_the_pci_tree_and_what_nvidia_smi_says() -> None:
    look = node(gpu("0000:43:00.0", "replace"))
    found = document("n1", plan(look))["gpus"]
    assert [(one["bus_id"], one["health"]["verdict"]) for one in found] == [
        ("0000:1b:00.0", "unknown"),
        ("0000:43:00.0", "replace"),
    ]
    assert found[0]["architecture"] == "hopper"
    (one,) = document("n1", plan())["gpus"]
    assert (one["device"], one["name"], one["architecture"], one["persistence"]) == (
        "2330",
        "NVIDIA H100 80GB HBM3",
        "hopper",
        True,
    )


def test_a_document_from_before_an_option_has_its_default() -> None:
    saved = document("n1", plan())
    older = {**saved, "request": {role: dict(options) for role, options in saved["request"].items()}}
    del older["request"]["nvidia_driver"]["hold"], older["request"]["node_reboot"]
    assert as_plan(older) == as_plan(saved) == plan()


FLEET = [
    document("fine", plan()),
    document("sick", plan(node(gpu(verdict="degraded")))),
    document("drifted", plan(nvidia_driver_version="595.71.05")),
    unseen("gone", "unreachable: no route"),
]


def test_a_saved_document_is_read_again(tmp_path: Path) -> None:
    folder = tmp_path / "looks"
    assert save(folder, FLEET[0], check=False) is True
    assert save(folder, FLEET[0], check=False) is False
    assert load(folder) == [FLEET[0]] == load(folder, ["fine"])
    path = folder / "fine" / "gpu_node.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [entry.name for entry in path.parent.iterdir()] == ["gpu_node.json"]


def test_a_folder_that_is_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "looks").write_text("")
    with pytest.raises(GpuError, match=r"writing .*gpu_node.json: Not a directory"):
        save(tmp_path / "looks", FLEET[0], check=False)


@pytest.mark.parametrize("host", ["../etc", "a/b", "..", ""])
def test_a_host_is_one_folder(tmp_path: Path, host: str) -> None:
    with pytest.raises(GpuError, match="cannot name a folder"):
        save(tmp_path, {**FLEET[0], "host": host}, check=False)


UNREADABLE = {
    "cut short": ('{"host": ', "not a saved look: Expecting value"),
    "no look": ("[]", "expected a look"),
    "the look alone": (json.dumps(node()), "not a look that playbook baremetal.gpu.look saved: 'request'"),
}


@pytest.mark.parametrize(("text", "says"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_file_that_is_no_saved_look_is_named(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "n1" / "gpu_node.json"
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(GpuError, match=f"{path}: .*{says}"):
        load(tmp_path)


def test_no_saved_look_is_said(tmp_path: Path) -> None:
    with pytest.raises(GpuError, match=f"no saved look: expected files HOST/gpu_node.json below {tmp_path}"):
        load(tmp_path)
    with pytest.raises(GpuError, match=r"n1/gpu_node.json: not a saved look: .*No such file"):
        load(tmp_path, ["n1"])


def act(check: bool = False, hostvars: Any = None, **arguments: Any) -> dict[str, Any]:
    task = SimpleNamespace(async_val=0, check_mode=check, args=arguments, action="baremetal.gpu.gpu_look", diff=False)
    action = ActionModule(
        task=task,
        connection=SimpleNamespace(_shell=SimpleNamespace(tmpdir="/tmp")),
        play_context=None,
        loader=None,
        templar=Templar(loader=DataLoader()),
        shared_loader_obj=None,
    )
    return dict(action.run(task_vars={"hostvars": hostvars}))


HOSTVARS = {
    "n2": {"gpu_node_plan": {"unreachable": True, "msg": "no route\nto host"}},
    "n1": {"gpu_node_plan": plan()},
    "n3": {"gpu_node_plan": {"failed": True, "msg": "no python"}},
    "other": {},
}


@pytest.mark.parametrize("check", [True, False])
def test_a_run(tmp_path: Path, check: bool) -> None:
    seen = act(check, HOSTVARS, dir=str(tmp_path))
    assert seen["changed"] is True
    assert [line.split()[0] for line in seen["table"]] == ["node", "n1", "n2", "n3"]
    assert seen["unseen"] == {"n2": "not seen: unreachable: no route to host", "n3": "not seen: failed: no python"}
    assert [path.name for path in tmp_path.iterdir()] == ([] if check else ["n1"])
    if not check:
        assert act(check, HOSTVARS, dir=str(tmp_path))["changed"] is False
        again = act(check, {}, dir=str(tmp_path), saved=True, query="[].host")
        assert (again["table"], again["answer"], again["changed"]) == (seen["table"][:2], ["n1"], False)


def test_a_run_with_a_query_has_the_rows_that_it_names(tmp_path: Path) -> None:
    seen = act(True, HOSTVARS, dir=str(tmp_path), query="[?seen].host")
    assert [line.split()[0] for line in seen["table"]] == ["node", "n1"]
    assert len(act(True, HOSTVARS, dir=str(tmp_path), query="length(@)")["table"]) == 4


def test_a_host_that_nobody_looked_at_is_not_lost(tmp_path: Path) -> None:
    assert act(True, HOSTVARS, dir=str(tmp_path), hosts=["other"])["unseen"] == {
        "other": "not seen: failed: nobody looked in this run"
    }


def test_what_goes_wrong_is_the_tasks_failure(tmp_path: Path) -> None:
    seen = act(True, HOSTVARS, dir=str(tmp_path), query="[")
    assert seen["failed"] is True
    assert "position 2" in seen["msg"]


def saved() -> str:
    """The look at a node with eight GPUs."""
    return json.dumps(document("n1", plan(node(*[gpu(f"0000:{bus:02x}:00.0") for bus in range(8)]))))


def seconds(looks: list[dict[str, Any]]) -> float:
    start = time.process_time()
    for look in looks:
        compared(look, {"nvidia_driver_version": world.VERSION})
    return time.process_time() - start


def test_a_thousand_looks_are_compared_at_once() -> None:
    """In step with their number."""
    text = saved()
    compared(json.loads(text), {})  # what is done once
    best = {count: min(seconds([json.loads(text)] * count) for _round in range(3)) for count in (100, 1000)}
    assert best[1000] <= 16 * best[100]  # measured: 10; a square would be 100
