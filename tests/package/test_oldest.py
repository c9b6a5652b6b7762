# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The installed collection under the oldest ansible-core that it says it runs on."""

from __future__ import annotations

import re
import subprocess
import sysconfig
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from tools.sanity import interpreter

from .conftest import REPO, User
from .test_installed import HERE, PLAYBOOKS

PYTHONS = ("3.13", "3.12", "3.11")
"""Those that it runs on itself."""


def oldest() -> str:
    """`2.18` of `>=2.18.0`."""
    wanted = yaml.safe_load((REPO / "meta" / "runtime.yml").read_text())["requires_ansible"]
    found = re.fullmatch(r">=(\d+\.\d+)\.0", wanted)
    assert found, wanted
    return found.group(1)


@pytest.fixture(scope="module")
def programs() -> Path:
    """A virtual environment with that ansible-core, kept for the next time."""
    folder = REPO / ".build" / f"ansible-core-{oldest()}"
    made = folder / ".made"
    if not made.exists():
        python = next((path for path in map(interpreter, PYTHONS) if path), None)
        if python is None:
            pytest.skip(f"no Python of {', '.join(PYTHONS)} on this machine")
        subprocess.run([python, "-m", "venv", "--clear", folder], check=True)
        pip = str(folder / "bin" / "pip")
        subprocess.run([pip, "--quiet", "install", f"ansible-core~={oldest()}.0", "jmespath"], check=True)
        made.touch()
    return folder / "bin"


@pytest.fixture(scope="module")
def earlier(user: User, programs: Path) -> User:
    """The same user with that ansible; the two collections that ours needs are those of the newest one."""
    return replace(user, programs=programs, more=(Path(sysconfig.get_paths()["purelib"]),))


def test_it_is_that_old(earlier: User) -> None:
    assert f"[core {oldest()}." in earlier.silent("ansible", "--version")


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_a_playbook_is_read(earlier: User, playbook: str) -> None:
    earlier.silent("ansible-playbook", f"baremetal.gpu.{playbook}", *HERE, "--syntax-check")


def test_this_machine(earlier: User) -> None:
    """Roles, an action, the look and filters."""
    said = earlier.silent("ansible-playbook", "baremetal.gpu.report", *HERE)
    assert "failed=0" in said
    assert "unreachable=0" in said


def test_the_documentation_beside_a_module_is_found(earlier: User) -> None:
    assert "observed" in earlier.silent("ansible-doc", "--type", "module", "baremetal.gpu.gpu_node_info")
