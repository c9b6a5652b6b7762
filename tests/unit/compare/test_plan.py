# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The comparison: equal, each single difference, impossible requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._compare import gsp, nouveau
from ansible_collections.baremetal.gpu.plugins.module_utils._compare.plan import make_plan

from . import world

if TYPE_CHECKING:
    from collections.abc import Callable

Node = Dict[str, Any]
KERNEL, VERSION = world.KERNEL, world.VERSION


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


def spoil(change: Callable[[Node], object]) -> Node:
    node = world.healthy()
    change(node)
    return node


def _no_driver(node: Node) -> None:
    node["packages"]["driver"] = []
    node["driver"] = {"running": None, "on_disk": []}
    node["persistence"]["unit"] = None
    node["modules"]["loaded"] = {}
    node["smi"] = {"condition": "not_installed", "message": "", "remedy": "", "gpus": []}


SINGLE: list[tuple[str, Callable[[Node], object], list[str], bool]] = [
    (
        "nova is not blocked on disk",
        lambda n: n["modprobe"]["disk"]["blacklist"].remove("nova_core"),
        ["nouveau"],
        False,
    ),
    (
        "nouveau is not blocked in the image",
        lambda n: n["modprobe"]["image"]["blacklist"].remove("nouveau"),
        ["nouveau"],
        False,
    ),
    ("nouveau is loaded", lambda n: n["modules"]["loaded"].update(nouveau={"version": None}), ["nouveau"], True),
    ("a source is gone", lambda n: n["repositories"].pop(), ["nvidia_repository"], False),
    ("a source is off", lambda n: n["repositories"][0].update(enabled=False), ["nvidia_repository"], False),
    (
        "a source has two addresses",
        lambda n: n["repositories"][0]["uris"].append("http://example.org"),
        ["nvidia_repository"],
        False,
    ),
    ("a key is another", lambda n: n["signing_keys"][0].update(fingerprints=["0" * 40]), ["nvidia_repository"], False),
    (
        "a list of an earlier guide",
        lambda n: n["repositories"].append(
            {**world.source("x", "http://x"), "path": "/etc/apt/sources.list.d/nvidia-docker.list"}
        ),
        ["nvidia_repository"],
        False,
    ),
    ("no driver at all", _no_driver, ["nvidia_driver", "nvidia_persistence"], True),
    ("a package is missing", lambda n: n["packages"]["driver"].pop(0), ["nvidia_driver"], False),
    (
        "a package is newer",
        lambda n: n["packages"]["driver"][3].update(upstream="580.173.02"),
        ["nvidia_driver"],
        False,
    ),
    ("a package is not held", lambda n: n["packages"]["driver"][3].update(held=False), ["nvidia_driver"], False),
    (
        "the other flavour's modules are installed",
        lambda n: n["packages"]["driver"].append(world.package("nvidia-kernel-dkms", VERSION)),
        ["nvidia_driver"],
        False,
    ),
    ("dpkg was interrupted", lambda n: n["packages"]["broken"].append("libcuda1"), ["nvidia_driver"], False),
    (
        "no module for the kernel that boots next",
        lambda n: n["kernel"].update(next="6.1.0-42-amd64", headers=[KERNEL, "6.1.0-42-amd64"]),
        ["nvidia_driver"],
        False,
    ),
    ("no headers for the kernel that boots next", lambda n: n["kernel"].update(headers=[]), ["nvidia_driver"], False),
    ("an older driver runs", lambda n: n["driver"]["running"].update(version="580.95.05"), ["nvidia_driver"], True),
    ("the other flavour runs", lambda n: n["driver"]["running"].update(flavour="proprietary"), ["nvidia_driver"], True),
    (
        "the daemon is off",
        lambda n: n["persistence"]["unit"].update(active_state="inactive"),
        ["nvidia_persistence"],
        False,
    ),
    (
        "the unit is static",
        lambda n: n["persistence"]["unit"].update(unit_file_state="static"),
        ["nvidia_persistence"],
        False,
    ),
    (
        "the unit leaves persistence off",
        lambda n: n["persistence"]["unit"].update(exec_start="/usr/bin/nvidia-persistenced --no-persistence-mode"),
        ["nvidia_persistence"],
        False,
    ),
    (
        "nvidia-smi says persistence is off",
        lambda n: n["smi"]["gpus"][0].update(persistence=False),
        ["nvidia_persistence"],
        False,
    ),
    (
        "GSP option of ours is left over",
        lambda n: n["modprobe"]["disk"]["files"].append(gsp.PATH),
        ["nvidia_gsp"],
        False,
    ),
    (
        "a toolkit package is older",
        lambda n: n["packages"]["toolkit"][0].update(upstream="1.19.1"),
        ["nvidia_container_toolkit"],
        False,
    ),
    (
        "a toolkit package is not held",
        lambda n: n["packages"]["toolkit"][0].update(held=False),
        ["nvidia_container_toolkit"],
        False,
    ),
    (
        "no handler",
        lambda n: n["runtimes"]["containerd"]["handlers"].pop("nvidia"),
        ["nvidia_container_toolkit"],
        False,
    ),
    (
        "CRI is off",
        lambda n: n["runtimes"]["containerd"].update(cri_enabled=False),
        ["nvidia_container_toolkit"],
        False,
    ),
    (
        "CDI is off",
        lambda n: n["runtimes"]["containerd"].update(cdi_enabled=False),
        ["nvidia_container_toolkit"],
        False,
    ),
    (
        "containerd before CDI, another default runtime",
        lambda n: n["runtimes"]["containerd"].update(version="1.6.20"),
        ["nvidia_container_toolkit"],
        False,
    ),
]


