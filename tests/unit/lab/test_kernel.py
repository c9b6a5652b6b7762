# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The machine's kernel is as it was when the last lab is gone."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.host import kernel


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in (("INSTANCES", "limit"), ("CGROUPS", "cgroup"), ("FORMER", "former")):
        monkeypatch.setattr(kernel, name, tmp_path / value)
    (tmp_path / "limit").write_text("128\n")
    (tmp_path / "cgroup/memory").mkdir(parents=True)
    return tmp_path


def test_the_limit_and_the_cgroups_of_pods_go(machine: Path) -> None:
    kernel.change()
    kernel.change()
    assert (machine / "limit").read_text() == "1024\n"
    (machine / "cgroup/memory/k8s.io/pod/container").mkdir(parents=True)
    kernel.take_back()
    assert (machine / "limit").read_text() == "128\n"
    assert [path.name for path in (machine / "cgroup").rglob("*")] == ["memory"]
    assert not (machine / "former").exists()


def test_what_was_there_before_stays(machine: Path) -> None:
    (machine / "limit").write_text("8192\n")
    (machine / "cgroup/memory/k8s.io/mine").mkdir(parents=True)
    kernel.change()
    kernel.take_back()
    assert (machine / "limit").read_text() == "8192\n"
    assert (machine / "cgroup/memory/k8s.io/mine").exists()


def test_what_somebody_set_or_uses_since_stays(machine: Path) -> None:
    kernel.change()
    (machine / "limit").write_text("2048\n")
    (machine / "cgroup/k8s.io/used").mkdir(parents=True)
    (machine / "cgroup/k8s.io/used/process").touch()
    kernel.take_back()
    assert (machine / "limit").read_text() == "2048\n"
    assert (machine / "cgroup/k8s.io/used/process").exists()


def test_without_a_note_nothing_is_taken_back(machine: Path) -> None:
    (machine / "limit").write_text("1024\n")
    kernel.take_back()
    assert (machine / "limit").read_text() == "1024\n"
