# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""nvidia-persistenced in the flavours of its unit, under a systemd that reads units as systemd does."""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Sequence

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._compare import persistence
from ansible_collections.baremetal.gpu.plugins.module_utils._runner import Result

from ..runtime.fixtures import relocate
from ..runtime.nodes import OK, tree
from .conftest import MODULES, Run

pytest.importorskip("ansible", reason="the modules need ansible-core")

NAME = "persistence_daemon"
UNIT = persistence.UNIT
UBUNTU = "/usr/bin/nvidia-persistenced --user nvidia-persistenced --no-persistence-mode --verbose"
CUDA = "/usr/bin/nvidia-persistenced --user nvidia-persistenced --persistence-mode --verbose"
BARE = "/usr/bin/nvidia-persistenced --verbose"


@dataclass
class Systemd:
    """One unit; a drop-in counts once systemd has read it."""

    place: Path
    command: str | None
    """None: no such unit"""
    install: bool
    linked: bool = False
    running: str | None = None
    masked: bool = False
    read: str = ""
    calls: list[str] = field(default_factory=list)
    fails: dict[str, Result] = field(default_factory=dict)

    def reload(self) -> None:
        self.read = self.place.read_text() if self.place.exists() else ""

    @property
    def effective(self) -> str:
        commands = [line[10:] for line in self.read.splitlines() if line.startswith("ExecStart=") and line[10:]]
        return commands[-1] if commands else self.command or ""

    def state(self) -> str:
        if self.linked:
            return "enabled"
        on_disk = self.place.read_text() if self.place.exists() else ""
        return "disabled" if self.install or "[Install]" in on_disk else "static"

    def show(self) -> str:
        load = "masked" if self.masked else "loaded" if self.command else "not-found"
        active = "active" if self.running else "inactive"
        text = f"Id={UNIT}\nLoadState={load}\nActiveState={active}\nFragmentPath=/lib/systemd/system/{UNIT}\n"
        text += f"UnitFileState={self.state() if self.command else ''}\nDropInPaths={self.place if self.read else ''}\n"
        if self.command:
            argv = f"path=/usr/bin/nvidia-persistenced ; argv[]={self.effective} ; ignore_errors=no ; pid=0"
            text += f"ExecStart={{ {argv} }}\n"
        return text

    def run(self, argv: Sequence[str], *, timeout: float = 30.0) -> Result:
        assert argv[0] == "systemctl"
        verb = argv[1]
        if verb == "show":
            return Result(0, self.show(), "")
        self.calls.append(verb)
        if verb in self.fails:
            return self.fails[verb]
        if not self.command and verb != "daemon-reload":
            return Result(1, "", f"Failed to {verb} unit: Unit file {UNIT} does not exist.\n")
        if verb == "enable":
            self.linked = self.linked or self.state() == "disabled"
        elif verb == "disable":
            self.linked = False
        elif verb == "restart":
            self.running = self.effective
            return OK
        self.reload()
        return OK


