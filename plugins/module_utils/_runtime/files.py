# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of a daemon changed together: written, the daemon restarted and asked, or everything put back.

Private to the collection.
"""

from __future__ import annotations

import os
import tempfile
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Callable, List, Optional, Sequence

from .._dataclass import dataclass
from .._errors import GpuError, ParseError

if TYPE_CHECKING:
    from .._runner import Result, Runner


@dataclass(frozen=True)
class FileChange:
    """One file; None is absent."""

    path: str
    before: Optional[str]
    after: Optional[str]

    @property
    def action(self) -> str:
        return "remove" if self.after is None else "create" if self.before is None else "change"


def read(path: str) -> Optional[str]:
    """The text as it stands, line ends too; None where there is no file."""
    try:
        with open(path, encoding="utf-8", newline="") as stream:
            return stream.read()
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise ParseError(path, f"byte {error.start}", "not UTF-8") from error
    except OSError as error:
        raise GpuError(f"{path} cannot be read: {error.strerror}") from error


def changes(wanted: Sequence[FileChange]) -> List[FileChange]:
    return [change for change in wanted if change.before != change.after]


def _status(path: str) -> Optional[os.stat_result]:
    return os.stat(path) if os.path.exists(path) else None


def write(path: str, text: Optional[str], like: Optional[os.stat_result] = None) -> None:
    """Whole files, in one step, with the mode and owner of the file that was there, or of `like`."""
    if text is None:
        if os.path.exists(path):
            os.unlink(path)
        return
    path = os.path.realpath(path)
    like = _status(path) or like
    os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=os.path.dirname(path), prefix=".baremetal-gpu-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        if like:
            os.chown(temporary, like.st_uid, like.st_gid)
        os.chmod(temporary, like.st_mode & 0o7777 if like else 0o644)
        os.rename(temporary, path)
    except OSError:
        os.unlink(temporary)
        raise


def remove_empty(folder: str) -> None:
    """The folder, unless something is in it."""
    with suppress(OSError):
        os.rmdir(folder)


def words(result: Result, command: str) -> str:
    """What a command that failed said; never empty."""
    if result.timed_out:
        return f"{command} did not end in time"
    return (result.err or result.out).strip() or f"{command} ended with rc {result.rc}"


def restart(runner: Runner, service: str, proof: Callable[[], Optional[str]], timeout: float) -> Optional[str]:
    """Restart and wait until `proof` has nothing to complain about; what is wrong, or None."""
    result = runner.run(["systemctl", "restart", service], timeout=timeout)
    if result.rc != 0:
        return words(result, f"systemctl restart {service}")
    deadline = time.monotonic() + timeout
    problem: Optional[str] = "it did not answer"
    while time.monotonic() < deadline:
        problem = proof()
        if problem is None:
            return None
        time.sleep(0.3)
    return problem


def journal(runner: Runner, service: str) -> str:
    result = runner.run(
        ["journalctl", "--unit", service, "--lines", "6", "--no-pager", "--output", "cat"], timeout=20.0
    )
    return " | ".join(line.strip() for line in result.out.splitlines() if line.strip())


def carry_out(
    todo: Sequence[FileChange], runner: Runner, service: str, proof: Callable[[], Optional[str]], timeout: float
) -> None:
    """Write and restart; when the daemon does not come up, the last good files and the daemon are brought back."""
    had = [(change, _status(change.path)) for change in todo]

    def put_back() -> None:
        for change, status in had:
            write(change.path, change.before, status)

    try:
        for change in todo:
            write(change.path, change.after)
    except OSError as error:
        put_back()
        raise GpuError(f"the files of {service} cannot be written: {error}. They were put back") from error
    problem = restart(runner, service, proof, timeout)
    if problem is None:
        return
    said = journal(runner, service)
    put_back()
    runner.run(["systemctl", "reset-failed", service], timeout=20.0)
    again = runner.run(["systemctl", "restart", service], timeout=timeout)
    state = (
        "is up again with the last good files" if again.rc == 0 else "does not come up with the last good files either"
    )
    written = ", ".join(change.path for change in todo if change.after is not None) or "configuration"
    raise GpuError(
        f"{service} did not come up with the new {written}: {problem.rstrip('.')}. {service} {state}. "
        f"Its log said: {said}"
    )
