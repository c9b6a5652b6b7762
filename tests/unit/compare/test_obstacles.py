# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What preflight refuses before anything is changed, and whom a reboot would end."""

from __future__ import annotations

from typing import Any, Callable, Dict, List

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._compare.plan import make_plan

from . import world

Node = Dict[str, Any]
KEY = "/var/lib/dkms/mok.pub"
RUNFILE = {"installed": True, "version": "580.95.05", "evidence": ["/usr/bin/nvidia-uninstall"]}


def _bare(**more: Any) -> Callable[[Node], None]:
    def change(node: Node) -> None:
        node["packages"]["driver"] = []
        node["driver"] = {"running": None, "on_disk": [], **more}

    return change


def _secure(**efi: Any) -> Callable[[Node], None]:
    def change(node: Node) -> None:
        _bare()(node)
        node.update(secure_boot=True, efi={"shim_validation": True, "module_keys": [], **efi})

    return change


REFUSED: Dict[str, Any] = {
    "installed by a .run file": (
        _bare(runfile=RUNFILE),
        {},
        ["580.95.05 by NVIDIA's own", "nvidia-uninstall", "unmanaged"],
    ),
    "beside packages": (
        lambda node: node["driver"].update(runfile={**RUNFILE, "version": None}),
        {},
        ["of unknown version by NVIDIA's own"],
    ),
    "files of nobody": (
        _bare(library={"path": "/usr/lib64/libnvidia-ml.so.1", "version": "580.95.05"}),
        {},
        ["/usr/lib64/libnvidia-ml.so.1 of version 580.95.05", "--uninstall"],
    ),
    "no key": (_secure(), {}, ["enrol", "/var/lib/dkms/mok.pub", "switch Secure Boot off"]),
    "a key that is not enrolled": (
        _secure(module_keys=[{"path": KEY, "sha256": "a", "enrolled": False}]),
        {},
        [f"mokutil --import {KEY}"],
    ),
    "an enrolment that waits": (_secure(enrolment_pending=True), {}, ["confirm at the console the enrolment"]),
    "dkms without a compiler": (
        lambda node: (_bare()(node), node["kernel"].update(compiler=False)),
        {},
        ["neither gcc nor cc is in /usr/bin", "install gcc"],
    ),
    "little space": (
        lambda node: (_bare()(node), node["disk"]["/usr"].update(free_mib=10)),
        {},
        ["10 MiB free in /usr", "1500 MiB", "free some space"],
    ),
}
ALLOWED: Dict[str, Any] = {
    "an enrolled key": (_secure(module_keys=[{"path": KEY, "sha256": "a", "enrolled": True}]), {}),
    "shim does not check": (_secure(shim_validation=False), {}),
    "a .run file, left to others": (_bare(runfile=RUNFILE), {"nvidia_driver_state": "unmanaged"}),
    "a .run file, no driver asked for": (_bare(runfile=RUNFILE), {"nvidia_driver_state": "absent"}),
    "a log that outlived its driver": (_bare(runfile={**RUNFILE, "installed": False}), {}),
    "a library of an interrupted installation": (
        lambda node: (
            _bare(library={"path": "/usr/lib/libnvidia-ml.so.1", "version": "580.95.05"})(node),
            node["packages"]["broken"].append("libnvidia-ml1"),
        ),
        {},
    ),
    "dkms, which brings a compiler, is to come": (
        lambda node: (_bare()(node), node["kernel"].update(compiler=None)),
        {},
    ),
    "nothing to build": (
        lambda node: (
            _bare()(node),
            node["kernel"].update(compiler=False),
            node["os"].update(id="ubuntu", version_id="24.04", codename="noble"),
        ),
        {},
    ),
    "nothing to install": (
        lambda node: (
            node.update(secure_boot=True),
            node["kernel"].update(compiler=False),
            node["disk"]["/usr"].update(free_mib=10),
        ),
        {},
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str) -> None:
    change, variables, words = REFUSED[case]
    node = world.healthy()
    change(node)
    plan = make_plan(world.request(**variables), node)
    said: List[str] = ["{value}: {why}. {remedy}".format(**refusal) for refusal in plan["refusals"]]
    assert len(said) == 1, said
    assert plan["roles"][0] == "gpu_preflight"
    for word in words:
        assert word in said[0]


@pytest.mark.parametrize("case", ALLOWED)
def test_allowed(case: str) -> None:
    change, variables = ALLOWED[case]
    node = world.healthy()
    change(node)
    assert make_plan(world.request(**variables), node)["refusals"] == []


def test_both_ways_out_of_secure_boot_where_prebuilt_modules_exist() -> None:
    node = world.healthy()
    _secure()(node)
    node["os"].update(id="ubuntu", version_id="24.04", codename="noble")
    asked = world.request(nvidia_repository_driver_source="archive", nvidia_driver_modules="dkms")
    [refusal] = make_plan(asked, node)["refusals"]
    assert "nvidia_driver_modules: prebuilt" in refusal["remedy"]


def test_who_uses_the_gpus() -> None:
    node = world.healthy()
    assert make_plan(world.request(), node)["in_use"] == []
    node["holders"] = [
        {"pid": 9000, "command": "python3 train.py", "devices": ["/dev/nvidia0"]},
        {"pid": 400, "command": "/usr/bin/nvidia-persistenced --verbose", "devices": ["/dev/nvidiactl"]},
        {"pid": 80, "command": "nvidia-persistenced-of-mine", "devices": ["/dev/nvidiactl"]},
    ]
    assert make_plan(world.request(), node)["in_use"] == ["80 (nvidia-persistenced-of-mine)", "9000 (python3 train.py)"]


JOB = {"pid": 9000, "command": "python3 train.py", "devices": ["/dev/nvidia0"], "unit": None, "owner": "user alice"}
JOBS = ["9000 (python3 train.py) of user alice"]
WAITING: dict[str, Any] = {"nvidia_driver_version": "580.173.02", "node_reboot_allowed": True}
UNASKED: dict[str, tuple[dict[str, Any], list[str]]] = {
    "a reboot": (WAITING, JOBS),
    "a reboot that may": ({**WAITING, "node_reboot_with_jobs": True}, []),
    "no reboot, since nobody allowed it": ({**WAITING, "node_reboot_allowed": False}, []),
    "nothing to reboot for": ({"node_reboot_allowed": True}, []),
}


@pytest.mark.parametrize(("variables", "unasked"), UNASKED.values(), ids=UNASKED)
def test_whose_work_a_run_would_end_unasked(variables: dict[str, Any], unasked: list[str]) -> None:
    node = world.healthy()
    node["holders"] = [JOB, {**JOB, "pid": 10, "command": "/usr/bin/nvidia-device-plugin", "owner": "container 1"}]
    found = make_plan(world.request(**variables), node)
    assert (found["in_use"], found["unasked"]) == (JOBS, unasked)


def test_a_service_is_known_by_its_unit_however_it_was_started() -> None:
    node = world.healthy()
    holder = {"pid": 90, "command": "python3 /opt/dcgm-exporter", "devices": ["/dev/nvidia0"]}
    node["holders"] = [{**holder, "unit": "dcgm-exporter.service"}]
    assert make_plan(world.request(), node)["in_use"] == []
    node["holders"] = [{**holder, "unit": None}]
    assert make_plan(world.request(), node)["in_use"] == ["90 (python3 /opt/dcgm-exporter)"]
