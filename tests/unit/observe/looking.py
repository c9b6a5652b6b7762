# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks at a node made of files and answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Mapping

from ansible_collections.baremetal.gpu.plugins.module_utils._observe.look import observe
from ansible_collections.baremetal.gpu.plugins.module_utils._plain import plain
from ansible_collections.baremetal.gpu.plugins.module_utils._runner import Result

from . import node
from .fakes import FakeRunner, make_root


def look_at(top: Path, files: Mapping[str, str | bytes | None], answers: Mapping[str, Result]) -> Any:
    """The observation as the module returns it, through JSON."""
    return json.loads(json.dumps(plain(observe(FakeRunner(answers), make_root(top, files)))))


class Node:
    """Spoil `files` and `answers`, then look."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self.files = node.files()
        self.answers = node.answers(str(top))
        self.runner = FakeRunner(self.answers)

    def look(self) -> Any:
        seen = plain(observe(self.runner, make_root(self.top, self.files)))
        return json.loads(json.dumps(seen))

    def without(self, *beginnings: str) -> None:
        self.files = {path: text for path, text in self.files.items() if not path.startswith(beginnings)}

    def subjects(self) -> list[str]:
        return [finding["subject"] for finding in self.look()["findings"]]

    def why(self) -> dict[str, str]:
        return {finding["subject"]: finding["why"] for finding in self.look()["findings"]}
