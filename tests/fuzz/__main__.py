# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""python -m tests.fuzz 200000: as many texts as the number says, one in ten of them made by hypothesis.

Spoiled text N is that of number N, so a run can be repeated; a text that fails is kept in .build.
"""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / ".build"))

from hypothesis import HealthCheck, given, seed, settings

from tests.fuzz import mutator, strategies, target

KEPT = Path(__file__).resolve().parents[2] / ".build" / "fuzz.txt"
MEGABYTES = 200
BATCH = 500


def made(count: int) -> None:
    """In batches: hypothesis remembers what it made."""
    for begin in range(0, count, BATCH):

        @seed(begin)
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


def spoil(count: int) -> None:
    for number in range(count):
        text = mutator.spoiled(number)
        try:
            target.check(text)
        except BaseException:
            KEPT.write_text(text, encoding="utf-8", errors="replace")
            print(f"fuzz: text {number} failed; it is in {KEPT}", flush=True)
            raise


def main(count: int) -> int:
    """Memory is limited by the system, so a text that wants too much of it is the one that fails."""
    limit = MEGABYTES * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    start = time.monotonic()
    made(count // 10)
    print(f"fuzz: {count // 10} made texts ({time.monotonic() - start:.0f} s)", flush=True)
    spoil(count - count // 10)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"fuzz: {count} texts in {time.monotonic() - start:.0f} s, {most} MB of memory at most", flush=True)
    return 0 if most < MEGABYTES else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
