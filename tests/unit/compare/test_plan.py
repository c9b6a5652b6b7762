# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The comparison as a whole: equal, and what a plan has beside its differences."""

from __future__ import annotations

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._compare import nouveau
from ansible_collections.baremetal.gpu.plugins.module_utils._compare.plan import make_plan

from . import world
from .world import KERNEL, VERSION, Node, crio, spoil


def test_a_node_as_requested_has_no_drift() -> None:
    plan = make_plan(world.request(), world.healthy())
    assert plan["drifts"] == []
    assert plan["refusals"] == []
    assert plan["roles"] == []
    assert plan["needs_reboot"] is False


def test_a_node_without_nvidia_gpu_is_left_alone() -> None:
    node = world.healthy()
    node["pci"] = {
        "gpus": [],
        "nvswitches": [],
        "foreign": [{"bus_id": "0000:03:00.0", "vendor": "1a03", "device": "2000", "class": "030000", "driver": "ast"}],
    }
    plan = make_plan(world.request(), node)
    assert plan["applicable"] is False
    assert "0000:03:00.0 (1a03:2000)" in plan["why_not"]
    assert (plan["roles"], plan["actions"]) == ([], {})


def test_auto_takes_proprietary_where_open_modules_do_not_drive_the_gpu() -> None:
    plan = make_plan(world.request(), spoil(lambda n: n["pci"]["gpus"][0].update(architecture="volta")))
    assert plan["refusals"] == []
    assert plan["actions"]["nvidia_driver"]["flavour"] == "proprietary"


def test_a_branch_keeps_what_is_installed() -> None:
    plan = make_plan(world.request(nvidia_driver_version=None, nvidia_driver_branch="580"), world.healthy())
    assert plan["drifts"] == []
    assert plan["actions"]["nvidia_driver"]["match"] == VERSION


def test_nvswitches_bring_the_fabric_manager() -> None:
    plan = make_plan(
        world.request(), spoil(lambda n: n["pci"]["nvswitches"].append({"bus_id": "0000:07:00.0", "device": "22a3"}))
    )
    assert {"name": "nvidia-fabricmanager", "version": VERSION} in plan["actions"]["nvidia_driver"]["packages"]
    assert {"name": "libnvidia-nscq", "version": VERSION} in plan["actions"]["nvidia_driver"]["packages"]
    assert plan["roles"] == ["gpu_preflight", "nvidia_driver", "nvidia_fabric"]
    assert [d["subject"] for d in plan["drifts"]] == ["packages", "nvidia-fabricmanager.service"]


def test_gsp_off_wants_the_option_on_disk_and_in_an_image_that_holds_the_module() -> None:
    request = world.request(nvidia_gsp_mode="disabled", nvidia_driver_flavour="proprietary")
    node = spoil(lambda n: n["modprobe"]["image"]["modules"].append("nvidia"))
    node["driver"]["running"]["flavour"] = "proprietary"
    subjects = [d["subject"] for d in make_plan(request, node)["drifts"] if d["component"] == "nvidia_gsp"]
    assert subjects == ["modprobe configuration", f"initramfs /boot/initrd.img-{KERNEL}", "GSP firmware"]


@pytest.mark.parametrize(
    ("role", "records"),
    [
        ("nvidia_driver", ["/var/lib/baremetal.gpu/brought-driver.json", "/var/lib/baremetal.gpu/proven.json"]),
        ("nvidia_container_toolkit", ["/var/lib/baremetal.gpu/brought-toolkit.json"]),
    ],
)
def test_absent_forgets_what_the_node_remembers_of_it(role: str, records: list[str]) -> None:
    node = world.healthy()
    node["own_files"] = dict.fromkeys(["/var/lib/baremetal.gpu/upgrade.json", *records], "{}")
    found = make_plan(world.request(**{f"{role}_state": "absent"}), node)["drifts"]
    assert [one["subject"] for one in found if "/baremetal.gpu/" in one["subject"]] == records


def test_absent_takes_back_what_is_there_and_nothing_else() -> None:
    variables = {
        f"{role}_state": "absent"
        for role in ("nouveau", "nvidia_repository", "nvidia_driver", "nvidia_persistence", "nvidia_container_toolkit")
    }
    node = spoil(
        lambda n: n["persistence"]["unit"]["dropins"].append(
            "/etc/systemd/system/nvidia-persistenced.service.d/50-persistence-mode.conf"
        )
    )
    plan = make_plan(world.request(**variables), node)
    assert set(plan["roles"]) == {
        "gpu_preflight",
        "nouveau",
        "nvidia_repository",
        "nvidia_driver",
        "nvidia_persistence",
        "nvidia_container_toolkit",
    }
    node.update(
        packages={"manager": "apt", "broken": [], "driver": [], "toolkit": []},
        driver={"running": None, "on_disk": []},
        repositories=[],
        signing_keys=[],
        persistence={"unit": None},
    )
    node["modprobe"]["disk"]["files"].remove(nouveau.PATH)
    node["modprobe"]["image"]["files"].remove(nouveau.PATH)
    node["runtimes"]["containerd"]["handlers"].pop("nvidia")
    assert make_plan(world.request(**variables), node)["drifts"] == []


