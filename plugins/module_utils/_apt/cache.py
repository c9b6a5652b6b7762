# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Versions that no source has any more, from what apt keeps of earlier installations. Private to the collection.

A mirror drops old versions; what was installed once can still be gone back to.
"""

from __future__ import annotations

import re
from typing import IO, TYPE_CHECKING, ContextManager, Dict, List, Sequence, Tuple

from .._parse.apt import parse_madison
from .._runner import Result

if TYPE_CHECKING:
    from .._root import Root
    from .._runner import Runner

ARCHIVES = "/var/cache/apt/archives"
_FILE = re.compile(r"(?P<name>[a-z0-9][a-z0-9+.-]*)_(?P<version>[^_]+)_[a-z0-9]+\.deb")
_ARGUMENT = re.compile(r"(?P<name>[a-z0-9][a-z0-9+.:-]*)=(?P<version>\S+)")


def kept(root: Root) -> Dict[Tuple[str, str], str]:
    """(package, version) → its file."""
    found = {}
    for file in root.listdir(ARCHIVES):
        match = _FILE.fullmatch(file)
        if match:
            version = match["version"].replace("%3a", ":")
            found[match["name"], version] = f"{ARCHIVES}/{file}"
    return found


class WithCache:
    """A runner to which apt offers those files as well: after every source, and by their paths."""

    def __init__(self, runner: Runner, root: Root) -> None:
        self._runner = runner
        self._root = root
        self._paths: Dict[Tuple[str, str], str] = {}
        """Of versions that no source has."""

    def run(self, argv: Sequence[str], *, timeout: float = 30.0) -> Result:
        if list(argv[:2]) == ["apt-cache", "madison"]:
            return self._madison(argv, timeout)
        if self._paths and "apt-get" in argv and "install" in argv:
            argv = [self._argument(word) for word in argv]
        return self._runner.run(argv, timeout=timeout)

    def stream(self, argv: Sequence[str], stdin: IO[bytes]) -> ContextManager[IO[bytes]]:
        return self._runner.stream(argv, stdin)

    def _madison(self, argv: Sequence[str], timeout: float) -> Result:
        result = self._runner.run(argv, timeout=timeout)
        if result.rc != 0:
            return result
        offered = parse_madison(result.out)
        lines: List[str] = []
        for (name, version), path in sorted(kept(self._root).items(), reverse=True):
            if name in argv[2:] and version not in offered.get(name, []):
                self._paths[name, version] = path
                lines.append(f"{name} | {version} | {path}\n")
        return Result(result.rc, result.out + "".join(lines), result.err)

    def _argument(self, word: str) -> str:
        match = _ARGUMENT.fullmatch(word)
        return self._paths.get((match["name"], match["version"]), word) if match else word
