# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tests reach nearly every line and branch of what is pure."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tools import coverage


def test_the_pure_parts_are_covered() -> None:
    argv = [sys.executable, str(coverage.REPO / "tools" / "coverage.py")]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_is_not_covered_would_be_found(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    summary = {"covered_lines": 90, "num_statements": 100, "covered_branches": 19, "num_branches": 20}
    file = {"summary": summary, "missing_lines": [7], "missing_branches": [[1, 2]]}
    part = coverage.REPO / "plugins" / "module_utils"
    paths = [path.relative_to(coverage.REPO).as_posix() for path in part.glob("_parse/*.py")]
    monkeypatch.setattr(coverage, "measure", lambda _data: dict.fromkeys(paths, file))
    assert coverage.main(["_parse"]) == 1
    assert "coverage _parse: 90.8 %" in capsys.readouterr().out
    monkeypatch.setattr(coverage, "measure", lambda _data: {})
    assert coverage.main(["_parse"]) == 1
    assert "never imported" in capsys.readouterr().out
