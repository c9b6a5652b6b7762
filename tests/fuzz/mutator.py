# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Spoils the project's own texts, byte by byte and piece by piece; the same number gives the same text."""

from __future__ import annotations

import random
import re
from functools import cache
from typing import TYPE_CHECKING

from tests.unit.parse.documents import capture, document, gpu, run, titles

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST = 60_000
"""Bytes; a doubled piece of a doubled piece would grow for ever."""
TOKENS = (
    *(b"<", b">", b"/>", b"</gpu>", b"<gpu>", b"<gpu id=", b"&#0;", b"&amp;", b"<!--", b"-->", b"<![CDATA[", b"]]>"),
    *(
        b"<?xml version='1.0' encoding='utf-16'?>",
        b"<!ENTITY a 'b'>",
        b"&a;",
        b"</nvidia_smi_log>",
        b"<nvidia_smi_log>",
    ),
    *(b"N/A", b"[N/A]", b"GPU is lost", b"Unknown Error", b"[Not Supported]", b"None", b"Yes", b" MiB", b" W", b" %"),
    *(
        b"0x",
        b"-1",
        b"1e999",
        b"9" * 40,
        b"\xff\xfe",
        b"\x00",
        b"\x1b[4m",
        b"\xd9\xa3",
        b"\xe2\x80\xa8",
        b"\r\n",
        b"\t",
    ),
    *(b" : ", b": ", b", ", b" [MiB]", b"GPU 00000000:1B:00.0\n", b"    Processes\n", b"        Process ID : 1\n"),
    *(b"    MIG Device\n", b"MIG 1g.10gb  Device 0: (UUID: MIG-1)\n", b"infoROM is corrupted at gpu ", b"Option "),
)
MIG = document(
    gpu(
        "<uuid>GPU-1</uuid><mig_mode><current_mig>Enabled</current_mig></mig_mode><mig_devices><mig_device><index>0</index>"
        "<fb_memory_usage><total>5 MiB</total></fb_memory_usage></mig_device></mig_devices><processes><process_info>"
        "<pid>1</pid><process_name>a</process_name></process_info></processes><remapped_rows>N/A</remapped_rows>"
        "<ecc_errors><volatile><double_bit><total>1</total></double_bit></volatile></ecc_errors>"
    )
)
LINKS = "GPU 0: x (UUID: GPU-1)\n\t Link 0: 5 GB/s\n\t Link 1: <inactive>\nGPU 1: y (UUID: GPU-2)\nNo Nvlink\n"
LISTED = "GPU 0: x (UUID: GPU-1)\n  MIG 1g.10gb     Device  0: (UUID: MIG-1)\n"


@cache
def samples() -> tuple[bytes, ...]:
    """Short ones come more often, since they are quick and what is spoiled in them matters more often."""
    whole = re.sub(r"<supported_clocks>.*?</supported_clocks>", "<supported_clocks/>", capture(), flags=re.DOTALL)
    calls = [run(title)[1] for title in titles() if title != "nvidia-smi -h"]
    short = [text for text in calls if 0 < len(text.strip()) < 4000]
    texts = [whole, capture(), run("nvidia-smi -q")[1], *([MIG, LISTED, LINKS, *short] * 3), *([MIG] * 20)]
    return tuple(text.encode() for text in texts)


def _span(data: bytearray, chance: random.Random) -> tuple[int, int]:
    begin = chance.randrange(len(data) + 1)
    return begin, min(len(data), begin + int(chance.expovariate(1 / 40)))


def _flip(data: bytearray, chance: random.Random) -> None:
    if data:
        data[chance.randrange(len(data))] = chance.randrange(256)


def _delete(data: bytearray, chance: random.Random) -> None:
    begin, end = _span(data, chance)
    del data[begin:end]


def _double(data: bytearray, chance: random.Random) -> None:
    begin, end = _span(data, chance)
    data[begin:begin] = data[begin:end] * chance.choice((1, 1, 2, 50, 500))


def _insert(data: bytearray, chance: random.Random) -> None:
    begin, _end = _span(data, chance)
    data[begin:begin] = chance.choice(TOKENS) * chance.choice((1, 1, 1, 2, 300))


def _noise(data: bytearray, chance: random.Random) -> None:
    begin, end = _span(data, chance)
    data[begin:end] = chance.randbytes(end - begin)


def _cut(data: bytearray, chance: random.Random) -> None:
    del data[chance.randrange(len(data) + 1) :]


def _move(data: bytearray, chance: random.Random) -> None:
    begin, end = _span(data, chance)
    piece = data[begin:end]
    del data[begin:end]
    place = chance.randrange(len(data) + 1)
    data[place:place] = piece


def _cross(data: bytearray, chance: random.Random) -> None:
    other = chance.choice(samples())
    place = chance.randrange(len(other))
    begin, end = _span(data, chance)
    data[begin:end] = other[place : place + chance.randrange(1, 400)]


def _number(data: bytearray, chance: random.Random) -> None:
    numbers = list(re.finditer(rb"\d+", data[:LONGEST]))
    if numbers:
        match = chance.choice(numbers)
        data[match.start() : match.end()] = str(chance.choice((-1, 0, 2**31, 2**64, 10**30, 10**400))).encode()


STEPS: tuple[Callable[[bytearray, random.Random], None], ...] = (
    *(_flip, _flip, _delete, _double, _insert, _insert, _noise, _cut, _move, _cross, _number),
)


def spoiled(number: int) -> str:
    """The text of this number, as the module would decode it."""
    chance = random.Random(number)
    data = bytearray(chance.choice(samples()))
    for _step in range(chance.choice((1, 1, 2, 3, 8))):
        chance.choice(STEPS)(data, chance)
        del data[LONGEST:]
    return data.decode("utf-8", "replace")
