# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""python -m tests.fuzz 200000: as many texts as the number says, on every processor; hypothesis makes one in ten.

Spoiled text N is that of number N, so a run can be repeated; a text that fails is kept in .build.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / ".build"))

from hypothesis import HealthCheck, given, seed, settings

from tests.fuzz import mutator, strategies, target

KEPT = Path(__file__).resolve().parents[2] / ".build" / "fuzz.txt"
MEGABYTES = 200
BATCH = 500


def made(count: int, worker: int) -> None:
    """In batches: hypothesis remembers what it made."""
    for begin in range(0, count, BATCH):

        @seed(f"{worker} {begin}")
        @settings(
            max_examples=min(BATCH, count - begin),
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(strategies.TEXTS)
        def each(text: str) -> None:
            target.check(text)

        each()


def spoil(numbers: range) -> None:
    for number in numbers:
        text = mutator.spoiled(number)
        try:
            target.check(text)
        except BaseException:
            KEPT.write_text(text, encoding="utf-8", errors="replace")
            print(f"fuzz: text {number} failed; it is in {KEPT}", flush=True)
            raise


def share(count: int, workers: int, worker: int) -> int:
    """The megabytes that one worker took. The system limits them: a text that wants too many is the one that fails."""
    limit = MEGABYTES * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    by_hypothesis = count // 10
    made(len(range(worker, by_hypothesis, workers)), worker)
    spoil(range(worker, count - by_hypothesis, workers))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main(count: int) -> int:
    workers = len(os.sched_getaffinity(0))
    start = time.monotonic()
    print(f"fuzz: {count} texts, {workers} at a time", flush=True)
    with ProcessPoolExecutor(workers) as pool:
        most = max(pool.map(partial(share, count, workers), range(workers)))
    print(f"fuzz: {count} texts in {time.monotonic() - start:.0f} s, {most} MB of memory at most each", flush=True)
    return 0 if most < MEGABYTES else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