@pytest.mark.parametrize(("change", "roles", "reboot"), [case[1:] for case in SINGLE], ids=[case[0] for case in SINGLE])
def test_each_single_difference(change: Callable[[Node], object], roles: list[str], reboot: bool) -> None:
    plan = make_plan(world.request(), spoil(change))
    assert plan["roles"] == ["gpu_preflight", *roles]
    assert plan["needs_reboot"] is reboot
    assert plan["refusals"] == []
    assert bool(plan["reboot_reasons"]) is reboot


NO_DRIVER: dict[str, Any] = {"driver": {"running": None, "on_disk": []}}


def crio(*handlers: str) -> Node:
    return {
        "version": "1.34.0",
        "config_path": "/etc/crio/crio.conf",
        "handlers": {name: {"binary": None} for name in ("crun", *handlers)},
        "default_handler": "crun",
        "cdi_enabled": True,
        "error": None,
    }


REFUSED: list[tuple[str, dict[str, Any], Callable[[Node], object], str, str]] = [
    ("a version that is none", {"nvidia_driver_version": "580"}, lambda n: None, "580.159.04", "nvidia_driver_version"),
    (
        "a branch that is none",
        {"nvidia_driver_version": None, "nvidia_driver_branch": "latest"},
        lambda n: None,
        "three digits",
        "nvidia_driver_branch",
    ),
    (
        "a branch that dropped the GPU",
        {"nvidia_driver_version": "595.71.05"},
        lambda n: n["pci"]["gpus"][0].update(architecture="volta"),
        "last supported by 580",
        "nvidia_driver_branch",
    ),
    (
        "a branch before the GPU",
        {"nvidia_driver_version": "550.90.07"},
        lambda n: n["pci"]["gpus"][0].update(architecture="blackwell"),
        "first supported by 570",
        "nvidia_driver_branch",
    ),
    (
        "open modules on Volta",
        {"nvidia_driver_flavour": "open"},
        lambda n: n["pci"]["gpus"][0].update(architecture="volta"),
        "possible here: proprietary",
        "nvidia_driver_flavour",
    ),
    (
        "proprietary modules on Blackwell",
        {"nvidia_driver_flavour": "proprietary"},
        lambda n: n["pci"]["gpus"][0].update(architecture="blackwell"),
        "possible here: open",
        "nvidia_driver_flavour",
    ),
    (
        "proprietary modules of 620",
        {"nvidia_driver_version": "620.70.06", "nvidia_driver_flavour": "proprietary"},
        lambda n: None,
        "possible here: open",
        "nvidia_driver_flavour",
    ),
    (
        "GSP off on open modules",
        {"nvidia_gsp_mode": "disabled"},
        lambda n: None,
        "open kernel modules",
        "nvidia_gsp_mode",
    ),
    (
        "GSP off on Blackwell",
        {"nvidia_gsp_mode": "disabled"},
        lambda n: n["pci"]["gpus"][0].update(architecture="blackwell"),
        "Blackwell",
        "nvidia_gsp_mode",
    ),
    (
        "an old toolkit",
        {"nvidia_container_toolkit_version": "1.17.4"},
        lambda n: None,
        "1.19.1",
        "nvidia_container_toolkit_allow_old",
    ),
    (
        "prebuilt modules where there are none",
        {"nvidia_driver_modules": "prebuilt"},
        lambda n: None,
        "come as: dkms",
        "nvidia_driver_modules",
    ),
    (
        "Secure Boot with dkms",
        {},
        lambda n: n.update(secure_boot=True, **NO_DRIVER),
        "not signed",
        "switch Secure Boot off",
    ),
    (
        "no space",
        {},
        lambda n: n.update(disk={"/boot": {"free_mib": 10}}, **NO_DRIVER),
        "100 MiB",
        "free some space",
    ),
    (
        "another package manager",
        {},
        lambda n: n["packages"].update(manager="zypper"),
        "only apt and dnf are supported",
        "Debian, Ubuntu or Enterprise Linux",
    ),
    (
        "another system",
        {},
        lambda n: n["os"].update(id="arch", family=None, pretty="Arch Linux"),
        "debian 12 with archive branch 535, debian 13 with archive branch 550, debian with cuda",
        "nvidia_repository_driver_source",
    ),
    (
        "a system that the CUDA repository does not know",
        {},
        lambda n: n["os"].update(version_id="11", pretty="Debian GNU/Linux 11"),
        "no directory for Debian GNU/Linux 11",
        "nvidia_repository_driver_uri",
    ),
    (
        "GSP off of 620",
        {"nvidia_driver_version": "620.70.06", "nvidia_gsp_mode": "disabled"},
        lambda n: None,
        "open kernel modules only",
        "nvidia_gsp_mode",
    ),
    (
        "a toolkit version that is none",
        {"nvidia_container_toolkit_version": "latest"},
        lambda n: None,
        "looks like 1.20.0",
        "nvidia_container_toolkit_version",
    ),
    (
        "a fingerprint that is none",
        {"nvidia_repository_driver_key_fingerprint": "AB12"},
        lambda n: None,
        "40 hexadecimal digits",
        "nvidia_repository_driver_key_fingerprint",
    ),
    (
        "a mirror of an archive without a code name",
        {
            "nvidia_repository_driver_source": "archive",
            "nvidia_repository_driver_uri": "http://mirror/ubuntu",
            "nvidia_repository_driver_key": "mirror.asc",
            "nvidia_repository_driver_key_fingerprint": "A" * 40,
        },
        lambda n: n["os"].update(id="ubuntu", codename=None),
        "no code name",
        "nvidia_repository_driver_suites",
    ),
    (
        "daemon.json that is no JSON",
        {},
        lambda n: n["runtimes"].update(
            docker={
                "version": "20.10",
                "config_path": "/etc/docker/daemon.json",
                "config": None,
                "error": "line 3: not JSON",
            }
        ),
        "line 3",
        "mend the file",
    ),
    (
        "a runtime that is not there",
        {"nvidia_container_toolkit_runtimes": ["crio"]},
        lambda n: None,
        "not installed",
        "nvidia_container_toolkit_runtimes",
    ),
    (
        "CRI-O without the handler",
        {},
        lambda n: n["runtimes"].update(crio=crio()),
        "crio has no handler nvidia",
        "nvidia-ctk runtime configure --runtime=crio",
    ),
]


@pytest.mark.parametrize(
    ("variables", "change", "why", "remedy"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_impossible_requests_are_refused_with_the_way_out(
    variables: dict[str, Any], change: Callable[[Node], object], why: str, remedy: str
) -> None:
    plan = make_plan(world.request(**variables), spoil(change))
    assert plan["roles"][0] == "gpu_preflight"
    assert any(why in refusal["why"] for refusal in plan["refusals"]), plan["refusals"]
    assert any(remedy in refusal["remedy"] for refusal in plan["refusals"]), plan["refusals"]


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


def test_firmware_that_an_upgrade_left_behind_is_no_drift_and_goes_with_the_next_installation() -> None:
    """It carries its version in its name; nothing uses the old one."""
    old = world.package("nvidia-firmware-580-server-580.95.05", "580.95.05", held=False)
    node = spoil(lambda n: n["packages"]["driver"].append(old))
    plan = make_plan(world.request(), node)
    assert plan["drifts"] == []
    assert plan["actions"]["nvidia_driver"]["conflicting"] == [old["name"]]
    kept = make_plan(world.request(nvidia_driver_version=None, nvidia_driver_branch="580"), node)
    assert (kept["drifts"], kept["actions"]["nvidia_driver"]["match"]) == ([], VERSION)
