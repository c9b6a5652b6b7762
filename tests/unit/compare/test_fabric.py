# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What GPUs in an NVLink fabric need beside the driver."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._compare.plan import make_plan
from ansible_collections.baremetal.gpu.plugins.plugin_utils._report import misses, rows

from . import world
from .world import spoil

if TYPE_CHECKING:
    from collections.abc import Callable

VERSION = world.VERSION
FM, IMEX = "nvidia-fabricmanager.service", "nvidia-imex.service"
SWITCH = {"bus_id": "0000:07:00.0", "device": "22a3", "driver": None}


def node(*devices: str, switches: int = 1, arch: str = "x86_64", version: str = VERSION) -> dict[str, Any]:
    """A node with a driver, none of its fabric's packages, and these GPUs."""
    look = world.healthy()
    (gpu,) = look["pci"]["gpus"]
    found = [{**gpu, "device": device, "bus_id": f"0000:{i}b:00.0"} for i, device in enumerate(devices or ("2330",))]
    look["pci"].update(gpus=found, nvswitches=[SWITCH] * switches)
    look["smi"]["gpus"] = [world.smi_gpu(one["bus_id"]) for one in found]
    look["os"]["arch"] = arch
    for package in look["packages"]["driver"]:
        package["upstream"] = version
    look["driver"]["running"]["version"] = look["driver"]["on_disk"][0]["version"] = version
    return look


def ubuntu(look: dict[str, Any]) -> dict[str, Any]:
    look["os"].update(id="ubuntu", version_id="24.04", codename="noble")
    return look


def plan_of(look: dict[str, Any], **variables: Any) -> dict[str, Any]:
    return make_plan(world.request(**variables), look)


def asked(plan: dict[str, Any]) -> dict[str, str | None]:
    """The fabric's packages that the driver's transaction asks for."""
    words = ("fabric", "infiniband", "nscq", "nvsdm", "nvlsm", "imex")
    wanted = plan["actions"]["nvidia_driver"]["packages"]
    return {one["name"]: one["version"] for one in wanted if any(word in one["name"] for word in words)}


PACKAGES: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, str | None]]] = {
    "one PCIe card": (node(switches=0), {}, {}),
    "one B200": (node("2901", switches=0), {}, {}),
    "NVSwitches": (node(), {}, {"nvidia-fabricmanager": VERSION, "libnvidia-nscq": VERSION}),
    "NVLink 5": (
        node("2901", "2901", switches=0),
        {},
        {"nvidia-fabricmanager": VERSION, "nvlsm": None, "infiniband-diags": None, "libnvsdm": VERSION},
    ),
    "a rack": (node("2941", "2941", switches=0, arch="aarch64"), {}, {"nvidia-imex": VERSION}),
    "before 580": (
        node(version="570.86.15"),
        {"nvidia_driver_version": "570.86.15"},
        {"nvidia-fabricmanager-570": "570.86.15", "libnvidia-nscq-570": "570.86.15"},
    ),
    "Ubuntu's archive": (
        ubuntu(node()),
        {"nvidia_repository_driver_source": "archive"},
        {"nvidia-fabricmanager-580": VERSION, "libnvidia-nscq-580": VERSION},
    ),
    "IMEX asked for": (node(switches=0), {"nvidia_fabric_imex": "present"}, {"nvidia-imex": VERSION}),
    "IMEX not asked for": (
        node("2941", switches=0, arch="aarch64"),
        {"nvidia_fabric_imex": "absent"},
        {},
    ),
    "absent": (node(), {"nvidia_fabric_state": "absent"}, {}),
    "left to others": (node(), {"nvidia_fabric_state": "unmanaged"}, {}),
}


@pytest.mark.parametrize(("look", "variables", "wanted"), PACKAGES.values(), ids=PACKAGES)
def test_packages(look: dict[str, Any], variables: dict[str, Any], wanted: dict[str, str | None]) -> None:
    plan = plan_of(look, **variables)
    assert asked(plan) == wanted
    missing = [drift["want"] for drift in plan["drifts"] if drift["subject"] == "packages"]
    if look["os"]["id"] == "debian":
        assert missing == ([[name for name in wanted if name != "infiniband-diags"]] if wanted else [])


UNITS: dict[str, tuple[dict[str, str] | None, str | None]] = {
    "not installed": (None, "not installed"),
    "off": ({"unit_file_state": "disabled"}, "disabled"),
    "dead": ({"active_state": "failed"}, "failed"),
    "as it should be": ({}, None),
}


def fabric(
    *, unit: dict[str, str] | None, packages: tuple[str, ...] = ("nvidia-fabricmanager", "libnvidia-nscq")
) -> Any:
    look = node()
    look["units"][FM] = None if unit is None else world.unit(FM, **unit)
    look["packages"]["driver"] += [world.package(name, VERSION) for name in packages]
    return look


