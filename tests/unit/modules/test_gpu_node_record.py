# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node remembers: proven sets, each once, and an upgrade under way that keeps its beginning."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .conftest import Run

pytest.importorskip("ansible", reason="the modules need ansible-core")

NAME = "gpu_node_record"


def a(version: str) -> dict[str, Any]:
    return {"driver": {"version": version}}


def versions(done: Any) -> list[str]:
    return [entry["driver"]["version"] for entry in done["proven"]]


def test_reading_writes_nothing(run: Run, tmp_path: Path) -> None:
    done = run(NAME, path=str(tmp_path / "x"))
    assert (done["changed"], done["proven"], done["upgrade"]) == (False, [], {})
    assert not (tmp_path / "x").exists()


def test_the_last_sets_are_kept_each_once(run: Run, tmp_path: Path) -> None:
    for version in ("1", "2", "3", "2", "4"):
        assert run(NAME, path=str(tmp_path), proven=a(version), check=True)["changed"] is True
        assert run(NAME, path=str(tmp_path), proven=a(version))["changed"] is True
    assert versions(run(NAME, path=str(tmp_path))) == ["3", "2", "4"]
    before = (tmp_path / "proven.json").read_bytes()
    assert run(NAME, path=str(tmp_path), proven=a("4"))["changed"] is False
    assert (tmp_path / "proven.json").read_bytes() == before
    assert versions(run(NAME, path=str(tmp_path), proven=a("5"), keep=1)) == ["5"]


def test_a_check_writes_nothing(run: Run, tmp_path: Path) -> None:
    assert run(NAME, path=str(tmp_path), proven=a("1"), upgrade={"to": "1"}, check=True)["changed"] is True
    assert list(tmp_path.iterdir()) == []


def test_an_upgrade_that_goes_on_keeps_where_it_came_from(run: Run, tmp_path: Path) -> None:
    path = str(tmp_path)
    begun = run(NAME, path=path, upgrade={"from": a("1"), "to": "2", "step": "begun"})["upgrade"]
    again = run(NAME, path=path, upgrade={"from": a("half of 2"), "to": "3", "step": "begun"})["upgrade"]
    assert (again["from"], again["to"], again["began"]) == (a("1"), "3", begun["began"])
    assert run(NAME, path=path, upgrade={"from": a("2"), "to": "3", "step": "begun"})["changed"] is False
    assert run(NAME, path=path)["upgrade"]["from"] == a("1")
    assert run(NAME, path=path, upgrade={})["changed"] is True
    assert not (tmp_path / "upgrade.json").exists()
    assert run(NAME, path=path, upgrade={})["changed"] is False


def test_the_end_and_the_proof_are_one_step(run: Run, tmp_path: Path) -> None:
    run(NAME, path=str(tmp_path), upgrade={"from": a("1"), "to": "2"})
    done = run(NAME, path=str(tmp_path), proven=a("2"), upgrade={})
    assert (versions(done), done["upgrade"]) == (["1", "2"], {})
    assert [path.name for path in tmp_path.iterdir()] == ["proven.json"]


@pytest.mark.parametrize("text", ["{", '"x"', "[1]", '{"a": 1}'])
def test_a_record_that_cannot_be_read_is_said_and_kept(run: Run, tmp_path: Path, text: str) -> None:
    (tmp_path / "proven.json").write_text(text)
    done = run(NAME, path=str(tmp_path), proven=a("1"))
    assert done["failed"] is True
    assert str(tmp_path / "proven.json") in done["msg"] and "move it away" in done["msg"]
    assert (tmp_path / "proven.json").read_text() == text


def test_an_upgrade_that_cannot_be_read_is_said(run: Run, tmp_path: Path) -> None:
    (tmp_path / "upgrade.json").write_text("[]x")
    assert "upgrade.json" in run(NAME, path=str(tmp_path))["msg"]
    (tmp_path / "upgrade.json").write_text(json.dumps([1]))
    assert "expected an object" in run(NAME, path=str(tmp_path))["msg"]


def test_what_cannot_be(run: Run, tmp_path: Path) -> None:
    assert "at least 1" in run(NAME, path=str(tmp_path), keep=0)["msg"]
    (tmp_path / "file").write_text("")
    assert "cannot be" in run(NAME, path=str(tmp_path / "file"), proven=a("1"))["msg"]


def test_what_an_upgrade_came_from_is_remembered_with_its_proof(run: Run, tmp_path: Path) -> None:
    run(NAME, path=str(tmp_path), upgrade={"from": a("1"), "to": "2"})
    assert versions(run(NAME, path=str(tmp_path), proven=a("2"), upgrade={})) == ["1", "2"]
    run(NAME, path=str(tmp_path), upgrade={"from": a("2"), "to": "1"})
    assert versions(run(NAME, path=str(tmp_path), proven=a("1"), upgrade={})) == ["2", "1"]


def test_what_was_proven_is_forgotten_and_what_is_under_way_is_not(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "x"
    run(NAME, path=str(folder), proven=a("1"), upgrade={"from": a("1"), "to": "2"})
    assert run(NAME, path=str(folder), state="absent", check=True)["changed"] is True
    assert versions(run(NAME, path=str(folder), state="absent")) == []
    assert [one.name for one in folder.iterdir()] == ["upgrade.json"]
    assert run(NAME, path=str(folder), upgrade={})["changed"] is True
    assert not folder.exists()
    assert run(NAME, path=str(folder), state="absent")["changed"] is False