def test_a_toolkit_that_is_wholly_to_come_comes_with_the_driver() -> None:
    node = world.healthy()
    assert make_plan(world.request(), node)["actions"]["nvidia_driver"]["beside"] == []
    node["packages"]["toolkit"] = []
    plan = make_plan(world.request(), node)
    assert plan["actions"]["nvidia_driver"]["beside"] == plan["actions"]["nvidia_container_toolkit"]["packages"] != []
    plan = make_plan(world.request(nvidia_container_toolkit_state="unmanaged"), node)
    assert plan["actions"]["nvidia_driver"]["beside"] == []


def test_new_sources_must_have_what_is_to_come() -> None:
    node = world.healthy()
    assert make_plan(world.request(), node)["actions"]["nvidia_repository"]["offers"] == []
    node["packages"]["toolkit"] = []
    actions = make_plan(world.request(), node)["actions"]
    toolkit = actions["nvidia_container_toolkit"]
    assert actions["nvidia_repository"]["offers"] == [
        {"stack": "nvidia_container_toolkit", "match": toolkit["version"], "packages": toolkit["packages"]}
    ]
    node["packages"]["driver"] = []
    stacks = [one["stack"] for one in make_plan(world.request(), node)["actions"]["nvidia_repository"]["offers"]]
    assert stacks == ["nvidia_driver", "nvidia_container_toolkit"]
    off = make_plan(world.request(nvidia_driver_state="absent"), node)["actions"]["nvidia_repository"]["offers"]
    assert [one["stack"] for one in off] == ["nvidia_container_toolkit"]


UBUNTU: list[tuple[str, list[str]]] = [
    ("linux-modules-nvidia-580-server-open-generic", []),
    ("linux-modules-nvidia-580-server-open-6.8.0-31-generic", []),
    ("linux-modules-nvidia-580-server-generic", ["linux-modules-nvidia-580-server-generic"]),
    (
        "linux-modules-nvidia-570-server-open-6.8.0-90-generic",
        ["linux-modules-nvidia-570-server-open-6.8.0-90-generic"],
    ),
    ("nvidia-dkms-580-server", ["nvidia-dkms-580-server"]),
    ("nvidia-dkms-580-server-open", []),
    ("libnvidia-compute-580-server", []),
]


@pytest.mark.parametrize(("name", "conflicting"), UBUNTU)
def test_module_packages_of_another_flavour_or_branch_have_to_go(name: str, conflicting: list[str]) -> None:
    node = spoil(lambda n: n["os"].update(id="ubuntu", version_id="24.04", codename="noble"))
    node["packages"]["driver"] = [world.package(name, VERSION)]
    assert make_plan(world.request(), node)["actions"]["nvidia_driver"]["conflicting"] == conflicting


@pytest.mark.parametrize(
    ("wish", "version", "default", "drifts"),
    [
        (None, "1.7.27", "runc", False),
        (None, "1.7.27", "nvidia", False),
        (None, "1.6.20", "runc", True),
        (None, "1.6.20", "nvidia", False),
        (True, "2.1.4", "runc", True),
        (False, "2.1.4", "nvidia", True),
        (False, "1.6.20", "runc", False),
    ],
)
def test_the_default_runtime_is_the_handler_where_pods_need_it(
    wish: bool | None, version: str, default: str, drifts: bool
) -> None:
    def change(node: Node) -> None:
        node["runtimes"]["containerd"].update(version=version, default_handler=default)

    plan = make_plan(world.request(nvidia_container_toolkit_set_default=wish), spoil(change))
    assert [drift["subject"] for drift in plan["drifts"]] == (["containerd"] if drifts else [])
    runtimes = plan["actions"]["nvidia_container_toolkit"]["runtimes"]
    wanted = wish is True or (wish is None and version == "1.6.20")
    assert runtimes == [{"name": "containerd", "set_default": wanted}]


def test_a_handler_of_crio_is_its_owners() -> None:
    plan = make_plan(world.request(), spoil(lambda n: n["runtimes"].update(crio=crio("nvidia"))))
    assert plan["drifts"] == plan["refusals"] == []
    assert "crio" not in {one["name"] for one in plan["actions"]["nvidia_container_toolkit"]["runtimes"]}
    gone = world.request(nvidia_container_toolkit_state="absent", nvidia_container_toolkit_runtimes=["crio"])
    seen = make_plan(gone, spoil(lambda n: n["runtimes"].update(crio=crio("nvidia"))))
    assert [one["subject"] for one in seen["drifts"]] == ["packages"]


def test_half_of_the_toolkit_goes_as_well() -> None:
    """apt configures it with whatever it does next, and then it is there."""
    half = ["nvidia-container-toolkit"]
    node = spoil(lambda n: n["packages"].update(toolkit=[], broken=half))
    plan = make_plan(world.request(nvidia_container_toolkit_state="absent"), node)
    drift = next(one for one in plan["drifts"] if one["component"] == "nvidia_container_toolkit")
    assert (drift["subject"], drift["want"], drift["have"]) == ("packages", "absent", half)


def test_firmware_that_an_upgrade_left_behind_is_no_drift_and_goes_with_the_next_installation() -> None:
    """It carries its version in its name; nothing uses the old one."""
    old = world.package("nvidia-firmware-580-server-580.95.05", "580.95.05", held=False)
    node = spoil(lambda n: n["packages"]["driver"].append(old))
    plan = make_plan(world.request(), node)
    assert plan["drifts"] == []
    assert plan["actions"]["nvidia_driver"]["conflicting"] == [old["name"]]
    kept = make_plan(world.request(nvidia_driver_version=None, nvidia_driver_branch="580"), node)
    assert (kept["drifts"], kept["actions"]["nvidia_driver"]["match"]) == ([], VERSION)
