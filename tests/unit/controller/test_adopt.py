# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables for nodes that somebody set up by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("ansible", reason="what runs on the controller needs ansible-core")

from ansible_collections.baremetal.gpu.plugins.module_utils._compare import gsp
from ansible_collections.baremetal.gpu.plugins.module_utils._compare.plan import drifts
from ansible_collections.baremetal.gpu.plugins.plugin_utils._adopt import adopt
from ansible_collections.baremetal.gpu.plugins.plugin_utils._request import resolve_request
from hypothesis import HealthCheck, given, settings

from ..compare import world
from ..compare.by_hand import by_hand
from ..compare.strategies import nearly_healthy, observations, requests

if TYPE_CHECKING:
    from collections.abc import Callable

often = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
PINS = {"nvidia_driver_version": world.VERSION, "nvidia_container_toolkit_version": "1.20.0"}
CHANGES = "the next run will change this"


def request(variables: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return resolve_request(lambda name: (name in variables, variables.get(name)))


@often
@given(by_hand())
def test_a_node_that_was_set_up_well_by_hand_has_no_drift_once_adopted(look: dict[str, Any]) -> None:
    found = adopt(look)
    plan = drifts(request(found.variables), look)
    assert (plan.drifts, plan.refusals) == ([], []), found
    assert found.variables["nvidia_driver_version"] == look["driver"]["running"]["version"]
    assert not [note for note in found.notes if CHANGES in note]


@often
@given(observations() | nearly_healthy())
def test_what_the_next_run_would_change_is_always_said(look: dict[str, Any]) -> None:
    found = adopt(look)
    plan = drifts(request(found.variables), look)
    said = {note.split(":")[0] for note in found.notes if CHANGES in note}
    changing = {drift.component for drift in plan.drifts} | {refusal.component for refusal in plan.refusals}
    assert changing - {"gpu_preflight"} <= said


@often
@given(by_hand(), requests())
def test_what_the_inventory_asked_for_before_does_not_matter(look: dict[str, Any], asked: dict[str, Any]) -> None:
    found = adopt(look, asked)
    plan = drifts(request(found.variables), look)
    assert (plan.drifts, plan.refusals) == ([], []), found


MIRROR = {
    "nvidia_repository_driver_uri": "http://mirror/driver",
    "nvidia_repository_driver_key": "mirror.asc",
    "nvidia_repository_driver_key_fingerprint": "A" * 40,
}


def test_a_node_as_its_inventory_asks_for_is_left_at_that() -> None:
    look = world.healthy()
    look["repositories"][0]["uris"] = ["http://mirror/driver/"]
    look["signing_keys"][0]["fingerprints"] = ["A" * 40]
    assert adopt(look).variables == {**PINS, "nvidia_repository_state": "unmanaged"}
    assert adopt(look, request(MIRROR)).variables == {**PINS, **MIRROR}


def test_a_node_as_the_defaults_ask_for_has_only_its_versions() -> None:
    found = adopt(world.healthy())
    assert (found.variables, found.notes) == (PINS, [])


def spoil(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    node = world.healthy()
    change(node)
    return node


def _each(node: dict[str, Any], stack: str, **values: Any) -> None:
    for package in node["packages"][stack]:
        package.update(values)


def _proprietary(node: dict[str, Any]) -> None:
    node["driver"]["running"]["flavour"] = node["driver"]["on_disk"][0]["flavour"] = "proprietary"
    node["packages"]["driver"][2]["name"] = "nvidia-kernel-dkms"


def _docker(node: dict[str, Any]) -> None:
    config = {"runtimes": {"nvidia": {}}, "default-runtime": "nvidia"}
    docker = {"version": "28.1", "config_path": "/etc/docker/daemon.json", "config": config, "error": None}
    node["runtimes"].update(docker=docker)
    node["runtimes"]["containerd"].update(cri_enabled=False)


def _by_hand(node: dict[str, Any]) -> None:
    for place in ("disk", "image"):
        node["modprobe"][place].update(blacklist=["nouveau"], files=["/etc/modprobe.d/blacklist.conf"])


ONE: list[tuple[str, Callable[[dict[str, Any]], object], dict[str, Any]]] = [
    ("no lock on the driver", lambda n: _each(n, "driver", held=False), {"nvidia_driver_hold": False}),
    ("no lock on the toolkit", lambda n: _each(n, "toolkit", held=False), {"nvidia_container_toolkit_hold": False}),
    ("proprietary modules", _proprietary, {"nvidia_driver_flavour": "proprietary"}),
    (
        "an old toolkit",
        lambda n: _each(n, "toolkit", upstream="1.17.8"),
        {"nvidia_container_toolkit_version": "1.17.8", "nvidia_container_toolkit_allow_old": True},
    ),
    ("no sources of ours", lambda n: n.update(repositories=[]), {"nvidia_repository_state": "unmanaged"}),
    (
        "a list of an earlier guide beside our sources",
        lambda n: n["repositories"].append({**n["repositories"][0], "path": "/etc/apt/sources.list.d/cuda.list"}),
        {"nvidia_repository_remove_old_lists": False},
    ),
    ("nouveau alone is blocked by hand", _by_hand, {"nouveau_state": "absent"}),
    (
        "persistence off",
        lambda n: n["persistence"]["unit"].update(unit_file_state="disabled"),
        {"nvidia_persistence_state": "absent"},
    ),
    (
        "a containerd before CDI, with another default",
        lambda n: n["runtimes"]["containerd"].update(version="1.6.20"),
        {"nvidia_container_toolkit_set_default": False},
    ),
    (
        "Docker alone",
        _docker,
        {"nvidia_container_toolkit_runtimes": ["docker"]},
    ),
    ("display libraries", lambda n: n["packages"]["driver"].append(world.package("nvidia-driver", world.VERSION)), {}),
    (
        "NVSwitches whose fabric manager somebody left out",
        lambda n: n["pci"]["nvswitches"].append({"bus_id": "0000:07:00.0", "device": "22a3", "driver": None}),
        {"nvidia_fabric_state": "unmanaged"},
    ),
]


@pytest.mark.parametrize(("change", "wanted"), [case[1:] for case in ONE], ids=[case[0] for case in ONE])
def test_what_differs_from_the_defaults_is_written(
    change: Callable[[dict[str, Any]], object], wanted: dict[str, Any]
) -> None:
    look = spoil(change)
    found = adopt(look)
    assert found.variables == {**PINS, **wanted}
    assert drifts(request(found.variables), look).drifts == []


def _firmware_off(node: dict[str, Any]) -> None:
    _proprietary(node)
    node["modprobe"]["disk"]["options"]["nvidia"] = {gsp.OPTION: "0"}
    node["driver"]["running"]["params"] = {"EnableGpuFirmware": "0"}
    node["smi"]["gpus"][0]["gsp_firmware_version"] = None


def test_firmware_off_by_hand() -> None:
    found = adopt(spoil(_firmware_off))
    assert found.variables == {**PINS, "nvidia_driver_flavour": "proprietary", "nvidia_gsp_mode": "disabled"}


def _nothing(node: dict[str, Any]) -> None:
    node["packages"].update(driver=[], toolkit=[])
    node["driver"] = {"running": None, "on_disk": []}
    node["persistence"]["unit"] = None
    node["runtimes"]["containerd"]["handlers"].pop("nvidia")


SAID: list[tuple[str, Callable[[dict[str, Any]], object], dict[str, Any], str]] = [
    (
        "a .run file",
        lambda n: n["packages"].update(driver=[]),
        {"nvidia_driver_state": "unmanaged"},
        "580.159.04 was not installed from packages",
    ),
    (
        "mixed versions",
        lambda n: n["packages"]["driver"][0].update(upstream="570.86.15"),
        {"nvidia_driver_state": "unmanaged"},
        "its packages have versions 570.86.15, 580.159.04",
    ),
    (
        "no driver",
        _nothing,
        {
            "nvidia_driver_state": "absent",
            "nvidia_container_toolkit_state": "absent",
        },
        "none is installed, and none is asked for",
    ),
    (
        "an upgrade that waits for a reboot",
        lambda n: n["driver"]["running"].update(version="580.95.05"),
        {"nvidia_driver_state": "unmanaged"},
        "nvidia_driver is left as it is (nvidia_driver_state: unmanaged): ",
    ),
    ("half a lock", lambda n: n["packages"]["driver"][0].update(held=False), {}, "nvidia_driver: the next run will"),
    (
        "mixed toolkits",
        lambda n: n["packages"]["toolkit"][0].update(upstream="1.17.8"),
        {"nvidia_container_toolkit_state": "unmanaged"},
        "nvidia_container_toolkit is left as it is",
    ),
    (
        "a runtime without the handler",
        lambda n: n["runtimes"]["containerd"]["handlers"].pop("nvidia"),
        {"nvidia_container_toolkit_runtimes": []},
        "nvidia_container_toolkit_runtimes leaves out containerd: containerd is ['runc']",
    ),
    (
        "our file, half",
        lambda n: n["modprobe"]["disk"]["blacklist"].remove("nova_drm"),
        {},
        "nouveau: the next run will change this",
    ),
]


@pytest.mark.parametrize(("change", "wanted", "note"), [case[1:] for case in SAID], ids=[case[0] for case in SAID])
def test_what_cannot_be_adopted_is_said_and_the_rest_is(
    change: Callable[[dict[str, Any]], object], wanted: dict[str, Any], note: str
) -> None:
    found = adopt(spoil(change))
    assert len(found.notes) == 1
    assert note in found.notes[0]
    assert {name: value for name, value in found.variables.items() if name not in PINS} == wanted


def test_boot_entries_that_say_nothing_of_nouveau_stay_so() -> None:
    def change(node: dict[str, Any]) -> None:
        node["modprobe"]["next_command_line"] = {"blacklist": ["nouveau"], "module_blacklist": []}
        node["os"]["family"] = "redhat"

    assert adopt(spoil(change)).variables["nouveau_kernel_arguments"] is False
    asked = request({"nouveau_kernel_arguments": True})
    assert adopt(spoil(lambda node: None), asked).variables["nouveau_kernel_arguments"] is False


def test_a_node_without_a_gpu_has_no_variables() -> None:
    found = adopt(spoil(lambda n: n["pci"].update(gpus=[])))
    assert found.variables == {}
    assert "no NVIDIA GPU" in found.notes[0]