@pytest.fixture
def top(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    top = tmp_path / "node"
    (top / "sys/module/nvidia").mkdir(parents=True)
    (top / "sys/module/nvidia/initstate").write_text("live\n")
    module = importlib.import_module(f"{MODULES}.{NAME}")
    for holder in (persistence, module):
        relocate(monkeypatch, holder, top)
    monkeypatch.setattr(module, "LOADED", str(top / "sys/module/nvidia/initstate"))
    return top


def systemd(monkeypatch: pytest.MonkeyPatch, command: str | None, *, install: bool = False, **more: Any) -> Systemd:
    made = Systemd(Path(persistence.DROPIN), command, install, **more)
    monkeypatch.setattr(importlib.import_module(f"{MODULES}.{NAME}"), "SubprocessRunner", lambda: made)
    return made


def apply(run: Run, made: Systemd, top: Path) -> Any:
    """Check mode first, which tells the same and does nothing."""
    before, running = tree(top), made.running
    told = run(NAME, check=True)
    assert (tree(top), made.calls, made.running) == (before, [], running)
    done = run(NAME)
    assert {key: told[key] for key in ("changed", "actions", "drop_in", "diff")} == {
        key: done[key] for key in ("changed", "actions", "drop_in", "diff")
    }
    return done


@dataclass(frozen=True)
class Case:
    """A unit as its package brought it, and what is to be done."""

    command: str
    install: bool
    linked: bool
    running: str | None
    wanted: str
    steps: tuple[str, ...]


ALL = ("write drop-in", "enable", "restart")
FLAVOURS = {
    "Ubuntu, static": Case(UBUNTU, False, False, None, CUDA, ALL),
    "mode off, enabled": Case(UBUNTU, True, True, UBUNTU, CUDA, ("write drop-in", "restart")),
    "CUDA, as it should be": Case(CUDA, True, True, CUDA, CUDA, ()),
    "CUDA, disabled": Case(CUDA, True, False, CUDA, CUDA, ("enable",)),
    "CUDA, stopped": Case(CUDA, True, True, None, CUDA, ("restart",)),
    "bare, static": Case(BARE, False, False, BARE, BARE.replace("--v", "--persistence-mode --v"), ALL),
}


@pytest.mark.parametrize("case", FLAVOURS.values(), ids=FLAVOURS)
def test_persistence_mode_in_every_flavour(run: Run, top: Path, monkeypatch: pytest.MonkeyPatch, case: Case) -> None:
    made = systemd(monkeypatch, case.command, install=case.install, linked=case.linked, running=case.running)
    done = apply(run, made, top)
    assert (done["changed"], done["actions"]) == (bool(case.steps), list(case.steps))
    assert (made.running, made.state()) == (case.wanted, "enabled")
    assert made.place.exists() is ("write drop-in" in case.steps)
    if made.place.exists():
        assert (done["drop_in"], made.place.stat().st_mode & 0o777) == (made.place.read_text(), 0o644)
        assert "[Unit]\nStopWhenUnneeded=false\n" in made.place.read_text()
    made.calls.clear()
    again = run(NAME)
    assert (again["changed"], again["actions"], made.calls) == (False, [], [])


@pytest.mark.parametrize("case", FLAVOURS.values(), ids=FLAVOURS)
def test_before_the_driver_is_loaded_nothing_is_started(
    run: Run, top: Path, monkeypatch: pytest.MonkeyPatch, case: Case
) -> None:
    (top / "sys/module/nvidia/initstate").unlink()
    made = systemd(monkeypatch, case.command, install=case.install, linked=case.linked)
    done = apply(run, made, top)
    assert done["actions"] == [step for step in case.steps if step != "restart"]
    assert (made.running, made.state(), made.effective) == (None, "enabled", case.wanted)


@pytest.mark.parametrize("case", FLAVOURS.values(), ids=FLAVOURS)
def test_absent_leaves_the_unit_as_its_package_brought_it(
    run: Run, top: Path, monkeypatch: pytest.MonkeyPatch, case: Case
) -> None:
    made = systemd(monkeypatch, case.command, install=case.install, linked=case.linked)
    before, state = tree(top), made.state()
    run(NAME)
    told = run(NAME, check=True, state="absent")
    done = run(NAME, state="absent")
    ours = "write drop-in" in case.steps
    assert (told["changed"], done["changed"]) == (ours, ours)
    assert told["actions"] == done["actions"] == (["disable", "remove drop-in"] if ours else [])
    assert tree(top) == before
    assert made.effective == case.command
    if ours and not case.install:
        assert made.state() == state
    assert run(NAME, state="absent")["changed"] is False


def test_without_the_unit(run: Run, top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    systemd(monkeypatch, None)
    told = run(NAME, check=True)
    assert (told["changed"], "enable" in told["actions"]) == (True, True)
    msg = run(NAME)["msg"]
    assert msg.startswith(
        f"{UNIT} is not-found: expected the unit that the driver's packages bring. Run role nvidia_dr"
    )
    for check in (True, False):
        assert run(NAME, check=check, state="absent")["changed"] is False
    assert list(tree(top)) == ["sys/module/nvidia/initstate"]


def test_a_masked_unit_is_not_mended_by_the_driver(run: Run, top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    systemd(monkeypatch, CUDA, install=True, masked=True)
    assert run(NAME)["msg"].endswith(f"Run systemctl unmask {UNIT}")
    assert list(tree(top)) == ["sys/module/nvidia/initstate"]


def test_absent_after_the_driver_has_gone_removes_the_drop_in(
    run: Run, top: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = systemd(monkeypatch, UBUNTU)
    run(NAME)
    made.command = None
    done = run(NAME, state="absent")
    assert (done["changed"], done["actions"], made.place.exists()) == (True, ["remove drop-in"], False)
    assert run(NAME, state="absent")["changed"] is False


def test_a_drop_in_that_systemd_has_not_read_is_one_to_write(
    run: Run, top: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a run leaves it that ended between the file and the reload."""
    made = systemd(monkeypatch, UBUNTU)
    run(NAME)
    made.read, made.running = "", UBUNTU
    assert run(NAME)["actions"] == ["write drop-in", "restart"]
    assert made.running == CUDA


@pytest.mark.parametrize("verb", ["daemon-reload", "enable", "restart"])
def test_what_systemctl_says_is_said(run: Run, top: Path, monkeypatch: pytest.MonkeyPatch, verb: str) -> None:
    made = systemd(monkeypatch, UBUNTU, fails={verb: Result(1, "", "Access denied\n")})
    msg = run(NAME)["msg"]
    assert msg.startswith(f"systemctl {verb}")
    assert msg.endswith("failed with rc 1: Access denied")
    made.fails.clear()
    run(NAME)
    assert (made.running, made.state()) == (CUDA, "enabled")
