# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""dnf 4 and dnf 5, asked what they would do, and told to do it. Private to the collection."""

from __future__ import annotations

import os
import re
import tempfile
from dataclasses import replace
from typing import TYPE_CHECKING, Dict, FrozenSet, List, Optional, Sequence, Tuple

from .._dataclass import dataclass
from .._errors import GpuError
from .._parse.dnf import QUERY_FORMAT, Available, DnfTransaction, complaints, parse_repoquery, parse_transaction
from . import kept

if TYPE_CHECKING:
    from .._root import Root
    from .._runner import Result, Runner

LIMIT = 7200.0
"""Seconds; building the modules for several kernels takes many minutes on a slow node."""
_ENDED = re.compile(r"^(?:Complete!|Nothing to do\.)", re.MULTILINE)
"""dnf's shell ends with 0 whatever happened, and scripts of packages may print errors of their own."""
STREAMS = "/etc/dnf/modules.d/{}.module"


@dataclass(frozen=True)
class Steps:
    """One transaction: a module's stream (name:stream), what goes, what comes, what is installed once more."""

    stream: Optional[str] = None
    reset: Optional[str] = None
    """A module that is to have no stream"""
    remove: Tuple[str, ...] = ()
    install: Tuple[str, ...] = ()
    reinstall: Tuple[str, ...] = ()

    def script(self) -> str:
        """For dnf 4's shell, which does all of it in one transaction."""
        lines = [f"module reset {self.reset}"] if self.reset else []
        lines += [f"module enable {self.stream}"] if self.stream else []
        for word in ("remove", "install", "reinstall"):
            names = getattr(self, word)
            lines += [f"{word} {' '.join(names)}"] if names else []
        return "\n".join([*lines, "run", "exit", ""])


class Dnf:
    """Locks are left where they are: dnf 4 is told not to heed them, for dnf 5 the caller takes them away."""

    def __init__(self, root: Root, runner: Runner) -> None:
        self._root = root
        self._runner = runner
        # Where both are installed, dnf is a link to the one that is meant.
        link = root.readlink("/usr/bin/dnf") or ("" if root.exists("/usr/bin/dnf") else "dnf5")
        self.five = link.endswith("dnf5") and root.exists("/usr/bin/dnf5")
        self._program = "dnf5" if self.five else "dnf"
        self._paths: Dict[str, str] = {}
        """Of what no repository has and was kept"""

    def _run(self, words: Sequence[str], timeout: float) -> Result:
        # Rows are read back, so the table is not to be translated, nor cut where the terminal ends.
        return self._runner.run(["env", "COLUMNS=400", self._program, *words], timeout=timeout)

    def refresh(self) -> None:
        """A repository that cannot be read is nobody's loss here: what is missing is said later."""
        self._run(["--quiet", "--refresh", "makecache"], 600.0)

    def available(self, specs: Sequence[str]) -> Tuple[Available, ...]:
        """What the repositories have of these, in every stream."""
        flags = [] if self.five else ["--disableplugin=versionlock", "--disable-modular-filtering"]
        result = self._run(["--quiet", "repoquery", *flags, "--queryformat", QUERY_FORMAT, *specs], 300.0)
        if result.rc != 0:
            said = complaints(result.err) or result.err.strip() or result.out.strip()
            raise GpuError(
                f"{self._program} repoquery failed with rc {result.rc}: {said}. Check the node's repositories"
            )
        found = parse_repoquery(result.out)
        more = {one: path for one, path in kept.kept(self._root).items() if one.name in specs and one not in found}
        self._paths.update((one.nevra, path) for one, path in more.items())
        return (*found, *more)

    def wished(self) -> FrozenSet[str]:
        """What dnf takes for the administrator's wish: names, and name-version-release.architecture."""
        form = "%{name} %{name}-%{version}-%{release}.%{arch}\\n"
        result = self._run(["--quiet", "repoquery", "--userinstalled", "--queryformat", form], 300.0)
        if result.rc != 0:
            raise GpuError(f"{self._program} repoquery failed with rc {result.rc}: {result.err.strip()}")
        return frozenset(result.out.split())

    def _with_paths(self, steps: Steps) -> Steps:
        return replace(steps, install=tuple(self._paths.get(spec, spec) for spec in steps.install))

    def simulate(self, steps: Steps) -> Tuple[Optional[DnfTransaction], str]:
        """What it would do; or None, and why it cannot."""
        before = self._streams(steps)
        result = self._transaction("--assumeno", steps, 300.0)
        self._put_back(before)
        said = complaints(result.out + "\n" + result.err)
        found = parse_transaction(result.out)
        return (None, said or f"it skips {', '.join(found.skipped)}") if said or found.skipped else (found, "")

    def carry_out(self, steps: Steps) -> None:
        before = self._streams(steps)
        result = self._transaction("--assumeyes", steps, LIMIT)
        # dnf 5 says it on stderr.
        if result.timed_out or result.rc != 0 or not _ENDED.search(result.out + "\n" + result.err):
            self._put_back(before)
            said = complaints(result.out + "\n" + result.err)
            if result.timed_out:
                said = f"it did not end within {LIMIT:.0f} s"
            last = " ".join(line.strip() for line in (result.out + result.err).splitlines()[-5:])
            raise GpuError(
                f"the installation or removal of {len(steps.install) + len(steps.remove)} packages failed with rc "
                f"{result.rc}: {said or last or 'it said nothing'}. Mend that and run again, which goes on from here"
            )

    def _transaction(self, mode: str, steps: Steps, timeout: float) -> Result:
        # Nothing but what is named leaves, and nothing that was asked for is silently left out.
        steps = self._with_paths(steps)
        flags = [
            mode,
            "--setopt=keepcache=True",
            "--setopt=clean_requirements_on_remove=False",
            "--setopt=install_weak_deps=False",
        ]
        if self.five:
            words = (
                ["install", "--best", "--allowerasing", *steps.install] if steps.install else ["remove", *steps.remove]
            )
            return self._run([*flags, *words], timeout)
        with tempfile.NamedTemporaryFile("w", suffix=".dnf") as script:
            script.write(steps.script())
            script.flush()
            flags += ["--best", "--disableplugin=versionlock", "--setopt=module_stream_switch=True"]
            return self._run([*flags, "shell", script.name], timeout)

    def _streams(self, steps: Steps) -> List[Tuple[str, Optional[bytes]]]:
        """dnf's shell saves a stream that it was told even where the transaction then fails."""
        module = steps.reset or (steps.stream or "").partition(":")[0]
        path = STREAMS.format(module)
        return [(path, self._root.bytes_(path))] if module else []

    def _put_back(self, files: Sequence[Tuple[str, Optional[bytes]]]) -> None:
        for path, before in files:
            if self._root.bytes_(path) == before:
                continue
            place = self._root.path(path)
            if before is None:
                os.unlink(place)
                continue
            with open(place, "wb") as stream:
                stream.write(before)
