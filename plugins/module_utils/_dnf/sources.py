# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""dnf reads the repositories that were written, and is asked what they have. Private to the collection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping, Sequence

from .._errors import GpuError
from .._parse.dnf import complaints
from .._parse.dnf_files import parse_repositories
from .resolve import Resolver
from .transaction import Dnf

if TYPE_CHECKING:
    from .._packages.stacks import Stack
    from .._root import Root
    from .._runner import Runner
    from .._sources import Change


def read(changes: Sequence[Change], runner: Runner) -> None:
    """Each repository of ours alone, so that nobody else's trouble is taken for ours; its key is a file on the node."""
    written = {change.source: change.variables for change in changes if change.source}
    for path, variables in written.items():
        with open(path, encoding="utf-8") as stream:
            ours = parse_repositories(stream.read())
        for one in ours:
            argv = ["dnf", "--assumeyes", "--disablerepo=*", f"--enablerepo={one.id}", "--refresh", "makecache"]
            result = runner.run(argv, timeout=300.0)
            if result.rc != 0:
                said = complaints(result.err + "\n" + result.out) or result.err.strip() or f"nothing, rc {result.rc}"
                raise GpuError(f"the repository {one.id} cannot be read. Check {variables}_uri. dnf said: {said}")


def check(stack: Stack, packages: Sequence[Mapping[str, Any]], match: str, root: Root, runner: Runner) -> None:
    Resolver(Dnf(root, runner), stack).exact(packages, (), match)
