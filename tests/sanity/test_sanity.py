# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-test sanity, as tools.sanity runs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tools.sanity import KNOWN, OLDEST, interpreter

REPO = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("version", [*reversed(KNOWN), OLDEST])
def test_sanity(version: str) -> None:
    if interpreter(version) is None:
        pytest.skip(f"no Python {version} on this machine")
    argv = [sys.executable, "-m", "tools.sanity", version]
    done = subprocess.run(argv, cwd=REPO, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
