# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packs nvidia-smi: one executable archive per version, with the layout of the capture in it."""

from __future__ import annotations

import io
import marshal
import re
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path
from typing import Any

from lab.silicon.ship import CAPTURE, package

HERE = Path(__file__).parent
CAPTURED = CAPTURE.name.rpartition("-")[2]
MARSHAL = 2
"""The format's version that every Python 3 reads."""
DATA = "import marshal\nVERSION, CUDA, FIELDS, GPU_XML, GPU_TEXT, HELP = marshal.loads({!r})\n"
"""As a source it would be compiled at each call, which takes longer than all the rest."""
CUDA = {580: "13.0", 595: "13.2"}


def _element(node: ET.Element) -> list[Any]:
    return [node.tag, (node.text or "").strip(), [_element(child) for child in node]]


def _gpu_xml() -> list[Any]:
    gpu = ET.parse(CAPTURE / "q.xml").getroot().find("gpu")
    assert gpu is not None
    clocks = gpu.find("supported_clocks")
    if clocks is not None:
        for memory in clocks:
            for clock in memory.findall("supported_graphics_clock")[3:]:
                memory.remove(clock)
    return _element(gpu)


def _run(title: str) -> str:
    """What one of the captured calls said."""
    text = (CAPTURE / "runs.txt").read_text().split(f"===== {title}\n", 1)[1]
    return text.split("--- stdout\n", 1)[1].split("--- stderr", 1)[0]


def _gpu_text() -> list[str]:
    text = _run("nvidia-smi -q").split("\nGPU 0000", 1)[1]
    return [line for line in text.splitlines()[1:] if line.strip()]


def _help(version: str) -> str:
    return _run("nvidia-smi -h").replace(f"v{CAPTURED}", f"v{version}")


def _fields() -> list[list[str]]:
    lines = (CAPTURE / "help-query-gpu.txt").read_text().splitlines()[1:]
    return [re.findall(r'"([^"]+)"', line) for line in lines if line.startswith('"')] + [["index"]]


def executable(version: str) -> bytes:
    """/usr/bin/nvidia-smi of one driver version."""
    cuda = CUDA[int(version.split(".", maxsplit=1)[0])]
    data = marshal.dumps((version, cuda, _fields(), _gpu_xml(), _gpu_text(), _help(version)), MARSHAL)
    files = {
        path: content.decode() for path, content in package("models", "node/state", "smi/layout", "smi/views").items()
    }
    files["__main__.py"] = (HERE / "__main__.py").read_text()
    files["lab/silicon/smi/data.py"] = DATA.format(data)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)
    return b"#!/usr/bin/python3\n" + buffer.getvalue()
