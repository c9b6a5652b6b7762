# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection as a user gets it: built, and installed where nothing else of the checkout is."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]
ANSIBLES_OWN = "/ansible/_internal/"
"""ansible-doc warns of a collection that ansible-core itself contains."""


@dataclass(frozen=True)
class User:
    """Somebody with ansible and the installed collection."""

    home: Path
    collections: Path
    programs: Path = Path(sys.executable).parent
    """Whose ansible it is"""
    more: tuple[Path, ...] = ()
    """Where the collections are that ours needs, if that ansible does not bring them"""

    def run(self, tool: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE_", "PYTHON"))}
        ours = {
            "HOME": str(self.home),
            "ANSIBLE_COLLECTIONS_PATH": os.pathsep.join(map(str, (self.collections, *self.more))),
            "ANSIBLE_NOCOLOR": "1",
            # Which Python this machine has is not the collection's doing.
            "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
        }
        command = [str(self.programs / tool), *arguments]
        return subprocess.run(
            command, cwd=self.home, env=inherited | ours, capture_output=True, text=True, check=False, timeout=300
        )

    def silent(self, tool: str, *arguments: str) -> str:
        """What a tool printed, when it did well and had nothing to warn of."""
        done = self.run(tool, *arguments)
        said = done.stdout + done.stderr
        assert done.returncode == 0, said
        assert [line for line in said.splitlines() if "WARNING" in line and ANSIBLES_OWN not in line] == []
        return done.stdout


@pytest.fixture(scope="session")
def nobody(tmp_path_factory: pytest.TempPathFactory) -> User:
    """Before the installation."""
    home = tmp_path_factory.mktemp("user")
    return User(home, home / "collections")


@pytest.fixture(scope="session")
def archive(nobody: User) -> Path:
    nobody.silent("ansible-galaxy", "collection", "build", "--output-path", str(nobody.home), str(REPO))
    (built,) = nobody.home.glob("*.tar.gz")
    return built


@pytest.fixture(scope="session")
def user(nobody: User, archive: Path) -> User:
    to = ["--collections-path", str(nobody.collections)]
    nobody.silent("ansible-galaxy", "collection", "install", "--offline", "--no-deps", *to, str(archive))
    return nobody


@pytest.fixture(scope="session")
def installed(user: User) -> Path:
    return user.collections / "ansible_collections" / "baremetal" / "gpu"
