# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The look at nodes of each distribution."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._compat.kernel_locks import rule

from . import systems
from .fakes import out
from .looking import look_at

VERSION = "580.159.04"


def held(seen: Any) -> dict[str, Any]:
    return {package["name"]: package["lock"] for package in seen["packages"]["driver"]}


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    top = tmp_path_factory.mktemp("systems")
    return {name: look_at(top / name, one.files, one.answers) for name, one in systems.SYSTEMS.items()}


@pytest.mark.parametrize(
    ("name", "family", "manager", "kernel"),
    [
        ("ubuntu", "debian", "apt", "6.8.0-45-generic"),
        ("el", "redhat", "dnf", "5.14.0-427.el9.x86_64"),
        ("amazon", "redhat", "dnf", "6.1.100-112.amzn2023.x86_64"),
        ("sles", "suse", "zypper", "6.4.0-150600.21-default"),
        ("fedora", "redhat", "dnf", "6.15.3-200.fc42.x86_64"),
    ],
)
def test_identity(seen: dict[str, Any], name: str, family: str, manager: str, kernel: str) -> None:
    one = seen[name]
    assert (one["os"]["family"], one["packages"]["manager"], one["kernel"]["next"]) == (family, manager, kernel)


@pytest.mark.parametrize(
    ("name", "locks"),
    [
        ("ubuntu", {"nvidia-utils-580-server": "dpkg hold"}),
        (
            "el",
            {
                "kmod-nvidia-open-dkms": "/etc/dnf/dnf.conf: kmod-nvidia*",
                "libnvidia-ml": None,
                "nvidia-driver-cuda": f"/etc/dnf/plugins/versionlock.list: nvidia-driver-cuda-3:{VERSION}-1.el9.*",
                "unrelated-name": None,
            },
        ),
        ("amazon", {"nvidia-driver-cuda": None}),
        (
            "sles",
            {
                "nvidia-compute-utils-G06": "/etc/zypp/locks: nvidia-compute*",
                "nvidia-open-driver-G06-signed-cuda-kmp-default": None,
            },
        ),
        ("fedora", {"nvidia-driver-cuda": f"/etc/dnf/versionlock.toml: nvidia-driver-cuda, evr = 3:{VERSION}-1.fc42"}),
    ],
)
def test_packages_and_what_holds_them(seen: dict[str, Any], name: str, locks: dict[str, Any]) -> None:
    packages = seen[name]["packages"]["driver"]
    assert held(seen[name]) == locks
    assert {package["upstream"] for package in packages} == {VERSION}
    assert [package["held"] for package in packages] == [lock is not None for lock in locks.values()]


def test_kernels_of_rpm_and_the_rules_of_ours_that_keep_them(seen: dict[str, Any]) -> None:
    packages = seen["el"]["packages"]
    assert [(one["name"], one["version"], one["held"]) for one in packages["kernel"]] == [
        ("kernel-core", "5.14.0-503.el9", True),
        ("kernel-rt-devel-matched", "5.14.0-503.el9", False),
    ]
    assert packages["kernel_locks"] == ["kernel-core-0:5.14.0-503.el9.*"]
    assert rule(packages["kernel_locks"][0]) == "kernel-core-0:5.14.0-503.el9"
    assert [rule(text) for text in seen["fedora"]["packages"]["kernel_locks"]] == ["kernel-core-0:6.15.3-200.fc42"]


@pytest.mark.parametrize(
    ("name", "origins"),
    [
        ("ubuntu", {"archive.ubuntu.com/ubuntu noble/restricted"}),
        ("el", {"NVIDIA Corporation"}),
        ("sles", {"SUSE"}),
    ],
)
def test_origins(seen: dict[str, Any], name: str, origins: set[str]) -> None:
    assert {package["origin"] for package in seen[name]["packages"]["driver"]} == origins


@pytest.mark.parametrize(
    ("name", "reasons"),
    [
        ("ubuntu", ["the distribution asks for it: linux-image-6.8.0-45-generic"]),
        ("el", ["installed since the last boot: kernel-core"]),
        ("amazon", []),
        ("sles", ["zypper asks for it"]),
    ],
)
def test_pending_reboots(seen: dict[str, Any], name: str, reasons: list[str]) -> None:
    assert seen[name]["reboot"] == {"required": bool(reasons), "reasons": reasons}


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("ubuntu", {"enabled": True, "by": [("unattended-upgrades", True, True)]}),
        ("el", {"enabled": True, "by": [("dnf-automatic", True, True), ("packagekit", False, False)]}),
        ("amazon", {"enabled": False, "by": []}),
    ],
)
def test_who_upgrades_unasked(seen: dict[str, Any], name: str, wanted: dict[str, Any]) -> None:
    unattended = seen[name]["unattended"]
    by = [(one["name"], one["enabled"], one["active"]) for one in unattended["by"]]
    assert {"enabled": unattended["enabled"], "by": by} == wanted


def test_a_timer_that_only_reports_upgrades_nothing(tmp_path: Path) -> None:
    files = {**systems.EL.files, "/etc/dnf/automatic.conf": "apply_updates = no\n"}
    assert look_at(tmp_path, files, systems.EL.answers)["unattended"]["enabled"] is False


