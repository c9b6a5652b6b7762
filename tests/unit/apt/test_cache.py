# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Versions that no source has any more are installed from what apt has kept."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ansible_collections.baremetal.gpu.plugins.module_utils._apt.cache import ARCHIVES, WithCache, kept
from ansible_collections.baremetal.gpu.plugins.module_utils._root import Root
from ansible_collections.baremetal.gpu.plugins.module_utils._runner import Result

from ..observe.fakes import make_root

FILES = (
    "libcuda1_580.105.08-1_amd64.deb",
    "libcuda1_580.159.04-1_amd64.deb",
    "nvidia-driver-cuda_1%3a580.105.08-1_amd64.deb",
    "lock",
    "partial",
    "hello_2.10_amd64.deb",
)
MADISON = "libcuda1 | 580.159.04-1 | http://mirror ./ Packages\n"


class Apt:
    """Remembers what it was asked."""

    def __init__(self, rc: int = 0) -> None:
        self.rc = rc
        self.asked: list[list[str]] = []

    def run(self, argv: Sequence[str], *, timeout: float = 30.0) -> Result:
        self.asked.append(list(argv))
        return Result(self.rc, MADISON if argv[0] == "apt-cache" else "", "")

    def stream(self, argv: Sequence[str], stdin: Any) -> Any:
        return (argv, stdin)


def node(tmp_path: Path, apt: Apt) -> WithCache:
    make_root(tmp_path, {f"{ARCHIVES}/{name}": "" for name in FILES})
    return WithCache(apt, Root(str(tmp_path)))


def test_what_is_kept(tmp_path: Path) -> None:
    make_root(tmp_path, {f"{ARCHIVES}/{name}": "" for name in FILES})
    assert kept(Root(str(tmp_path))) == {
        ("libcuda1", "580.105.08-1"): f"{ARCHIVES}/{FILES[0]}",
        ("libcuda1", "580.159.04-1"): f"{ARCHIVES}/{FILES[1]}",
        ("nvidia-driver-cuda", "1:580.105.08-1"): f"{ARCHIVES}/{FILES[2]}",
        ("hello", "2.10"): f"{ARCHIVES}/{FILES[5]}",
    }
    assert kept(Root(str(tmp_path / "none"))) == {}


def test_it_is_offered_after_what_the_sources_have(tmp_path: Path) -> None:
    seen = node(tmp_path, Apt()).run(["apt-cache", "madison", "libcuda1", "nvidia-driver-cuda"])
    assert [line.split(" | ")[:2] for line in seen.out.splitlines()] == [
        ["libcuda1", "580.159.04-1"],
        ["nvidia-driver-cuda", "1:580.105.08-1"],
        ["libcuda1", "580.105.08-1"],
    ]


def test_it_is_installed_by_its_path_and_nothing_else_is(tmp_path: Path) -> None:
    apt = Apt()
    runner = node(tmp_path, apt)
    given = ["apt-get", "--simulate", "install", "libcuda1=580.105.08-1", "libcuda1=580.159.04-1", "old-", "x=1"]
    runner.run(given)
    assert apt.asked[-1] == given, "nobody has asked for versions yet"
    runner.run(["apt-cache", "madison", "libcuda1"])
    runner.run(given)
    assert apt.asked[-1][3:] == [f"{ARCHIVES}/{FILES[0]}", "libcuda1=580.159.04-1", "old-", "x=1"]
    runner.run(["apt-mark", "hold", "libcuda1"])
    assert apt.asked[-1] == ["apt-mark", "hold", "libcuda1"]


def test_a_failure_is_passed_on(tmp_path: Path) -> None:
    runner = node(tmp_path, Apt(rc=100))
    assert runner.run(["apt-cache", "madison", "libcuda1"]) == Result(100, MADISON, "")
    stream: Any = runner.stream
    assert stream(["cat"], None) == (["cat"], None)
