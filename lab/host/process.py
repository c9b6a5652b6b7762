# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running commands, and processes that outlive the command that started them."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lab import STATE, LabError

TAIL = 15
_OURS: list[subprocess.Popen[bytes]] = []
"""Detached processes: Python complains of one that it forgets while it runs."""


@dataclass(frozen=True)
class Result:
    rc: int
    out: str
    err: str


def try_run(
    argv: Sequence[str], *, stdin: str | bytes = b"", env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> Result:
    """Run to the end and report; a missing program is rc 127 as in a shell."""
    try:
        done = subprocess.run(
            argv,
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            env={**os.environ, "LC_ALL": "C", **(env or {})},
            cwd=cwd,
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        return Result(127, "", f"{argv[0]}: not found")
    return Result(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))


def run(
    argv: Sequence[str],
    step: str,
    *,
    stdin: str | bytes = b"",
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> str:
    """Run to the end; its output, or LabError with the last lines that it said."""
    result = try_run(argv, stdin=stdin, env=env, cwd=cwd)
    if result.rc != 0:
        said = (result.err.strip() or result.out.strip()).splitlines()[-TAIL:]
        raise LabError(step, f"`{' '.join(argv)}` ended with {result.rc}:\n    " + "\n    ".join(said))
    return result.out


def start_detached(name: str, argv: Sequence[str], cwd: Path = Path("/")) -> int:
    """Start a process that survives this one; log and pid lie in .lab/."""
    STATE.mkdir(exist_ok=True)
    with (STATE / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=cwd, start_new_session=True
        )
    _OURS.append(process)
    pid_file(name).write_text(f"{process.pid} {_started(process.pid)}\n")
    return process.pid


def pid_file(name: str) -> Path:
    return STATE / f"{name}.pid"


def running(name: str) -> int | None:
    """The pid of a detached process, if the process behind the pid is still the one that was started."""
    try:
        pid, started = pid_file(name).read_text().split()
    except (OSError, ValueError):
        return None
    return int(pid) if started != "0" and _started(int(pid)) == started else None


def stop_detached(name: str, patience: float = 20.0) -> bool:
    """End a process that start_detached started, and those that it started; False when there was none."""
    pid = running(name)
    if pid is None:
        pid_file(name).unlink(missing_ok=True)
        return False
    os.killpg(pid, signal.SIGTERM)
    deadline = time.monotonic() + patience
    while running(name) is not None and time.monotonic() < deadline:
        time.sleep(0.1)
    if running(name) is not None:
        os.killpg(pid, signal.SIGKILL)
    pid_file(name).unlink(missing_ok=True)
    return True


def _started(pid: int) -> str:
    """Start time in ticks since boot, "0" for a process that is gone or a zombie: pids are reused, pairs are not."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return "0"
    return "0" if fields[0] == "Z" else fields[19]
