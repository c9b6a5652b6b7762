# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes that outlive the command that started them: they end whole, and nobody else's does."""

from __future__ import annotations

import functools
import http.server
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Callable, Iterator

import pytest

from lab import REPO, LabError
from lab.host import process
from lab.silicon import repository


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "state"
    monkeypatch.setattr(process, "STATE", folder)
    monkeypatch.setattr(repository, "STATE", folder)
    monkeypatch.setattr(repository, "PUBLISHED", folder / "repo")
    return folder


@pytest.fixture
def somebody() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "300"]) as sleeper:
        yield sleeper
        sleeper.kill()


def wait_for(what: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def alive(pid: int) -> bool:
    return process._started(pid) != "0"


def test_what_a_process_started_ends_with_it(tmp_path: Path) -> None:
    child = tmp_path / "child"
    process.start_detached("parent", ["sh", "-c", f"sleep 300 & echo $! >{child}.new; mv {child}.new {child}; wait"])
    wait_for(child.exists)
    assert process.running("parent")
    assert process.stop_detached("parent")
    wait_for(lambda: not alive(int(child.read_text())))
    assert not process.stop_detached("parent")


@pytest.mark.parametrize("started", ["", " 1"], ids=["no start", "another start"])
def test_a_pid_that_was_given_to_somebody_else_is_left_alone(
    state: Path, somebody: subprocess.Popen[bytes], started: str
) -> None:
    state.mkdir()
    (state / "repo.pid").write_text(f"{somebody.pid}{started}\n")
    assert not repository.running()
    repository.stop()
    assert somebody.poll() is None
    assert not (state / "repo.pid").exists()


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number: int = free.getsockname()[1]
        return number


def test_packages_are_served_by_one_process_until_it_is_stopped(port: int) -> None:
    repository.serve("127.0.0.1", port)
    pid = process.running(repository.SERVER)
    assert pid
    repository.serve("127.0.0.1", port)
    assert process.running(repository.SERVER) == pid
    repository.stop()
    assert not repository.running()
    assert repository._made_from("127.0.0.1", port) is None


def test_a_port_that_another_server_has_is_named(state: Path, port: int, tmp_path: Path) -> None:
    """One that serves these very packages will do."""
    (tmp_path / "other").mkdir()
    (tmp_path / "other/made-from").write_text("other sources")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_words: object) -> None:
            """Nobody asked."""

    handler = functools.partial(Quiet, directory=str(tmp_path / "other"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with pytest.raises(LabError, match=f"127.0.0.1:{port} is taken"):
            repository.serve("127.0.0.1", port)
        (state / "repo").mkdir(parents=True)
        (state / "repo/made-from").write_text("other sources")
        repository.serve("127.0.0.1", port)
        assert not repository.running()
        server.shutdown()


def test_a_server_that_cannot_start_says_why() -> None:
    with pytest.raises(LabError, match="Cannot assign requested address"):
        repository.serve("192.0.2.1", 8099)


GO = """#!/bin/sh
case $1 in
  version) echo go version go1.26.8 linux/amd64 ;;
  build) : >"$GOTMPDIR/object"; sleep 300 ;;
esac
"""


def test_the_build_in_the_background_ends_and_leaves_nothing_half_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/go").write_text(GO)
    (tmp_path / "bin/go").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    monkeypatch.setenv("BAREMETAL_GPU_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("BAREMETAL_GPU_BIN", raising=False)
    program = "from lab.cluster.build import background; background()"
    process.start_detached("build", [sys.executable, "-c", program], REPO)
    wait_for(lambda: list((tmp_path / "cache/go").glob("*/object")))
    assert process.stop_detached("build")
    assert [path.name for path in (tmp_path / "cache/go").iterdir()] == ["container-toolkit.lock"]
