# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The driver beside packages: DKMS, NVIDIA's installer, the library, and who holds its devices."""

from __future__ import annotations

import getpass
import os
import pwd
from typing import Any

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._observe import holders

from .fakes import out
from .looking import Node
from .node import KERNEL, LIBRARY, MODULE, VERSION

DKMS = f"/var/lib/dkms/nvidia/{VERSION}"
LINK = f"/var/lib/dkms/nvidia/kernel-{KERNEL}-x86_64"
LOG = f"DKMS make.log for nvidia-{VERSION} for kernel 6.1.0-50-amd64 (x86_64)\ncc: error: no\n"


def states(gpu_node: Node) -> list[tuple[str | None, str, str | None]]:
    return [(one["kernel"], one["state"], one["why"]) for one in gpu_node.look()["driver"]["dkms"]]


def test_installed(gpu_node: Node) -> None:
    assert gpu_node.look()["driver"]["dkms"] == [
        {"name": "nvidia", "version": VERSION, "kernel": KERNEL, "arch": "x86_64", "state": "installed", "why": None}
    ]


def test_built_and_failed_for_another_kernel(gpu_node: Node) -> None:
    """A kernel whose headers came with it, and one whose did not."""
    gpu_node.without(LINK)
    gpu_node.files[f"{DKMS}/build/make.log"] = LOG
    assert states(gpu_node) == [(KERNEL, "built", None), ("6.1.0-50-amd64", "failed", "cc: error: no")]


def test_a_log_of_what_was_built_after_all(gpu_node: Node) -> None:
    gpu_node.files[f"{DKMS}/build/make.log"] = LOG.replace("6.1.0-50-amd64", KERNEL)
    assert states(gpu_node) == [(KERNEL, "installed", None)]


def test_only_added_and_without_its_source(gpu_node: Node) -> None:
    gpu_node.without(f"{DKMS}/{KERNEL}", LINK)
    assert states(gpu_node) == [(None, "added", None)]
    gpu_node.without("/usr/src")
    (gpu_node.top / f"usr/src/nvidia-{VERSION}").rmdir()
    assert states(gpu_node) == [(None, "broken", f"its source {DKMS}/source leads nowhere")]


def test_others_modules_and_stray_files_do_not_count(gpu_node: Node) -> None:
    gpu_node.files["/var/lib/dkms/zfs/2.1/6.1/x86_64/module/zfs.ko"] = ""
    gpu_node.files["/var/lib/dkms/nvidia.conf"] = ""
    gpu_node.files["/var/lib/dkms/nvidia/original_module/x"] = ""
    gpu_node.files[f"{DKMS}/{KERNEL}/x86_64/log/make.log"] = ""
    gpu_node.files[f"{DKMS}/5.10/x86_64/log/make.log"] = ""
    assert states(gpu_node) == [(KERNEL, "installed", None)]


@pytest.mark.parametrize(
    ("files", "wanted"),
    [
        ({}, (False, None, [])),
        ({"/usr/bin/nvidia-uninstall": ""}, (True, None, ["/usr/bin/nvidia-uninstall"])),
        ({"/var/lib/nvidia/log": ""}, (True, None, ["/var/lib/nvidia/log"])),
        (
            {"/var/log/nvidia-installer.log": "installer version: 535.161.07\n"},
            (False, "535.161.07", ["/var/log/nvidia-installer.log"]),
        ),
        ({"/var/log/nvidia-installer.log": None}, (False, None, [])),
    ],
)
def test_a_runfile(gpu_node: Node, files: dict[str, str | None], wanted: tuple[bool, str | None, list[str]]) -> None:
    gpu_node.files.update(files)
    seen = gpu_node.look()["driver"]["runfile"]
    assert (seen["installed"], seen["version"], seen["evidence"]) == wanted


def test_the_library(gpu_node: Node) -> None:
    assert gpu_node.look()["driver"]["library"] == {"path": LIBRARY, "version": VERSION}
    (gpu_node.top / LIBRARY[1:]).unlink()
    gpu_node.without(LIBRARY)
    assert gpu_node.look()["driver"]["library"] is None