@pytest.mark.parametrize(("unit", "have"), UNITS.values(), ids=UNITS)
def test_the_fabric_manager(unit: dict[str, str] | None, have: str | None) -> None:
    drifts = plan_of(fabric(unit=unit))["drifts"]
    assert [drift["have"] for drift in drifts] == ([] if have is None else [have])
    assert {drift["component"] for drift in drifts} <= {"nvidia_fabric"}


def test_imex_runs_only_where_it_is_asked_for() -> None:
    look = node("2941", switches=0, arch="aarch64")
    assert plan_of(look)["actions"]["nvidia_fabric"]["units"] == []
    plan = plan_of(look, nvidia_fabric_imex="present")
    assert plan["actions"]["nvidia_fabric"]["units"] == [IMEX]
    assert plan["drifts"][-1]["why"] == "it was asked for"


STALE: dict[str, tuple[tuple[str, ...], dict[str, Any], list[str]]] = {
    "another branch's name": (
        ("nvidia-fabricmanager", "libnvidia-nscq", "nvidia-fabricmanager-570"),
        {},
        ["nvidia-fabricmanager-570"],
    ),
    "all of it": (
        ("nvidia-fabricmanager", "nvlsm"),
        {"nvidia_fabric_state": "absent"},
        ["nvidia-fabricmanager", "nvlsm"],
    ),
    "IMEX": (
        ("nvidia-fabricmanager", "libnvidia-nscq", "nvidia-imex"),
        {"nvidia_fabric_imex": "absent"},
        ["nvidia-imex"],
    ),
    "nothing": (("nvidia-fabricmanager", "libnvidia-nscq", "nvidia-imex", "nvlsm"), {}, []),
    "nothing of others": (("nvidia-fabricmanager-570",), {"nvidia_fabric_state": "unmanaged"}, []),
}


@pytest.mark.parametrize(("packages", "variables", "gone"), STALE.values(), ids=STALE)
def test_what_goes(packages: tuple[str, ...], variables: dict[str, Any], gone: list[str]) -> None:
    plan = plan_of(fabric(unit={}, packages=packages), **variables)
    assert plan["actions"]["nvidia_driver"]["conflicting"] == gone
    assert [drift["have"] for drift in plan["drifts"]] == ([gone] if gone else [])


REFUSED: list[tuple[dict[str, Any], dict[str, Any], str, str]] = [
    (
        ubuntu(node("2901", "2901", switches=0)),
        {"nvidia_repository_driver_source": "archive"},
        "nvlsm",
        "nvidia_repository_driver_source",
    ),
    (node(), {"nvidia_driver_state": "unmanaged"}, FM, "nvidia_fabric_state"),
]


@pytest.mark.parametrize(("look", "variables", "value", "remedy"), REFUSED)
def test_what_cannot_be(look: dict[str, Any], variables: dict[str, Any], value: str, remedy: str) -> None:
    found = [one for one in plan_of(look, **variables)["refusals"] if one["component"] == "nvidia_fabric"]
    assert found[0]["value"] == value
    assert remedy in found[0]["remedy"]


def _say(state: str | None, status: str | None = None) -> Callable[[dict[str, Any]], None]:
    return lambda look: look["smi"]["gpus"][0].update(fabric={"state": state, "status": status})


SAYS: dict[str, tuple[str | None, str | None, str | None, str]] = {
    "no fabric": (None, None, None, "-"),
    "registered": ("completed", "success", None, "1/1"),
    "not yet": ("in_progress", None, "0000:0b:00.0: in_progress", "0/1"),
    "failed": ("completed", "insufficient_resources", "0000:0b:00.0: completed, insufficient_resources", "0/1"),
}


@pytest.mark.parametrize(("state", "status", "sentence", "cell"), SAYS.values(), ids=SAYS)
def test_what_nvidia_smi_says_of_it(state: str | None, status: str | None, sentence: str | None, cell: str) -> None:
    look = fabric(unit={})
    _say(state, status)(look)
    request = world.request()
    plan = {**make_plan(request, look), "request": request, "observed": look}
    assert plan["drifts"] == []
    assert len(misses(plan)) == (sentence is not None)
    assert all(sentence and sentence in said and "nvidia-fabricmanager" in said for said in misses(plan))
    assert rows({"n": {"gpu_node_plan": plan}}, ["n"])[0]["fabric"] == cell


def test_without_a_fabric_nobody_asks_for_its_state() -> None:
    look = spoil(_say("in_progress"))
    assert make_plan(world.request(), look)["actions"]["nvidia_fabric"]["unregistered"] == {}
