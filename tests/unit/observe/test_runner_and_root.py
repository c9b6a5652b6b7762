# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real processes and real files."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import CommandError
from ansible_collections.baremetal.gpu.plugins.module_utils._root import Root
from ansible_collections.baremetal.gpu.plugins.module_utils._runner import SubprocessRunner

from .fakes import make_root

RUNNER = SubprocessRunner()


def test_output_and_return_code() -> None:
    seen = RUNNER.run(["sh", "-c", "echo out; echo err >&2; exit 3"])
    assert (seen.rc, seen.out, seen.err, seen.timed_out) == (3, "out\n", "err\n", False)


def test_the_language_is_fixed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    assert RUNNER.run(["sh", "-c", "echo $LC_ALL"]).out == "C\n"


def test_bytes_that_are_no_text() -> None:
    assert RUNNER.run(["printf", r"a\377b"]).out == "a\ufffdb"


def test_a_missing_command_is_a_result() -> None:
    seen = RUNNER.run(["no-such-command-at-all"])
    assert (seen.rc, seen.timed_out) == (127, False)
    assert seen.err == "no-such-command-at-all: No such file or directory"


def test_a_command_runs_while_something_else_is_done(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    wait = RUNNER.start(["sh", "-c", f"touch {mark}; echo out"], timeout=20.0)
    deadline = time.monotonic() + 10
    while not mark.exists():
        assert time.monotonic() < deadline, "it does not run before somebody waits"
        time.sleep(0.01)
    assert wait().out == "out\n"
    assert RUNNER.start(["no-such-command-at-all"])().rc == 127


def test_a_started_command_s_time_counts_from_its_start() -> None:
    wait = RUNNER.start(["sh", "-c", "echo said; sleep 60"], timeout=0.3)
    time.sleep(0.4)
    start = time.monotonic()
    seen = wait()
    assert (seen.timed_out, seen.out) == (True, "said\n")
    assert time.monotonic() - start < 5


def test_a_started_command_may_say_more_than_a_pipe_holds() -> None:
    wait = RUNNER.start(["sh", "-c", "head -c 1000000 /dev/zero | tr '\\0' x"], timeout=20.0)
    time.sleep(0.1)
    assert len(wait().out) == 1_000_000


def test_a_hang_is_a_result_and_leaves_nothing_behind(tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    start = time.monotonic()
    seen = RUNNER.run(["sh", "-c", f"echo said; sleep 60 & echo $! >{mark}; wait"], timeout=0.5)
    assert seen.timed_out
    assert seen.out == "said\n"
    assert time.monotonic() - start < 5
    child = int(mark.read_text())
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and Path(f"/proc/{child}/stat").exists():
        if Path(f"/proc/{child}/stat").read_text().split()[2] == "Z":
            break
        time.sleep(0.05)
    else:
        assert not Path(f"/proc/{child}").exists()


def test_a_grandchild_that_keeps_the_pipe_is_let_go() -> None:
    start = time.monotonic()
    seen = RUNNER.run(["sh", "-c", "echo said; setsid sleep 6 & exit 0"], timeout=0.3)
    assert seen.timed_out
    assert time.monotonic() - start < 5


def test_stream(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"skipped-abc")
    with (tmp_path / "file").open("rb", buffering=0) as file:
        file.read(8)
        with RUNNER.stream(["tr", "a-c", "A-C"], file) as filtered:
            assert filtered.read() == b"ABC"


def test_a_stream_that_is_left_early_is_no_failure() -> None:
    with Path("/dev/zero").open("rb", buffering=0) as file, RUNNER.stream(["cat"], file) as filtered:
        assert filtered.read(3) == b"\0\0\0"


def test_a_stream_that_fails() -> None:
    with Path(os.devnull).open("rb", buffering=0) as file:
        with pytest.raises(CommandError, match="return code 3"), RUNNER.stream(["sh", "-c", "exit 3"], file):
            pass
        with pytest.raises(CommandError, match="No such file"), RUNNER.stream(["no-such-command-at-all"], file):
            pass


def test_files(tmp_path: Path) -> None:
    root = make_root(tmp_path, {"/a/b": "x\n", "/a/link": "-> b", "/a/dir": None, "/a/bin": b"\xff"})
    assert root.text("/a/b") == "x\n"
    assert root.line("/a/b") == "x"
    assert root.text("/a/bin") == "\ufffd"
    assert root.listdir("/a") == ["b", "bin", "dir", "link"]
    assert root.readlink("/a/link") == "b"
    assert root.exists("/a/link")
    assert root.isdir("/a/dir")
    assert not root.isdir("/a/b")
    assert (root.stat("/a/b") or Path("/").stat()).st_size == 2
    opened = root.open("/a/b")
    assert opened is not None
    with opened:
        assert opened.read() == b"x\n"
    assert isinstance(root.free_mib("/a"), int)
    assert root.unreadable == []


def test_what_is_absent_is_no_trouble(tmp_path: Path) -> None:
    root = Root(str(tmp_path))
    assert root.text("/no") is None
    assert root.line("/no") is None
    assert root.listdir("/no") == []
    assert root.readlink("/no") is None
    assert root.stat("/no") is None
    assert root.open("/no") is None
    assert root.free_mib("/no") is None
    assert not root.exists("/no")
    assert root.unreadable == []


def test_what_cannot_be_read_is_noted(tmp_path: Path) -> None:
    root = make_root(tmp_path, {"/dir": None})
    assert root.text("/dir") is None
    assert root.open("/dir") is None
    assert root.unreadable == ["/dir"]
