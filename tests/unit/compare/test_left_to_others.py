# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody else looks after: not compared, not done a second time, or in the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._compare import nouveau, persistence
from ansible_collections.baremetal.gpu.plugins.module_utils._compare.plan import ROLES, make_plan

from . import world

if TYPE_CHECKING:
    from collections.abc import Callable

Node = Dict[str, Any]


def spoil(change: Callable[[Node], object]) -> Node:
    node = world.healthy()
    change(node)
    return node


def plan_of(node: Node, **variables: Any) -> dict[str, Any]:
    return make_plan(world.request(**variables), node)


@pytest.mark.parametrize("role", ["nvidia_repository", "nvidia_driver", "nvidia_container_toolkit"])
def test_what_is_unmanaged_is_neither_compared_nor_run(role: str) -> None:
    def spoil_everything(node: Node) -> None:
        node["repositories"] = []
        node["packages"].update(toolkit=[], driver=[])
        node["driver"]["on_disk"] = []

    plan = plan_of(spoil(spoil_everything), **{f"{role}_state": "unmanaged"})
    assert role in {drift["component"] for drift in plan_of(spoil(spoil_everything))["drifts"]}
    assert role not in {drift["component"] for drift in plan["drifts"]}
    assert set(plan["all_roles"]) == set(ROLES) - {role, "nvidia_fabric"}
    assert plan["actions"][role]["state"] == "unmanaged"


def test_another_package_manager_is_no_matter_where_no_package_is_ours() -> None:
    node = spoil(lambda n: n["packages"].update(manager="dnf"))
    roles = ("nvidia_repository", "nvidia_driver", "nvidia_container_toolkit")
    assert plan_of(node, **{f"{role}_state": "unmanaged" for role in roles})["refusals"] == []


@pytest.mark.parametrize(
    "change",
    [
        lambda n: n.update(secure_boot=True),
        lambda n: n["disk"]["/boot"].update(free_mib=1),
        lambda n: (n["disk"]["/boot"].update(free_mib=1), n["packages"]["driver"][0].update(held=False)),
    ],
    ids=["Secure Boot", "no space", "no space, and a lock is missing"],
)
def test_what_keeps_a_driver_from_being_installed_does_not_matter_once_it_is(change: Callable[[Node], object]) -> None:
    assert plan_of(spoil(change))["refusals"] == []


def by_hand(node: Node) -> None:
    for place in ("disk", "image"):
        node["modprobe"][place]["files"] = ["/etc/modprobe.d/blacklist-nouveau.conf"]


def test_a_block_by_hand_is_not_done_a_second_time() -> None:
    plan = plan_of(spoil(by_hand))
    assert (plan["drifts"], plan["actions"]["nouveau"]["state"]) == ([], "as it is")
    assert plan_of(world.healthy())["actions"]["nouveau"]["state"] == "present"


def test_a_block_by_hand_that_misses_a_module_is_completed_by_ours() -> None:
    node = spoil(by_hand)
    node["modprobe"]["disk"]["blacklist"].remove("nova_drm")
    plan = plan_of(node)
    assert (plan["roles"], plan["actions"]["nouveau"]["state"]) == (["gpu_preflight", "nouveau"], "present")


def test_a_block_by_hand_stays_where_ours_is_not_wanted() -> None:
    plan = plan_of(spoil(by_hand), nouveau_state="absent")
    assert (plan["drifts"], plan["actions"]["nouveau"]["initramfs"]) == ([], False)


def test_without_an_image_the_disk_is_enough() -> None:
    assert plan_of(spoil(lambda n: n["modprobe"].update(image=None)))["drifts"] == []


def _no_unit(node: Node) -> None:
    node["persistence"]["unit"] = None


PERSISTENCE: list[tuple[str, Callable[[Node], object], str, str, str]] = [
    ("no unit of others", _no_unit, "unmanaged", "nvidia_driver_state is unmanaged", "nvidia_persistence_state"),
    (
        "masked",
        lambda n: n["persistence"]["unit"].update(load_state="masked"),
        "present",
        "cannot load it: masked",
        "systemctl unmask",
    ),
]


