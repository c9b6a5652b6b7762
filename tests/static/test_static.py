# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each linter over everything, from the quickest."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
DOCS = ["lint-collection-docs", "--plugin-docs", "--skip-rstcheck", "--validate-collection-refs=dependent"]
LINTERS = {
    "ruff": ["ruff", "check", "."],
    "ruff format": ["ruff", "format", "--check", "."],
    "changelog": ["antsibull-changelog", "lint"],
    "yamllint": ["yamllint", "--strict", "."],
    "mypy": ["mypy"],
    "antsibull-docs": ["antsibull-docs", *DOCS, "--disallow-unknown-collection-refs", "."],
    "ansible-lint": ["ansible-lint"],
}


def check(program: str, *arguments: str) -> None:
    # ansible-lint finds ansible-playbook, and ansible finds the collection, by these.
    paths = {"PATH": f"{BIN}:{os.environ['PATH']}", "ANSIBLE_COLLECTIONS_PATH": str(REPO / ".build")}
    # antsibull-docs copies what git knows of each dependency; .venv is ignored, so it must not see this repository.
    paths["GIT_CEILING_DIRECTORIES"] = str(REPO / ".venv")
    argv = [str(BIN / program), *arguments]
    done = subprocess.run(argv, cwd=REPO, env=os.environ | paths, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{program} found:\n{done.stdout}{done.stderr}"


@pytest.mark.parametrize("name", LINTERS)
def test_linter(name: str) -> None:
    check(*LINTERS[name])


def test_shell_scripts() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=REPO, capture_output=True, text=True, check=True).stdout.split()
    files = [name for name in listed if (REPO / name).is_file() and not (REPO / name).is_symlink()]
    scripts = [
        name for name in files if (REPO / name).read_bytes().startswith((b"#!/bin/sh\n", b"#!/usr/bin/env bash\n"))
    ]
    assert ".ci/run" in scripts
    # What they source is on a node only.
    check("shellcheck", "--exclude=SC1091", *scripts)
