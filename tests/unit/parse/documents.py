# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""nvidia-smi documents: our own capture, and hand-made ones for what we have no hardware for."""

from __future__ import annotations

import re
from pathlib import Path

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
CAPTURE = FIXTURES / "captures" / "h100-580.159.04"


def capture() -> str:
    return (CAPTURE / "q.xml").read_text()


def run(title: str) -> tuple[int, str, str]:
    """Return code, stdout and stderr of one of the captured calls."""
    for block in re.split(r"^===== ", (CAPTURE / "runs.txt").read_text(), flags=re.MULTILINE):
        name, _newline, rest = block.partition("\n")
        if name.strip() == title:
            code, _marker, streams = rest.partition("\n--- stdout\n")
            out, _marker, err = streams.partition("--- stderr\n")
            return int(code.strip()[3:]), out, err
    raise KeyError(title)


def titles() -> list[str]:
    """The calls that `run` knows."""
    return re.findall(r"^===== (.*?) *$", (CAPTURE / "runs.txt").read_text(), flags=re.MULTILINE)


def gpu(body: str, bus_id: str = "00000000:1B:00.0") -> str:
    return f'<gpu id="{bus_id}">{body}</gpu>'


def document(*gpus: str, driver: str = "580.159.04", dtd: str = "v13", head: str = "") -> str:
    return (
        '<?xml version="1.0" ?>\n'
        f'<!DOCTYPE nvidia_smi_log SYSTEM "nvsmi_device_{dtd}.dtd">\n'
        f"<nvidia_smi_log>\n<driver_version>{driver}</driver_version>{head}\n"
        f"<attached_gpus>{len(gpus)}</attached_gpus>\n" + "\n".join(gpus) + "\n</nvidia_smi_log>\n"
    )
