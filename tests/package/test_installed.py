# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The installed collection does its work, and no tool warns of anything."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from .conftest import REPO

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import User

ROLES = sorted(path.parents[1].name for path in REPO.glob("roles/*/meta/argument_specs.yml"))
MODULES = sorted(path.stem for path in REPO.glob("plugins/modules/*.py"))
FILTERS = sorted(path.stem for path in REPO.glob("plugins/filter/*.yml"))
PLAYBOOKS = sorted(path.stem for path in REPO.glob("playbooks/*.yml"))
HERE = ("--inventory", "localhost,", "--connection", "local", "--extra-vars", "gpu_hosts=localhost", "--check")


@pytest.mark.parametrize(("kind", "names"), [("module", MODULES), ("filter", FILTERS), ("role", ROLES)])
def test_documentation(user: User, kind: str, names: list[str]) -> None:
    found = json.loads(user.silent("ansible-doc", "--json", "--type", kind, *(f"baremetal.gpu.{n}" for n in names)))
    assert sorted(found) == [f"baremetal.gpu.{name}" for name in names]


def test_ansible_lists_what_there_is(user: User) -> None:
    found = json.loads(user.silent("ansible-doc", "--json", "--list", "--type", "module", "baremetal.gpu"))
    assert sorted(found) == [f"baremetal.gpu.{name}" for name in MODULES]


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_a_playbook_is_found_by_its_name(user: User, playbook: str) -> None:
    said = user.silent("ansible-playbook", f"baremetal.gpu.{playbook}", *HERE, "--list-tasks")
    assert "TAGS:" in said


def test_the_sample_inventory(user: User, installed: Path) -> None:
    found = json.loads(user.silent("ansible-inventory", "--inventory", str(installed / "inventory/sample"), "--list"))
    assert found["gpu_nodes"]["hosts"]


@pytest.mark.parametrize("playbook", ["report", "validate"])
def test_this_machine(user: User, playbook: str) -> None:
    """Looks at the machine that the tests run on, whatever that has."""
    said = user.silent("ansible-playbook", f"baremetal.gpu.{playbook}", *HERE)
    assert "failed=0" in said
    assert "unreachable=0" in said


def test_the_report_is_a_table(user: User) -> None:
    """One line of headings and one for this machine, each a line of its own."""
    said = user.silent("ansible-playbook", "baremetal.gpu.report", *HERE)
    printed = json.loads("{" + said.partition(" => {")[2].partition("\nPLAY RECAP")[0])
    heading, row = printed["msg"]
    assert heading.split()[0] == "node"
    assert row.split()[0] == "localhost"
    assert heading.index("os") == row.index(row.split()[1])
