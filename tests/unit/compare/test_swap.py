# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Other modules without a reboot: when, and in what order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._compare.plan import make_plan
from ansible_collections.baremetal.gpu.plugins.plugin_utils._report import misses

from . import world

if TYPE_CHECKING:
    from collections.abc import Callable

NEW = "580.173.02"
PERSISTENCED, FM, DCGM = "nvidia-persistenced.service", "nvidia-fabricmanager.service", "nvidia-dcgm.service"
LOADED = ("nvidia", "nvidia_uvm", "nvidia_modeset", "nvidia_drm")


def node() -> dict[str, Any]:
    """A node in use by services alone, with all of the driver's modules loaded."""
    look = world.healthy()
    users = {"nvidia": ["nvidia_modeset", "nvidia_uvm"], "nvidia_modeset": ["nvidia_drm"]}
    look["modules"]["loaded"] = {name: {"version": world.VERSION, "used_by": users.get(name, [])} for name in LOADED}
    look["units"][DCGM] = world.unit(DCGM)
    look["holders"] = [holder(PERSISTENCED, pid=700), holder(DCGM, pid=800)]
    return look


def holder(unit: str | None, *, pid: int = 4711, command: str = "python3 train.py") -> dict[str, Any]:
    return {"pid": pid, "command": command, "devices": ["/dev/nvidiactl", "/dev/nvidia0"], "unit": unit}


def swap_of(look: dict[str, Any], **variables: Any) -> dict[str, Any]:
    found: dict[str, Any] = make_plan(world.request(**{"nvidia_driver_version": NEW, **variables}), look)["swap"]
    return found


def test_another_version() -> None:
    assert swap_of(node()) == {
        "possible": True,
        "why_not": [],
        "stop": [DCGM, PERSISTENCED],
        "unload": ["nvidia_uvm", "nvidia_drm", "nvidia_modeset", "nvidia"],
        "load": ["nvidia", "nvidia_modeset", "nvidia_drm", "nvidia_uvm"],
        "start": [PERSISTENCED, DCGM],
        "match": NEW,
        "flavour": "open",
    }


def test_a_first_load_takes_nothing_out() -> None:
    look = node()
    look["packages"]["driver"] = []
    look["driver"] = {"running": None, "on_disk": []}
    look["modules"]["loaded"], look["holders"], look["units"] = {}, [], {}
    look["persistence"]["unit"] = None
    look["pci"]["gpus"][0]["driver"] = None
    found = swap_of(look)
    assert (found["possible"], found["stop"], found["unload"]) == (True, [], [])
    assert found["load"] == ["nvidia", "nvidia_uvm"]
    assert found["start"] == [PERSISTENCED]


def test_a_daemon_that_was_not_asked_for_is_started_only_if_it_ran() -> None:
    look = node()
    look["persistence"]["unit"]["active_state"] = "inactive"
    assert PERSISTENCED not in swap_of(look, nvidia_persistence_state="absent")["start"]
    assert PERSISTENCED in swap_of(look)["start"]


def test_the_cdi_specification_is_written_for_the_new_libraries() -> None:
    look = node()
    look["units"]["nvidia-cdi-refresh.service"] = world.unit("nvidia-cdi-refresh.service", active_state="inactive")
    assert swap_of(look)["start"] == [PERSISTENCED, DCGM, "nvidia-cdi-refresh.service"]


def test_the_fabric_manager_is_started_with_it() -> None:
    look = node()
    look["pci"]["nvswitches"] = [{"bus_id": "0000:07:00.0", "device": "22a3", "driver": None}]
    assert swap_of(look)["start"] == [PERSISTENCED, FM, DCGM]


def test_parameters() -> None:
    look = node()
    look["driver"]["running"]["flavour"] = look["driver"]["on_disk"][0]["flavour"] = "proprietary"
    look["packages"]["driver"][2] = world.package("nvidia-kernel-dkms", world.VERSION)
    variables = {"nvidia_driver_flavour": "proprietary", "nvidia_gsp_mode": "disabled"}
    plan = make_plan(world.request(**variables), look)
    assert {drift["component"] for drift in plan["drifts"] if drift["needs_reboot"]} == {"nvidia_gsp"}
    assert plan["swap"]["possible"]
    assert (plan["swap"]["match"], plan["swap"]["flavour"]) == (world.VERSION, "proprietary")


AGAINST: dict[str, tuple[Callable[[dict[str, Any]], object], dict[str, Any], str]] = {
    "asked for": (lambda n: None, {"nvidia_driver_swap": "never"}, "nvidia_driver_swap is never"),
    "the driver goes": (lambda n: None, {"nvidia_driver_state": "absent"}, "nvidia_driver_state is absent"),
    "nouveau": (lambda n: n["modules"]["loaded"].update(nouveau={"version": None}), {}, "nouveau"),
    "passed through": (lambda n: n["pci"]["gpus"][0].update(driver="vfio-pci"), {}, "vfio-pci drives a GPU"),
    "another kernel": (
        lambda n: n["kernel"].update(next="6.1.0-42-amd64", headers=["6.1.0-42-amd64"]),
        {},
        f"kernel 6.1.0-42-amd64 boots next, and {world.KERNEL} runs",
    ),
    "not root": (lambda n: n.update(privileged=False), {}, "root"),
    "a process": (
        lambda n: n["holders"].append(holder(None)),
        {},
        "process 4711 (python3 train.py) has /dev/nvidia0, /dev/nvidiactl open",
    ),
    "somebody's service": (lambda n: n["holders"].append(holder("train.service", command="")), {}, "no command"),
    "a module": (
        lambda n: n["modules"]["loaded"]["nvidia"]["used_by"].append("gdrdrv"),
        {},
        "module gdrdrv uses the driver's",
    ),
}


@pytest.mark.parametrize(("change", "variables", "why"), AGAINST.values(), ids=AGAINST)
def test_what_takes_a_reboot(change: Callable[[dict[str, Any]], object], variables: dict[str, Any], why: str) -> None:
    look = node()
    look["driver"]["running"]["version"] = "580.95.05"
    change(look)
    found = swap_of(look, **variables)
    assert found["possible"] is False
    assert why in "; ".join(found["why_not"])


def test_a_driver_that_is_refused_is_not_loaded_either() -> None:
    look = node()
    look["driver"]["running"].update(flavour="proprietary", params={"EnableGpuFirmware": "0"})
    assert swap_of(look, nvidia_driver_version="58")["why_not"] == ["this node cannot have the driver asked for"]


def test_without_a_need_there_is_nothing_to_swap() -> None:
    assert make_plan(world.request(), node())["swap"] == {"possible": False, "why_not": []}


@pytest.mark.parametrize(("swap", "remedy"), [("auto", "node_reboot, which swaps"), ("never", "node_reboot_allowed")])
def test_what_is_said_of_it(swap: str, remedy: str) -> None:
    look = node()
    look["driver"]["running"]["version"] = "580.95.05"
    request = world.request(nvidia_driver_swap=swap)
    plan = {**make_plan(request, look), "request": request, "observed": look}
    assert any(remedy in said for said in misses(plan))
