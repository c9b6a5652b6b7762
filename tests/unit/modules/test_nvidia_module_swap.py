# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules swapped on a node of files, whose modprobe and systemctl do what the real ones do."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any, Sequence

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils import _swap
from ansible_collections.baremetal.gpu.plugins.module_utils._root import Root
from ansible_collections.baremetal.gpu.plugins.module_utils._runner import Result
from ansible_collections.baremetal.gpu.plugins.modules import nvidia_module_swap

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Run

OLD, NEW = "580.159.04", "580.173.02"
UNIT, OTHER = "nvidia-persistenced.service", "nvidia-dcgm.service"
TITLE = "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  {}  Release Build\n"
ASKED = {
    "stop": [OTHER, UNIT],
    "unload": ["nvidia_uvm", "nvidia"],
    "load": ["nvidia", "nvidia_uvm"],
    "start": [UNIT, OTHER],
    "match": NEW,
    "flavour": "open",
}


class Machine:
    """Files, and the commands that change them."""

    def __init__(self, top: Path) -> None:
        self.top, self.calls, self.disk = top, [], NEW
        self.fails: dict[str, int] = {}
        """Command → how often it fails."""
        self.load("nvidia", OLD)
        self.load("nvidia_uvm", OLD)
        self.hold(700, f"0::/system.slice/{UNIT}\n")

    calls: list[str]

    def write(self, path: str, text: str) -> None:
        target = self.top / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def load(self, name: str, version: str) -> None:
        self.write(f"/sys/module/{name}/initstate", "live\n")
        self.write(f"/sys/module/{name}/refcnt", "2\n")
        self.write(f"/sys/module/{name}/version", f"{version}\n")
        self.write("/proc/driver/nvidia/version", TITLE.format(version))

    def hold(self, pid: int, cgroup: str) -> None:
        self.write(f"/proc/{pid}/cgroup", cgroup)
        self.write(f"/proc/{pid}/cmdline", "a\0b\0")
        (self.top / f"proc/{pid}/fd").mkdir()
        (self.top / f"proc/{pid}/fd/3").symlink_to("/dev/nvidia0")

    @property
    def version(self) -> str | None:
        path = self.top / "sys/module/nvidia/version"
        return path.read_text().strip() if path.exists() else None

    def run(self, argv: Sequence[str], *, timeout: float = 30.0) -> Result:
        command = " ".join(argv)
        self.calls.append(command)
        if self.fails.get(command, 0):
            self.fails[command] -= 1
            return Result(1, "", f"{command}: no")
        if argv[:2] == ("modprobe", "-r"):
            for name in argv[2:]:
                shutil.rmtree(self.top / "sys/module" / name)
            shutil.rmtree(self.top / "proc/driver/nvidia")
        elif argv[0] == "modprobe":
            self.load(argv[1], self.disk)
        elif argv[:2] == ("systemctl", "stop"):
            shutil.rmtree(self.top / "proc/700", ignore_errors=True)
        return Result(0, "", "")


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine(tmp_path)
    monkeypatch.setattr(nvidia_module_swap, "SubprocessRunner", lambda: made)
    monkeypatch.setattr(nvidia_module_swap, "Root", lambda: Root(str(tmp_path)))
    monkeypatch.setattr(_swap, "PAUSE", 0)
    return made


def swap(run: Run, **more: Any) -> Any:
    return run("nvidia_module_swap", **{**ASKED, **more})


STARTS = [f"systemctl start {UNIT}", f"systemctl start {OTHER}"]


def test_a_swap(run: Run, machine: Machine) -> None:
    done = swap(run)
    assert machine.calls == [
        f"systemctl stop {OTHER} {UNIT}",
        "modprobe -r nvidia_uvm nvidia",
        "modprobe nvidia",
        "modprobe nvidia_uvm",
        *STARTS,
    ]
    assert (done["changed"], done["swapped"], done["why_not"]) == (True, True, [])
    assert (done["before"], done["after"]) == (f"{OLD} open", f"{NEW} open")
    assert machine.version == NEW


def test_a_check_touches_nothing(run: Run, machine: Machine) -> None:
    done = swap(run, check=True)
    assert (done["changed"], done["after"], machine.calls) == (True, f"{NEW} open", [])


@pytest.mark.parametrize("check", [True, False])
def test_a_process_that_holds_the_driver_is_named_and_nothing_is_stopped(
    run: Run, machine: Machine, check: bool
) -> None:
    machine.hold(4711, "0::/user.slice/session-1.scope\n")
    done = swap(run, check=check)
    assert (done["changed"], done["swapped"]) == (False, False)
    assert done["why_not"] == ["process 4711 (a b) has /dev/nvidia0 open"]
    assert (machine.calls, machine.version) == ([], OLD)


def test_what_lets_go_after_a_moment_is_waited_for(run: Run, machine: Machine) -> None:
    machine.fails["modprobe -r nvidia_uvm nvidia"] = 2
    assert swap(run)["swapped"] is True
    assert machine.version == NEW


def test_what_does_not_let_go_leaves_everything_as_it_was(run: Run, machine: Machine) -> None:
    machine.fails["modprobe -r nvidia_uvm nvidia"] = 3
    done = swap(run)
    assert (done["changed"], done["swapped"], done["after"]) == (False, False, f"{OLD} open")
    assert done["why_not"] == ["modprobe -r nvidia_uvm nvidia ended with 1: modprobe -r nvidia_uvm nvidia: no"]
    assert machine.calls[-2:] == STARTS


def test_a_service_that_cannot_be_stopped(run: Run, machine: Machine) -> None:
    machine.fails[f"systemctl stop {OTHER} {UNIT}"] = 1
    done = swap(run)
    assert done["swapped"] is False
    assert (machine.version, machine.calls[-2:]) == (OLD, STARTS)


def test_another_version_than_was_asked_for_is_no_success(run: Run, machine: Machine) -> None:
    machine.disk = "580.95.05"
    done = swap(run)
    assert done["swapped"] is False
    assert done["why_not"] == [f"580.95.05 open was loaded, wanted {NEW} open"]


def test_a_branch_is_met_by_each_of_its_versions(run: Run, machine: Machine) -> None:
    assert swap(run, match="580")["swapped"] is True


def test_a_module_that_cannot_be_loaded(run: Run, machine: Machine) -> None:
    machine.fails["modprobe nvidia"] = 1
    done = swap(run)
    assert (done["swapped"], done["after"]) == (False, None)
    assert "modprobe nvidia ended with 1" in done["why_not"][0]


def test_a_service_that_does_not_start_is_said_and_keeps_no_other_from_it(run: Run, machine: Machine) -> None:
    machine.fails[f"systemctl start {UNIT}"] = 1
    done = swap(run)
    assert done["swapped"] is True
    assert done["not_started"] == [f"systemctl start {UNIT} ended with 1: systemctl start {UNIT}: no"]
    assert machine.calls[-2:] == STARTS


def test_a_first_load(run: Run, machine: Machine) -> None:
    shutil.rmtree(machine.top / "sys")
    shutil.rmtree(machine.top / "proc")
    done = swap(run, stop=[], unload=[])
    assert (done["before"], done["after"]) == (None, f"{NEW} open")
    assert machine.calls == ["modprobe nvidia", "modprobe nvidia_uvm", *STARTS]