def test_a_module_that_modinfo_cannot_read_does_not_hide_the_others(gpu_node: Node) -> None:
    other = f"/lib/modules/{KERNEL}/updates/dkms/old/nvidia.ko"
    gpu_node.files[other] = ""
    gpu_node.answers["modinfo"] = out(gpu_node.answers["modinfo"].out, 1)
    seen = gpu_node.look()["driver"]["on_disk"]
    assert {module["path"]: module["version"] for module in seen} == {MODULE: VERSION, other: None}
    assert "modinfo" in gpu_node.why()


def test_one_modinfo_for_all(gpu_node: Node) -> None:
    gpu_node.files["/lib/modules/6.1.0-9-amd64/updates/dkms/nvidia.ko"] = ""
    gpu_node.look()
    assert len([call for call in gpu_node.runner.calls if call.startswith("modinfo")]) == 1


def test_holders(gpu_node: Node) -> None:
    assert gpu_node.look()["holders"] == [
        {
            "pid": 1200,
            "command": "/usr/bin/nvidia-persistenced --verbose",
            "devices": ["/dev/nvidia0", "/dev/nvidiactl"],
            "unit": "nvidia-persistenced.service",
            "owner": f"user {getpass.getuser()}",
        }
    ]


def test_files_of_ours(gpu_node: Node) -> None:
    ours = ("/etc/modprobe.d/baremetal-gpu-nvidia.conf", "/var/lib/baremetal.gpu/proven.json")
    gpu_node.files.update(dict.fromkeys([*ours, "/etc/modprobe.d/site.conf"], "x\n"))
    found = gpu_node.look()["own_files"]
    assert {path: found.get(path) for path in (*ours, "/etc/modprobe.d/site.conf")} == {
        **dict.fromkeys(ours, "x\n"),
        "/etc/modprobe.d/site.conf": None,
    }


@pytest.mark.parametrize(
    "cgroup",
    [
        "0::/system.slice/docker-{}.scope\n",
        "0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-{}.scope\n",
        "4:memory:/kubepods/burstable/pod1/{}\n",
    ],
)
def test_a_holder_in_a_container_is_known_by_that(gpu_node: Node, cgroup: str) -> None:
    gpu_node.files["/proc/1200/cgroup"] = cgroup.format("3f2a0c9be1d7" + 52 * "0")
    assert [one["owner"] for one in gpu_node.look()["holders"]] == ["container 3f2a0c9be1d7"]


def test_a_holder_whose_user_has_no_name(gpu_node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pwd, "getpwuid", {}.__getitem__)
    assert [one["owner"] for one in gpu_node.look()["holders"]] == [f"user {os.getuid()}"]


@pytest.mark.parametrize(
    ("path", "content"), [("/sys/module/nvidia/refcnt", "0\n"), ("/sys/module/nvidia/initstate", None)]
)
def test_nobody_holds_what_is_not_in_use(gpu_node: Node, path: str, content: str | None) -> None:
    gpu_node.without(path)
    if content:
        gpu_node.files[path] = content
    assert gpu_node.look()["holders"] == []


def test_the_search_for_holders_has_an_end(gpu_node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holders, "_MOST", 2)
    assert [one["pid"] for one in gpu_node.look()["holders"]] == [1200]
    assert gpu_node.why()["/proc"].startswith("processes from 1300 on were not searched")


def test_processes_that_end_meanwhile_or_belong_to_others(gpu_node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.listdir

    def listdir(path: Any) -> list[str]:
        if str(path).endswith("/1300/fd"):
            raise PermissionError
        return real(path)

    gpu_node.files["/proc/1400/comm"] = "gone\n"
    monkeypatch.setattr(os, "listdir", listdir)
    assert [one["pid"] for one in gpu_node.look()["holders"]] == [1200]
    assert gpu_node.why()["/proc"] == "open devices of 1 processes are not visible here"


def test_open_files_that_even_root_may_not_see_are_one_finding(gpu_node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a virtual machine or container with an init of another's."""
    real = os.readlink

    def readlink(path: str) -> str:
        if "/1300/fd/" in str(path):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "readlink", readlink)
    assert [one["pid"] for one in gpu_node.look()["holders"]] == [1200]
    assert {subject: why for subject, why in gpu_node.why().items() if "/proc" in subject} == {
        "/proc": "open devices of 1 processes are not visible here"
    }
