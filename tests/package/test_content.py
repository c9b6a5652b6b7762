# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is in the archive, and what is not."""

from __future__ import annotations

import subprocess
import tarfile
from typing import TYPE_CHECKING

import yaml

from .conftest import REPO

if TYPE_CHECKING:
    from pathlib import Path

FILES = {
    *("CHANGELOG.md", "CONTRIBUTING.md", "COPYING", "FILES.json", "MANIFEST.json", "README.md"),
    *("requirements.txt", "requirements.yml"),
}
FOLDERS = {"changelogs", "docs", "inventory", "meta", "playbooks", "plugins", "roles"}


def names(archive: Path) -> set[str]:
    with tarfile.open(archive) as file:
        return {member.name for member in file.getmembers() if member.isfile()}


def test_the_name_says_which_version_it_is(archive: Path) -> None:
    version = yaml.safe_load((REPO / "galaxy.yml").read_text())["version"]
    assert archive.name == f"baremetal-gpu-{version}.tar.gz"


def test_nothing_but_the_collection(archive: Path) -> None:
    top = {name.split("/")[0] for name in names(archive)}
    assert sorted(top - FILES - FOLDERS) == []
    assert sorted(FILES - top) == []


def test_no_inventory_but_the_sample(archive: Path) -> None:
    assert {name.split("/")[1] for name in names(archive) if name.startswith("inventory/")} == {"sample"}


def test_no_leftovers(archive: Path) -> None:
    hidden = [name for name in names(archive) if any(part.startswith((".", "__pycache__")) for part in name.split("/"))]
    assert hidden == []
    assert [name for name in names(archive) if name.endswith((".pyc", ".toml", ".cfg"))] == []


def test_everything_of_the_collection(archive: Path) -> None:
    command = ["git", "ls-files", "roles", "plugins", "playbooks", "meta", "inventory/sample"]
    tracked = subprocess.run(command, cwd=REPO, capture_output=True, text=True, check=True).stdout.split()
    there = {name for name in tracked if (REPO / name).is_file()}
    assert len(there) > len(FILES)
    assert sorted(there - names(archive)) == []


def test_it_is_small(archive: Path) -> None:
    """Hundreds of nodes' worth of CI fetch it."""
    assert archive.stat().st_size < 512 * 1024
