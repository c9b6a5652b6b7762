# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Code that travels to the nodes: the same names there as here, in packages that hold nothing else."""

from __future__ import annotations

from pathlib import Path

from lab import REPO

HERE = Path(__file__).parent
CAPTURE = REPO / "tests/fixtures/captures/h100-580.159.04"


def package(*modules: str) -> dict[str, bytes]:
    """Path → content of these modules of the silicon, and of the packages that they are in."""
    files: dict[str, bytes] = {}
    for module in modules:
        path = HERE / f"{module}.py"
        files[path.relative_to(REPO).as_posix()] = path.read_bytes()
        for folder in path.relative_to(REPO).parents[:-1]:
            files[f"{folder.as_posix()}/__init__.py"] = b""
    return files
