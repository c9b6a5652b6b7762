# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the sample of nvidia_smi_info's return value: what it makes of the project's own capture.

make smi-sample
"""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import yaml
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.smi import ask
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.smi_nvlink import add_nvlinks
from ansible_collections.baremetal.gpu.plugins.module_utils._plain import plain
from ansible_collections.baremetal.gpu.plugins.module_utils._runner import Result

from tests.unit.parse.documents import capture, run, titles

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

REPO = Path(__file__).resolve().parent.parent
MODULE = REPO / "plugins" / "modules" / "nvidia_smi_info.py"
SAMPLE = re.compile(r"^  sample:.*?(?=^\"\"\")", re.MULTILINE | re.DOTALL)
INDENT = " " * 4
WIDTH = 120


class Captured:
    """Answers as the machine of the capture did."""

    def run(self, argv: Sequence[str], *, timeout: float = 30.0) -> Result:
        del timeout
        if argv[1] == "-q":
            return Result(0, capture(), "")
        (title,) = [title for title in titles() if title.startswith("nvidia-smi --query-gpu=index,name,uuid,serial")]
        header, row = (line.split(", ") for line in run(title)[1].strip().splitlines())
        told = dict(zip(header, row, strict=True))
        return Result(0, ", ".join(told[name] for name in argv[1].partition("=")[2].split(",")) + "\n", "")

    def stream(self, argv: Sequence[str], stdin: IO[bytes]) -> AbstractContextManager[IO[bytes]]:
        raise NotImplementedError(f"{argv} is not asked with {stdin}")


def sample() -> Any:
    return plain(ask(Captured(), further=add_nvlinks))


def render(text: str) -> str:
    """The module's text with the sample in its place."""
    dumped = yaml.safe_dump(sample(), default_flow_style=True, sort_keys=False, width=1_000_000)
    lines = textwrap.wrap(
        dumped.strip(), WIDTH, initial_indent=INDENT, subsequent_indent=INDENT, break_on_hyphens=False
    )
    block = "\n".join(["  sample:", *lines, ""])
    return SAMPLE.sub(lambda _match: block, text)


if __name__ == "__main__":
    MODULE.write_text(render(MODULE.read_text(encoding="utf-8")), encoding="utf-8")
