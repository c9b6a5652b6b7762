# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""apt reads the sources that were written, and is asked what they have. Private to the collection."""

from __future__ import annotations

import os
import shutil
import tempfile
from typing import TYPE_CHECKING, Any, List, Mapping, Sequence

from .._errors import GpuError
from .cache import WithCache
from .resolve import Resolver

if TYPE_CHECKING:
    from .._packages.stacks import Stack
    from .._root import Root
    from .._runner import Result, Runner
    from .._sources import Change


def _complaints(result: Result) -> List[str]:
    return [line for line in (result.err + result.out).splitlines() if line.startswith(("E:", "W:"))]


def read(changes: Sequence[Change], runner: Runner) -> None:
    """What apt complains of is ours only if our repositories alone fail too."""
    everything = runner.run(["apt-get", "update"], timeout=600.0)
    # apt counts a repository that it could not read as a warning, and ends with 0.
    if everything.rc == 0 and not _complaints(everything):
        return
    written = [change for change in changes if change.source]
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o755)
        for path in {change.source for change in written}:
            shutil.copy(path, directory)
        alone = [
            "-o",
            "Dir::Etc::sourcelist=/dev/null",
            "-o",
            "Dir::Etc::sourceparts=" + directory,
            "-o",
            "APT::Get::List-Cleanup=0",
        ]
        result = (
            runner.run(["apt-get", "update", "-o", "APT::Update::Error-Mode=any", *alone], timeout=300.0)
            if written
            else None
        )
    if result and result.rc != 0:
        said = _complaints(result)
        names = sorted({f"{change.variables}_uri" for change in written})
        raise GpuError(
            "the package source cannot be read. Check {}. apt said: {}".format(
                ", ".join(names), " ".join(said) or result.err.strip() or f"nothing, rc {result.rc}"
            )
        )


def check(stack: Stack, packages: Sequence[Mapping[str, Any]], match: str, root: Root, runner: Runner) -> None:
    """What apt keeps of earlier installations counts too."""
    Resolver(WithCache(runner, root), stack).exact(packages, (), match)


def forget(changes: Sequence[Change], root: Root, runner: Runner) -> None:
    """apt trusts a key by its file alone."""
