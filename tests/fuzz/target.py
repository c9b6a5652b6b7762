# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is held against a text: it is read or refused, soon, and what was read is plain data."""

from __future__ import annotations

import json
import signal
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from ansible_collections.baremetal.gpu.plugins.module_utils._errors import ParseError
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.smi import ask, conclude
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.smi_nvlink import add_nvlinks
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.nvidia_smi_conditions import classify
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.nvidia_smi_csv import parse_csv
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.nvidia_smi_kinds import read_any
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.nvidia_smi_nvlink import parse_nvlink
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.nvidia_smi_q import parse_q
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.nvidia_smi_table import parse_table
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.nvidia_smi_text import parse_list, parse_query
from ansible_collections.baremetal.gpu.plugins.module_utils._plain import plain
from ansible_collections.baremetal.gpu.plugins.module_utils._runner import Result

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

SECONDS = 2.0
"""Of the processor, for one text; usually it is milliseconds."""
PARSERS: tuple[Callable[[str], Any], ...] = (parse_q, parse_csv, parse_list, parse_nvlink, parse_query, parse_table)
"""Those that `ask` does not use"""


class TooSlowError(Exception):
    """A text took longer than it may."""


@contextmanager
def limited(seconds: float = SECONDS) -> Iterator[None]:
    """By a signal, which interrupts regular expressions as well."""

    def stop(_number: int, _frame: object) -> None:
        raise TooSlowError(f"not read within {seconds} s")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


class _Saying:
    """An nvidia-smi that says one text to every question."""

    def __init__(self, text: str) -> None:
        self._text = text

    def run(self, argv: Sequence[str], *, timeout: float = 30.0) -> Result:
        del argv, timeout
        return Result(0, self._text, "")

    def stream(self, argv: Sequence[str], stdin: Any) -> Any:
        raise NotImplementedError(f"{argv} is not asked with {stdin}")


def check(text: str) -> int:
    """The number of GPUs that were read; anything but ParseError, and anything that is no plain data, comes out."""
    with limited():
        for parser in PARSERS:
            with suppress(ParseError):
                parser(text)
        assert classify(1, text, "").condition != "ok"
        json.dumps(plain(ask(_Saying(text), unparsed=True, further=add_nvlinks)), allow_nan=False)
        with suppress(ParseError):
            reading = read_any(text)
            assert (reading.document is None) is (reading.condition.condition != "ok")
            if reading.document is not None:
                json.dumps(plain(conclude(reading.document, unparsed=True)), allow_nan=False)
                return len(reading.document.gpus)
    return 0
