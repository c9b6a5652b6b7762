# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run commands. Private to the collection."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import time
from contextlib import contextmanager, suppress
from typing import IO, Callable, ContextManager, Iterator, Protocol, Sequence

from ._dataclass import dataclass
from ._errors import CommandError

NOT_FOUND = 127
"""Return code for a missing command, as in the shell."""


@dataclass(frozen=True)
class Result:
    """What a command left behind."""

    rc: int
    out: str
    err: str
    timed_out: bool = False


class Runner(Protocol):
    """How the look runs commands; tests give it recorded answers."""

    def run(self, argv: Sequence[str], *, timeout: float = 30.0) -> Result:
        """Run a command to its end and return what it printed; a failure is a result, not an exception."""

    def stream(self, argv: Sequence[str], stdin: IO[bytes]) -> ContextManager[IO[bytes]]:
        """Filter an open file through a command; raise CommandError if it cannot be started or fails."""


class Starter(Runner, Protocol):
    """A runner whose commands can go on while something else is looked at."""

    def start(self, argv: Sequence[str], *, timeout: float = 30.0) -> Callable[[], Result]:
        """Start a command; what is returned waits for its end. The timeout counts from here."""


_PATH = "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin"


def _environment() -> dict[str, str]:
    return dict(os.environ, LC_ALL="C", LANGUAGE="C", PATH="{}:{}".format(os.environ.get("PATH", ""), _PATH))


class SubprocessRunner:
    """The real one."""

    def run(self, argv: Sequence[str], *, timeout: float = 30.0) -> Result:
        return self.start(argv, timeout=timeout)()

    def start(self, argv: Sequence[str], *, timeout: float = 30.0) -> Callable[[], Result]:
        deadline = time.monotonic() + timeout
        try:
            process = subprocess.Popen(  # pylint: disable=ansible-bad-function  # no module here, and a timeout
                list(argv),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=_environment(),
                start_new_session=True,
            )
        except OSError as exc:
            missing = Result(NOT_FOUND, "", f"{argv[0]}: {exc.strerror}")
            return lambda: missing
        return lambda: self._end(process, deadline)

    def _end(self, process: subprocess.Popen[bytes], deadline: float) -> Result:
        try:
            out, err = process.communicate(timeout=max(0.0, deadline - time.monotonic()))
            timed_out = False
        except subprocess.TimeoutExpired:
            out, err = self._give_up(process)
            timed_out = True
        rc = -signal.SIGKILL if timed_out else process.returncode
        return Result(rc, out.decode("utf-8", "replace"), err.decode("utf-8", "replace"), timed_out)

    @staticmethod
    def _give_up(process: subprocess.Popen[bytes]) -> tuple[bytes, bytes]:
        """Kill the process group; a child that hangs in the kernel, or a grandchild that left the group, is let go."""
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        try:
            return process.communicate(timeout=1.0)
        except subprocess.TimeoutExpired as exc:
            for pipe in (process.stdout, process.stderr):
                if pipe is not None:
                    pipe.close()
            process.poll()  # a child that did end is no zombie
            return exc.output or b"", exc.stderr or b""

    @contextmanager
    def stream(self, argv: Sequence[str], stdin: IO[bytes]) -> Iterator[IO[bytes]]:
        try:
            process = subprocess.Popen(  # pylint: disable=ansible-bad-function  # no module here, and a timeout
                list(argv),
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=_environment(),
                start_new_session=True,
            )
        except OSError as exc:
            raise CommandError(f"{argv[0]}: {exc.strerror}") from exc
        with process:
            output = process.stdout or io.BytesIO()
            yield output
            rest = output.read(1)
        if process.returncode and not rest:
            raise CommandError(f"{argv[0]}: ended with return code {process.returncode}")
