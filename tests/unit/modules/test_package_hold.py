# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds on packages, found through dpkg's database."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import IO, ContextManager, Sequence

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.dpkg import QUERY
from ansible_collections.baremetal.gpu.plugins.module_utils._root import Root
from ansible_collections.baremetal.gpu.plugins.module_utils._runner import NOT_FOUND, Result

from ..observe.fakes import make_root
from ..runtime.nodes import OK
from .conftest import MODULES, Run

pytest.importorskip("ansible", reason="the modules need ansible-core")

NAME = "package_hold"
DRIVER_VERSION = "580.159.04-1"
ROWS = (
    # status, name, version, source, depends
    ("ii ", "nvidia-driver-cuda", DRIVER_VERSION, "nvidia-graphics-drivers", "libc6"),
    ("hi ", "libcuda1", DRIVER_VERSION, "nvidia-graphics-drivers", "libc6"),
    ("ii ", "libsomething-new", DRIVER_VERSION, "something-new", "libc6"),
    ("ii ", "vendor-glue", "7.1-2", "vendor-glue", "libc6, libsomething-new (= 580.159.04-1)"),
    ("rc ", "nvidia-persistenced", DRIVER_VERSION, "nvidia-persistenced", ""),
    ("ii ", "libnvidia-container1", "1.20.0-1", "libnvidia-container", ""),
    ("ii ", "nvidia-container-toolkit", "1.20.0-1", "nvidia-container-toolkit", ""),
    ("hi ", "nvidia-container-toolkit-base", "1.20.0-1", "nvidia-container-toolkit", ""),
    ("ii ", "nvidia-driver-pinning-580", "580-1", "nvidia-driver-pinning-580", ""),
    ("hi ", "libc6", "2.36-9", "glibc", ""),
    ("ii ", "user-of-libc", "1.0-1", "user-of-libc", "libc6 (= 2.36-9)"),
)
DRIVER = ["libcuda1", "libsomething-new", "nvidia-driver-cuda", "vendor-glue"]
"""By name, by source, by the driver's version alone, and tied to one of these by `(= version)`."""
TOOLKIT = ["libnvidia-container1", "nvidia-container-toolkit", "nvidia-container-toolkit-base"]


class Dpkg:
    """dpkg's database, which apt-mark changes."""

    def __init__(self) -> None:
        self.status = {row[1]: row[0] for row in ROWS}
        self.calls: list[list[str]] = []
        self.query: Result | None = None
        self.mark: Result | None = None

    def held(self) -> list[str]:
        return sorted(name for name, status in self.status.items() if status.startswith("h"))

    def run(self, argv: Sequence[str], *, timeout: float = 30.0) -> Result:
        if tuple(argv) == QUERY:
            rows = [
                f"{self.status[name]}\t{name}\tall\t{version}\t{source}\t{version}\t\t{depends}\n"
                for _status, name, version, source, depends in ROWS
            ]
            return self.query or Result(0, "".join(rows), "")
        if argv[0] != "apt-mark":
            return Result(NOT_FOUND, "", f"{argv[0]}: No such file or directory")
        self.calls.append(list(argv[1:]))
        if self.mark:
            return self.mark
        for name in argv[2:]:
            self.status[name] = ("h" if argv[1] == "hold" else "i") + self.status[name][1:]
        return OK

    def stream(self, argv: Sequence[str], stdin: IO[bytes]) -> ContextManager[IO[bytes]]:
        raise AssertionError(f"nothing here filters a file through {argv[0]}")


@pytest.fixture
def dpkg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Dpkg:
    make_root(tmp_path, {"/usr/bin/dpkg-query": ""})
    made = Dpkg()
    module = importlib.import_module(f"{MODULES}.{NAME}")
    monkeypatch.setattr(module, "Root", lambda: Root(str(tmp_path)))
    monkeypatch.setattr(module, "SubprocessRunner", lambda: made)
    return made


@pytest.mark.parametrize(
    ("stack", "state", "changing", "held"),
    [
        ("nvidia_driver", "held", [name for name in DRIVER if name != "libcuda1"], DRIVER),
        ("nvidia_driver", "unheld", ["libcuda1"], []),
        ("nvidia_container_toolkit", "held", TOOLKIT[:2], TOOLKIT),
        ("nvidia_container_toolkit", "unheld", TOOLKIT[2:], []),
    ],
)
def test_exactly_the_stack_in_one_call(
    run: Run, dpkg: Dpkg, stack: str, state: str, changing: list[str], held: list[str]
) -> None:
    before, verb = dpkg.held(), "hold" if state == "held" else "unhold"
    told = run(NAME, check=True, stack=stack, state=state)
    assert (told["changed"], told["changed_packages"], dpkg.calls, dpkg.held()) == (True, changing, [], before)
    done = run(NAME, stack=stack, state=state)
    assert (done["changed"], done["changed_packages"], done["held"]) == (True, changing, held)
    assert done["diff"] == told["diff"]
    assert dpkg.calls == [[verb, *changing]]
    wanted = {*before, *changing} if verb == "hold" else set(before) - set(changing)
    assert dpkg.held() == sorted(wanted)
    again = run(NAME, stack=stack, state=state)
    assert (again["changed"], again["changed_packages"], len(dpkg.calls)) == (False, [], 1)


def test_held_is_the_default_and_the_diff_says_what_changes(run: Run, dpkg: Dpkg) -> None:
    diff = run(NAME, stack="nvidia_container_toolkit")["diff"]
    assert diff["before"] == (
        "libnvidia-container1 install\nnvidia-container-toolkit install\nnvidia-container-toolkit-base hold\n"
    )
    assert diff["after"] == diff["before"].replace("install", "hold")
    assert set(TOOLKIT) <= set(dpkg.held())


def test_nothing_installed_is_nothing_to_hold(run: Run, dpkg: Dpkg) -> None:
    dpkg.status = dict.fromkeys(dpkg.status, "rc ")
    result = run(NAME, stack="nvidia_driver")
    assert (result["changed"], result["held"], dpkg.calls) == (False, [], [])


@pytest.mark.parametrize(
    ("query", "says"),
    [
        (Result(2, "", "dpkg-query: error: status database is damaged\n"), "return code 2: dpkg-query: error: status"),
        (Result(0, "half a line\n", ""), "dpkg-query -W, line 1: expected 8 fields"),
        (Result(-9, "", "", timed_out=True), "timed out"),
    ],
)
def test_a_database_that_cannot_be_read_is_an_error(run: Run, dpkg: Dpkg, query: Result, says: str) -> None:
    dpkg.query = query
    assert says in run(NAME, stack="nvidia_driver")["msg"]
    assert dpkg.calls == []


def test_no_dpkg_is_an_error(run: Run, dpkg: Dpkg, tmp_path: Path) -> None:
    (tmp_path / "usr/bin/dpkg-query").unlink()
    assert "no dpkg here" in run(NAME, stack="nvidia_driver")["msg"]


def test_what_apt_mark_says_is_said(run: Run, dpkg: Dpkg) -> None:
    dpkg.mark = Result(100, "", "E: Could not open lock file\n")
    assert run(NAME, stack="nvidia_driver")["msg"] == "apt-mark failed with rc 100: E: Could not open lock file"
