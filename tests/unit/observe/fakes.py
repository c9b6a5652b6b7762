# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node made of files in a temporary folder and of recorded answers."""

from __future__ import annotations

from pathlib import Path
from typing import IO, Callable, ContextManager, Mapping, Sequence

from ansible_collections.baremetal.gpu.plugins.module_utils._errors import CommandError
from ansible_collections.baremetal.gpu.plugins.module_utils._root import Root
from ansible_collections.baremetal.gpu.plugins.module_utils._runner import NOT_FOUND, Result


class FakeRunner:
    """Answers by the beginning of the command line; the first match counts."""

    def __init__(self, answers: Mapping[str, Result]) -> None:
        self.answers = answers
        self.calls: list[str] = []

    def run(self, argv: Sequence[str], *, timeout: float = 30.0) -> Result:
        line = " ".join(argv)
        self.calls.append(line)
        for beginning, result in self.answers.items():
            if line.startswith(beginning):
                return result
        return Result(NOT_FOUND, "", f"{argv[0]}: No such file or directory")

    def start(self, argv: Sequence[str], *, timeout: float = 30.0) -> Callable[[], Result]:
        result = self.run(argv, timeout=timeout)
        return lambda: result

    def stream(self, argv: Sequence[str], stdin: IO[bytes]) -> ContextManager[IO[bytes]]:
        self.calls.append(" ".join(argv))
        raise CommandError(f"{argv[0]}: No such file or directory")


def out(text: str, rc: int = 0) -> Result:
    return Result(rc, text, "")


def make_root(top: Path, files: Mapping[str, str | bytes | None]) -> Root:
    """Path → content; None is a directory, a text that starts with `-> ` a symbolic link."""
    for path, content in files.items():
        place = top / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            place.mkdir(exist_ok=True)
        elif isinstance(content, bytes):
            place.write_bytes(content)
        elif content.startswith("-> "):
            if place.is_symlink():
                place.unlink()
            place.symlink_to(content[3:])
        else:
            place.write_text(content)
    return Root(str(top))
