# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fails where the unit tests leave lines or branches of the pure parts untouched.

    .venv/bin/python tools/coverage.py            every part
    .venv/bin/python tools/coverage.py _parse     this one

Recordings that a machine may lack do not count: what the project holds has to be enough.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

REPO = Path(__file__).resolve().parent.parent
PARTS = {
    "_parse": ("_parse/*",),
    "_compare": ("_compare/*",),
    "smi": ("_observe/smi.py", "_observe/health.py", "_compat/health_rules.py"),
}
LEAST = 98.0
"""Percent of lines and branches together."""
TESTS = (
    *("tests/unit/parse", "tests/unit/compare", "tests/unit/observe", "tests/unit/cluster"),
    "tests/unit/modules/test_initramfs.py",
    *("--ignore-glob=tests/unit/parse/test_recordings*",),
    *(f"--ignore-glob=tests/unit/*/test_{name}.py" for name in ("*speed", "properties", "robustness", "total")),
)
"""Of those, what a table or a sample says, and not what chance does."""


def measure(data: str) -> dict[str, Any]:
    """Run the unit tests; coverage's report by file."""
    include = ",".join(f"*/module_utils/{pattern}" for patterns in PARTS.values() for pattern in patterns)
    python = [sys.executable, "-m", "coverage"]
    tests = ["-m", "pytest", "-q", "--no-header", "-p", "no:cacheprovider", *TESTS]
    environment = {**os.environ, "COVERAGE_FILE": data}
    subprocess.run([*python, "run", "--branch", f"--include={include}", *tests], cwd=REPO, env=environment, check=True)
    report = f"{data}.json"
    subprocess.run([*python, "json", "--quiet", "-o", report], cwd=REPO, env=environment, check=True)
    files: dict[str, Any] = json.loads(Path(report).read_text(encoding="utf-8"))["files"]
    return files


def percent(summaries: list[dict[str, int]]) -> float:
    """Lines and branches that ran, of all."""
    keys = ("covered_lines", "covered_branches"), ("num_statements", "num_branches")
    ran, there = (sum(summary[key] for summary in summaries for key in names) for names in keys)
    return 100.0 * ran / there if there else 100.0


def main(wanted: list[str]) -> int:
    good = True
    with tempfile.TemporaryDirectory() as folder:
        files = measure(str(Path(folder) / "data"))
    for part in wanted or PARTS:
        there = [path for pattern in PARTS[part] for path in sorted((REPO / "plugins/module_utils").glob(pattern))]
        names = [path.relative_to(REPO).as_posix() for path in there if path.suffix == ".py"]
        never = [name for name in names if name not in files]
        chosen = {name: files[name] for name in names if name in files}
        reached = percent([file["summary"] for file in chosen.values()])
        good = good and not never and reached >= LEAST
        print(f"coverage {part}: {reached:.1f} % of lines and branches, at least {LEAST:.0f} % wanted", flush=True)
        print("".join(f"  {name}: never imported\n" for name in never), end="", flush=True)
        for name, file in sorted(chosen.items()):
            if percent([file["summary"]]) < LEAST:
                branches = [f"{start}->{end}" for start, end in file["missing_branches"]]
                print(f"  {name}: lines {file['missing_lines']}, branches {branches}", flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
