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
from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable, List, Optional, Sequence

from .._errors import GpuError

if TYPE_CHECKING:
    from .._runner import Runner


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
    try:
        with open(path, encoding="utf-8") as stream:
            return stream.read()
    except FileNotFoundError:
        return None


def changes(wanted: Sequence[FileChange]) -> List[FileChange]:
    return [change for change in wanted if change.before != change.after]


def write(path: str, text: Optional[str]) -> None:
    """Whole files, in one step."""
    if text is None:
        if os.path.exists(path):
            os.unlink(path)
        return
    mode = os.stat(path).st_mode & 0o7777 if os.path.exists(path) else 0o644
    os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=os.path.dirname(path), prefix=".baremetal-gpu-")
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
    os.chmod(temporary, mode)
    os.rename(temporary, path)


def restart(runner: Runner, service: str, proof: Callable[[], Optional[str]], timeout: float) -> Optional[str]:
    """Restart and wait until `proof` has nothing to complain about; what is wrong, or None."""
    result = runner.run(["systemctl", "restart", service], timeout=timeout)
    problem: Optional[str] = (result.err or result.out).strip() if result.rc != 0 else "it did not answer"
    deadline = time.monotonic() + timeout
    while result.rc == 0 and time.monotonic() < deadline:
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
    for change in todo:
        write(change.path, change.after)
    problem = restart(runner, service, proof, timeout)
    if problem is None:
        return
    said = journal(runner, service)
    for change in todo:
        write(change.path, change.before)
    runner.run(["systemctl", "reset-failed", service], timeout=20.0)
    again = runner.run(["systemctl", "restart", service], timeout=timeout)
    state = (
        "is up again with the last good files" if again.rc == 0 else "does not come up with the last good files either"
    )
    raise GpuError(
        f"{service} did not come up with the new configuration: {problem}. {service} {state}. Its log said: {said}"
    )
