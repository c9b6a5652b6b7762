# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each scenario of Molecule from create to destroy, and without a warning from our content."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lab import REPO

SCENARIOS = sorted(path.parent.name for path in REPO.glob("molecule/*/molecule.yml"))
BIN = Path(sys.executable).parent


@pytest.mark.usefixtures("lab")
@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario(name: str) -> None:
    paths = {"PATH": f"{BIN}:{os.environ['PATH']}", "ANSIBLE_COLLECTIONS_PATH": str(REPO / ".build")}
    # Unwrapped and without colour, so that a warning is found whole.
    plain = {"NO_COLOR": "1", "ANSIBLE_NOCOLOR": "1", "COLUMNS": "400"}
    done = subprocess.run(
        [str(BIN / "molecule"), "test", "-s", name],
        cwd=REPO,
        env=os.environ | paths | plain,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-8000:]
    assert [line for line in done.stdout.splitlines() if "[WARNING]" in line or "[DEPRECATION" in line] == []