def test_enterprise_linux(seen: dict[str, Any]) -> None:
    el = seen["el"]
    assert (el["kernel"]["newest"], el["kernel"]["chosen_by"]) == ("5.14.0-503.el9.x86_64", "grub saved_entry")
    assert el["kernel"]["installed"] == ["5.14.0-427.el9.x86_64", "5.14.0-503.el9.x86_64"]
    assert [package["version"] for package in el["packages"]["toolkit"]] == ["1.20.0-1"]
    assert el["packages"]["driver"][0]["version"] == f"3:{VERSION}-1.el9"
    assert el["packages"]["driver"][1]["source"] == "nvidia-driver"
    assert el["locks"] == [
        {"path": "/var/lib/dnf/rpmdb_lock.pid", "pid": 77, "command": "/usr/bin/python3 /usr/bin/dnf install"}
    ]
    assert (el["runtimes"]["crio"]["version"], el["runtimes"]["crio"]["default_handler"]) == ("1.31.2", "crun")
    why = {finding["subject"]: finding["why"] for finding in el["findings"]}
    assert why["/etc/crio/conf.d/99-nvidia.toml"] == (
        "CRI-O does not read it: drop-ins belong into /etc/crio/crio.conf.d"
    )
    assert [module["state"] for module in el["driver"]["dkms"]] == ["installed"]


def test_a_module_of_dkms_in_a_folder_of_packages(tmp_path: Path) -> None:
    """Enterprise Linux has no folder for DKMS."""
    kernel = "5.14.0-503.el9.x86_64"
    path = f"/lib/modules/{kernel}/extra/nvidia.ko.xz"
    answers = {**systems.EL.answers, "modinfo": out(f"filename: {tmp_path}{path}\nversion: {VERSION}\n")}
    seen = look_at(tmp_path, systems.EL.files, answers)
    assert [(module["path"], module["kind"]) for module in seen["driver"]["on_disk"]] == [(path, "dkms")]


def test_a_lock_list_that_nobody_reads_is_a_finding(seen: dict[str, Any]) -> None:
    why = {finding["subject"]: finding["why"] for finding in seen["amazon"]["findings"]}
    assert why["/etc/dnf/plugins/versionlock.list"] == (
        "it locks packages, but the versionlock plugin is not installed, so nothing is locked"
    )


def test_a_lock_list_whose_plugin_is_off_is_a_finding(tmp_path: Path) -> None:
    files = {**systems.EL.files, "/etc/dnf/plugins/versionlock.conf": "[main]\nenabled = 0\n"}
    seen = look_at(tmp_path, files, systems.EL.answers)
    assert held(seen)["nvidia-driver-cuda"] is None
    assert any("switched off in /etc/dnf/plugins/versionlock.conf" in one["why"] for one in seen["findings"])


def test_a_lock_list_elsewhere(tmp_path: Path) -> None:
    files = {
        **systems.AMAZON.files,
        "/etc/dnf/plugins/versionlock.conf": "[main]\n# locklist = /no\nenabled=1\nlocklist = /etc/locks\n",
        "/etc/locks": "nvidia-driver-cuda-3:*\n",
    }
    assert held(look_at(tmp_path, files, systems.AMAZON.answers)) == {
        "nvidia-driver-cuda": "/etc/locks: nvidia-driver-cuda-3:*"
    }


def test_pins_of_everything_are_pins_of_the_driver(seen: dict[str, Any]) -> None:
    assert [(pin["packages"], pin["pin"], pin["priority"]) for pin in seen["ubuntu"]["packages"]["pins"]] == [
        (["*"], "release l=NVIDIA CUDA", 600)
    ]


def test_what_the_next_boot_is_told(seen: dict[str, Any]) -> None:
    assert seen["amazon"]["modprobe"]["next_command_line"] == {
        "blacklist": ["nouveau", "nova", "nova_drm"],
        "module_blacklist": ["nova_drm", "nouveau"],
    }
    assert seen["el"]["modprobe"]["next_command_line"] is None


@pytest.mark.parametrize(("programs", "manager"), [(["dnf5"], "dnf"), (["yum"], "yum"), ([], "rpm")])
def test_rpm_managers(tmp_path: Path, programs: list[str], manager: str) -> None:
    files = {path: text for path, text in systems.EL.files.items() if path != "/usr/bin/dnf"}
    files.update({f"/usr/bin/{program}": "" for program in programs})
    assert look_at(tmp_path, files, systems.EL.answers)["packages"]["manager"] == manager


@pytest.mark.parametrize(("family", "manager"), [("debian", "apt"), ("fedora", "rpm")])
def test_where_both_databases_are_the_family_decides(tmp_path: Path, family: str, manager: str) -> None:
    files = {"/usr/bin/rpm": "", "/usr/bin/dpkg-query": "", "/etc/os-release": f"ID={family}\n"}
    seen = look_at(tmp_path, files, {"rpm -qa": out(""), "dpkg-query": out("")})
    assert seen["packages"]["manager"] == manager


def test_an_rpm_that_does_not_answer_is_a_finding(tmp_path: Path) -> None:
    for number, answer in enumerate((out("", 1), out("one field\n"))):
        seen = look_at(tmp_path / str(number), systems.SLES.files, {"rpm": answer})
        assert (seen["packages"]["manager"], seen["packages"]["driver"]) == ("zypper", [])
        assert [one["subject"] for one in seen["findings"] if one["subject"].startswith("rpm")]
