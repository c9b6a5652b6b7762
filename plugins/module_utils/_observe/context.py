# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every part of the look has at hand. Private to the collection."""

from __future__ import annotations

from typing import Callable, TypeVar

from .._errors import ParseError
from .._root import Root
from .._runner import Result, Runner
from .types import Finding

Text = TypeVar("Text", str, bytes)
Parsed = TypeVar("Parsed")


class Context:
    """Files, commands, and a list of what could not be seen."""

    def __init__(self, root: Root, runner: Runner) -> None:
        self.root = root
        self.runner = runner
        self.findings: list[Finding] = []

    def note(self, subject: str, why: str) -> None:
        self.findings.append(Finding(subject, why))

    def parse(self, parser: Callable[[Text], Parsed], text: Text, subject: str) -> Parsed | None:
        """A text that does not parse is a finding, not the end of the look."""
        try:
            return parser(text)
        except ParseError as exc:
            self.note(subject, str(exc))
            return None

    def run(self, *argv: str, timeout: float = 30.0) -> Result | None:
        """The result of a command that succeeded; anything else is a finding."""
        result = self.runner.run(argv, timeout=timeout)
        if result.rc == 0 and not result.timed_out:
            return result
        said = " ".join((result.err or result.out).split())[:400]
        self.note(" ".join(argv[:3]), "timed out" if result.timed_out else f"return code {result.rc}: {said}")
        return None

    def program(self, name: str) -> bool:
        """Whether a program is installed where packages put them."""
        return any(
            self.root.exists(folder + name) for folder in ("/usr/bin/", "/usr/sbin/", "/usr/local/bin/", "/bin/")
        )
