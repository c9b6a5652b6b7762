# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a document takes, against what only reading its XML takes in the same run."""

from __future__ import annotations

import gc
import time
from typing import Any, Callable, List
from xml.etree import ElementTree

from ansible_collections.baremetal.gpu.plugins.module_utils._parse.nvidia_smi_xml import parse_xml

from .documents import capture

PROCESS = (
    "<process_info><gpu_instance_id>N/A</gpu_instance_id><compute_instance_id>N/A</compute_instance_id><pid>12</pid>"
    "<type>C</type><process_name>/usr/bin/python3</process_name><used_memory>10 MiB</used_memory></process_info>"
)
FLOORS = 3.3
"""Measured: 2 times the floor."""


def many(gpus: int, processes: int) -> str:
    text = capture()
    begin, end = text.index("<gpu id"), text.index("</gpu>") + len("</gpu>")
    one = text[begin:end].replace("<processes>", "<processes>" + PROCESS * processes)
    return text[:begin] + one * gpus + text[end:]


def quickest(call: Callable[[str], Any], text: str, rounds: int = 5) -> float:
    """The quickest of several, which others disturbed least; CPU time of this process alone.

    The collector of garbage is off, as in timeit: it walks everything that other tests left, the more often the longer.
    """
    times: List[float] = []
    gc.disable()
    try:
        for _round in range(rounds):
            start = time.process_time()
            call(text)
            times.append(time.process_time() - start)
    finally:
        gc.enable()
    return min(times)


def test_sixteen_gpus_with_a_hundred_processes() -> None:
    text = many(16, 7)
    assert sum(len(gpu.processes) for gpu in parse_xml(text).gpus) == 112
    assert quickest(parse_xml, text) <= FLOORS * quickest(ElementTree.fromstring, text)


def test_time_is_linear_in_gpus() -> None:
    """Ten times the GPUs take ten times as long, or more where caches end; quadratic time would be a hundred."""
    few, more = many(100, 1), many(1000, 1)
    assert len(parse_xml(more).gpus) == 1000
    assert quickest(parse_xml, more, 3) <= 20 * quickest(parse_xml, few, 5)


def test_supported_clocks_cost_next_to_nothing() -> None:
    """They can be four fifths of a document."""
    text = capture()
    clocks = "<supported_clocks>" + "<supported_mem_clock><value>1 MHz</value></supported_mem_clock>" * 20_000
    padded = text.replace("<supported_clocks>", clocks, 1)
    assert quickest(parse_xml, padded) <= quickest(ElementTree.fromstring, padded)