@pytest.mark.parametrize(
    ("change", "driver", "why", "remedy"), [case[1:] for case in PERSISTENCE], ids=[case[0] for case in PERSISTENCE]
)
def test_a_daemon_that_cannot_be(change: Callable[[Node], object], driver: str, why: str, remedy: str) -> None:
    refusals = plan_of(spoil(change), nvidia_driver_state=driver)["refusals"]
    assert [refusal["component"] for refusal in refusals] == ["nvidia_persistence"]
    assert why in refusals[0]["why"] and remedy in refusals[0]["remedy"]


def test_the_daemon_goes_with_the_driver() -> None:
    node = world.healthy()
    node["persistence"]["unit"]["dropins"] = [persistence.DROPIN]
    plan = plan_of(node, nvidia_driver_state="absent")
    assert plan["refusals"] == []
    assert [(d["component"], d["subject"], d["why"]) for d in plan["drifts"] if d["component"] != "nvidia_driver"] == [
        ("nvidia_persistence", persistence.DROPIN, "nvidia_driver_state is absent")
    ]
    assert plan["roles"] == ["gpu_preflight", "nvidia_persistence", "nvidia_driver"]
    node["persistence"]["unit"] = None
    assert [d for d in plan_of(node, nvidia_driver_state="absent")["drifts"] if d["component"] != "nvidia_driver"] == []


UNITS = {
    "enabled, as an RPM brings it": ("/usr/bin/d --user u --persistence-mode", "enabled", [], None),
    "told not to": (
        "/usr/bin/d --user u --no-persistence-mode --verbose",
        "static",
        [],
        "/usr/bin/d --user u --persis",
    ),
    "without a user": ("/usr/bin/d --no-persistence-mode", "enabled", [], "/usr/bin/d --persistence-mode\n"),
    "ours already": (
        "/usr/bin/d --persistence-mode",
        "enabled",
        [persistence.DROPIN],
        "/usr/bin/d --persistence-mode\n",
    ),
}


@pytest.mark.parametrize(("command", "state", "dropins", "wanted"), UNITS.values(), ids=UNITS)
def test_the_drop_in(command: str, state: str, dropins: list[str], wanted: str | None) -> None:
    unit = world.unit(persistence.UNIT, exec_start=command, unit_file_state=state, dropins=dropins)
    found = persistence.drop_in(unit)
    assert (found is None) == (wanted is None)
    assert wanted is None or f"ExecStart=\nExecStart={wanted}" in (found or "")


def test_nothing_visible_of_the_kernel_is_refused() -> None:
    (refusal,) = plan_of(spoil(lambda n: n["kernel"].update(running=None, next=None)))["refusals"]
    assert refusal["subject"] == "kernel"


def test_the_running_kernel_stands_in_for_the_next_one() -> None:
    assert plan_of(spoil(lambda n: n["kernel"].update(next=None)))["drifts"] == []


LOCKED = {
    "both hold": (True, True, []),
    "one is not held": (True, False, ["lock"]),
    "held unasked": (False, True, ["lock"]),
    "neither": (False, False, []),
}


@pytest.mark.parametrize("role", ["nvidia_driver", "nvidia_container_toolkit"])
@pytest.mark.parametrize(("hold", "held", "subjects"), LOCKED.values(), ids=LOCKED)
def test_locks(role: str, hold: bool, held: bool, subjects: list[str]) -> None:
    node = world.healthy()
    for package in node["packages"][role.rpartition("_")[2]]:
        package["held"] = held
    plan = plan_of(node, **{f"{role}_hold": hold})
    assert [drift["subject"] for drift in plan["drifts"]] == subjects


