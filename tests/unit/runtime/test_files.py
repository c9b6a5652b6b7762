# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of a daemon: written in one step, or put back."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import GpuError, ParseError
from ansible_collections.baremetal.gpu.plugins.module_utils._runtime import files
from ansible_collections.baremetal.gpu.plugins.module_utils._runtime.files import FileChange

from .nodes import DockerNode, tree


def test_a_file_appears_in_one_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "etc" / "daemon.json"
    seen: list[tuple[str, str | None]] = []
    rename = os.rename

    def watched(source: str, target: str) -> None:
        seen.append((Path(source).read_text(), place.read_text() if place.exists() else None))
        assert Path(source).parent == place.parent
        rename(source, target)

    monkeypatch.setattr(os, "rename", watched)
    files.write(str(place), "one")
    files.write(str(place), "two")
    assert seen == [("one", None), ("two", "one")]
    assert tree(tmp_path) == {"etc/daemon.json": ("two", 0o644)}


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o444])
def test_the_mode_is_kept(tmp_path: Path, mode: int) -> None:
    place = tmp_path / "file"
    place.write_text("one")
    place.chmod(mode)
    files.write(str(place), "two")
    assert tree(tmp_path) == {"file": ("two", mode)}


def test_the_owner_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "file"
    place.write_text("one")
    owned: list[Any] = []
    monkeypatch.setattr(os, "chown", lambda path, uid, gid: owned.append((Path(path).parent, uid, gid)))
    files.write(str(place), "two")
    assert owned == [(tmp_path, place.stat().st_uid, place.stat().st_gid)]


def test_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("one")
    (tmp_path / "link").symlink_to("real")
    files.write(str(tmp_path / "link"), "two")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "two"


def test_a_step_that_fails_leaves_no_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "file"
    place.write_text("one")

    def full(_source: str, _target: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "rename", full)
    with pytest.raises(OSError, match="No space left"):
        files.write(str(place), "two")
    assert tree(tmp_path) == {"file": ("one", 0o644)}


def test_removing_what_is_not_there_is_nothing(tmp_path: Path) -> None:
    files.write(str(tmp_path / "no" / "file"), None)
    assert list(tmp_path.iterdir()) == []


def test_reading(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"a\r\nb\n")
    assert files.read(str(tmp_path / "file")) == "a\r\nb\n"
    assert files.read(str(tmp_path / "no")) is None
    (tmp_path / "latin").write_bytes(b"ab\xe9")
    with pytest.raises(ParseError, match="latin, byte 2: not UTF-8"):
        files.read(str(tmp_path / "latin"))
    with pytest.raises(GpuError, match="cannot be read: Is a directory"):
        files.read(str(tmp_path))


@pytest.mark.parametrize(
    ("before", "after", "action"),
    [(None, "x", "create"), ("x", "y", "change"), ("x", None, "remove"), ("", "x", "change")],
)
def test_actions(before: str | None, after: str | None, action: str) -> None:
    change = FileChange("/x", before, after)
    assert change.action == action
    assert files.changes([change, FileChange("/y", after, after)]) == [change]


def test_files_that_cannot_all_be_written_are_all_put_back(
    docker_node: DockerNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = docker_node.put("/etc/one", "1", mode=0o600), docker_node.top / "etc" / "two"
    rename = os.rename

    def second_fails(source: str, target: str) -> None:
        if target == str(two):
            raise OSError(28, "No space left on device", target)
        rename(source, target)

    monkeypatch.setattr(os, "rename", second_fails)
    todo = [FileChange(str(one), "1", None), FileChange(str(two), None, "2")]
    with pytest.raises(GpuError, match=r"docker\.service cannot be written: .*No space left.* They were put back"):
        files.carry_out(todo, docker_node, "docker.service", lambda: None, 5.0)
    assert tree(docker_node.top) == {"etc/one": ("1", 0o600)}
    assert docker_node.restarts == 0


def test_a_file_that_was_removed_comes_back_with_its_mode(docker_node: DockerNode) -> None:
    place = docker_node.put(docker_node.config, '{"a": 1}', mode=0o600)
    todo = [FileChange(str(place), '{"a": 1}', None)]
    with pytest.raises(GpuError, match=r"configuration: not yet\. docker\.service is up again"):
        files.carry_out(todo, docker_node, "docker.service", lambda: "not yet", 5.0)
    assert tree(docker_node.top) == {"etc/docker/daemon.json": ('{"a": 1}', 0o600)}
    assert (docker_node.running, docker_node.restarts) == ({"a": 1}, 2)
