# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packs nvidia-smi: one executable archive per version, with the layout of the capture in it."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path
from typing import Any

from lab.silicon.ship import CAPTURE, package

HERE = Path(__file__).parent
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


def _gpu_text() -> list[str]:
    text = (CAPTURE / "runs.txt").read_text().split("===== nvidia-smi -q\n", 1)[1].split("--- stderr", 1)[0]
    return [line for line in text.split("\nGPU 0000", 1)[1].splitlines()[1:] if line.strip()]


def _fields() -> list[list[str]]:
    lines = (CAPTURE / "help-query-gpu.txt").read_text().splitlines()[1:]
    return [re.findall(r'"([^"]+)"', line) for line in lines if line.startswith('"')] + [["index"]]


def executable(version: str) -> bytes:
    """/usr/bin/nvidia-smi of one driver version."""
    data = (
        f"VERSION = {version!r}\nCUDA = {CUDA[int(version.split('.', maxsplit=1)[0])]!r}\n"
        f"FIELDS = {_fields()!r}\nGPU_XML = {_gpu_xml()!r}\nGPU_TEXT = {_gpu_text()!r}\n"
    )
    files = {
        path: content.decode() for path, content in package("models", "node/state", "smi/layout", "smi/views").items()
    }
    files["__main__.py"] = (HERE / "__main__.py").read_text()
    files["lab/silicon/smi/data.py"] = data
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)
    return b"#!/usr/bin/python3\n" + buffer.getvalue()