@pytest.mark.parametrize("stack", ["driver", "toolkit"])
@pytest.mark.parametrize("first", [True, False])
def test_one_name_for_two_architectures(stack: str, first: bool) -> None:
    node = world.healthy()
    packages = node["packages"][stack]
    packages.insert(0 if first else len(packages), {**packages[0], "upstream": "570.86.15", "held": False})
    subjects = {drift["subject"] for drift in plan_of(node)["drifts"]}
    assert subjects == {"packages", "lock"}


def test_libraries_newer_than_the_module_in_memory_are_named() -> None:
    node = world.healthy()
    for package in node["packages"]["driver"]:
        package["upstream"] = "580.173.02"
    node["driver"]["on_disk"][0]["version"] = "580.173.02"
    plan = plan_of(node, nvidia_driver_version=None)
    assert [(d["want"], d["have"]) for d in plan["drifts"]] == [("580.173.02", world.VERSION)]
    assert "version mismatch" in plan["drifts"][0]["why"]


def test_a_branch_before_there_were_open_modules() -> None:
    node = spoil(lambda n: n["pci"]["gpus"][0].update(architecture="kepler"))
    plan = plan_of(node, nvidia_driver_version="470.256.02")
    assert plan["actions"]["nvidia_driver"]["flavour"] == "proprietary"


def test_a_gpu_that_nobody_knows_limits_nothing() -> None:
    assert plan_of(spoil(lambda n: n["pci"]["gpus"][0].update(architecture=None)))["refusals"] == []


DOCKER: list[tuple[str, Any, list[str]]] = [
    ("no file", None, ["runtime handler nvidia"]),
    ("no runtimes", {"log-driver": "local"}, ["runtime handler nvidia"]),
    ("runtimes that are no object", {"runtimes": None}, ["runtime handler nvidia"]),
    ("the handler", {"runtimes": {"nvidia": {}}}, []),
]


@pytest.mark.parametrize(("config", "wants"), [case[1:] for case in DOCKER], ids=[case[0] for case in DOCKER])
def test_docker(config: Any, wants: list[str]) -> None:
    node = spoil(
        lambda n: n["runtimes"].update(
            docker={"version": "28.1", "config_path": "/etc/docker/daemon.json", "config": config, "error": None}
        )
    )
    assert [drift["want"] for drift in plan_of(node)["drifts"]] == wants
    assert plan_of(node, nvidia_container_toolkit_runtimes=[])["drifts"] == []
    variables = {"nvidia_container_toolkit_runtimes": ["docker"], "nvidia_container_toolkit_state": "absent"}
    gone = [drift["subject"] for drift in plan_of(node, **variables)["drifts"]]
    assert gone == (["packages"] if wants else ["packages", "docker"])


def test_a_mirror_in_the_place_of_the_archive() -> None:
    mirror = {
        "nvidia_repository_driver_source": "archive",
        "nvidia_repository_driver_uri": "http://mirror/ubuntu",
        "nvidia_repository_driver_components": ["restricted"],
        "nvidia_repository_driver_key": "mirror.asc",
        "nvidia_repository_driver_key_fingerprint": "a" * 40,
    }
    node = spoil(lambda n: n["os"].update(id="ubuntu", version_id="24.04", codename="noble"))
    (source, _toolkit) = plan_of(node, **mirror)["actions"]["nvidia_repository"]["sources"]
    assert source["content"].splitlines()[1:4] == [
        "URIs: http://mirror/ubuntu",
        "Suites: noble",
        "Components: restricted",
    ]
    assert source["fingerprint"] == "A" * 40


def test_our_files_of_both_kinds_go_where_they_are_not_wanted() -> None:
    plan = plan_of(world.healthy(), nouveau_state="absent", nvidia_repository_state="absent")
    assert [d["subject"] for d in plan["drifts"] if d["component"] == "nouveau"] == [
        nouveau.PATH,
        f"initramfs /boot/initrd.img-{world.KERNEL}",
    ]
    assert len([d for d in plan["drifts"] if d["component"] == "nvidia_repository"]) == 4
