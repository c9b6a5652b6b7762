# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node without a card after the playbook: what it was before. Molecule calls it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import yaml

from lab import REPO

FILE = Path(os.environ["MOLECULE_FILE"])
NAME = yaml.safe_load(FILE.read_text())["platforms"][0]["name"]


def ask(*argv: str, stdin: str = "") -> str:
    return subprocess.run(["docker", *argv], input=stdin, capture_output=True, text=True, check=True).stdout


def test_packages_configuration_boot_files_and_services_are_what_they_were() -> None:
    now = ask("exec", "-i", NAME, "bash", stdin=(REPO / "molecule/shared/files/state.sh").read_text())
    before = (FILE.parent / "bare.txt").read_text()
    assert len(before.splitlines()) > 500
    assert [line.rstrip() for line in now.splitlines()] == [line.rstrip() for line in before.splitlines()]


def test_it_was_never_rebooted() -> None:
    assert ask("inspect", "--format", "{{.RestartCount}}", NAME).strip() == "0"
