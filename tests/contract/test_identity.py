# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said in more than one place is the same in all of them."""

from __future__ import annotations

import importlib
import re

import pytest

from .tree import REPO, ROLES, files, load

PLUGINS = "ansible_collections.baremetal.gpu.plugins"


def test_dependencies() -> None:
    """What Galaxy installs is what a checkout installs."""
    wanted = {entry["name"]: entry["version"] for entry in load("requirements.yml")["collections"]}
    assert load("galaxy.yml")["dependencies"] == wanted


def test_other_collections_are_dependencies() -> None:
    known = {*load("galaxy.yml")["dependencies"], "ansible.builtin", "baremetal.gpu"}
    word = re.compile(r"^\s*(?:- )?([a-z_]+\.[a-z_]+)\.[a-z_]+:", re.MULTILINE)
    used = {found for path in files("roles/*.yml", "playbooks/*.yml") for found in word.findall(path.read_text())}
    assert "ansible.builtin" in used
    assert used <= known


def test_the_changelog_knows_this_version() -> None:
    version = load("galaxy.yml")["version"]
    assert version in load("changelogs", "changelog.yaml")["releases"]
    assert f'<a id="v{version.replace(".", "-")}"></a>' in (REPO / "CHANGELOG.md").read_text()


def test_actions_and_modules() -> None:
    """An action is documented by the module of its name, and a module without code has one."""
    actions = {path.stem for path in (REPO / "plugins" / "action").glob("*.py")}
    modules = {path.stem: path.read_text() for path in (REPO / "plugins" / "modules").glob("*.py")}
    assert actions == {stem for stem, text in modules.items() if "def main(" not in text}


def test_filters() -> None:
    """Each has its documentation, and each documentation its filter."""
    folder = REPO / "plugins" / "filter"
    modules = [importlib.import_module(f"{PLUGINS}.filter.{path.stem}") for path in folder.glob("[!_]*.py")]
    filters = [name for module in modules for name in module.FilterModule().filters()]
    assert sorted(filters) == sorted(path.stem for path in folder.glob("*.yml"))


@pytest.mark.parametrize("stem", sorted(path.stem for path in (REPO / "plugins" / "filter").glob("*.yml")))
def test_a_filter_is_documented_under_its_name(stem: str) -> None:
    assert load("plugins", "filter", f"{stem}.yml")["DOCUMENTATION"]["name"] == stem


def test_the_plan_names_roles() -> None:
    plan = importlib.import_module(f"{PLUGINS}.module_utils._compare.plan")
    request = importlib.import_module(f"{PLUGINS}.plugin_utils._request")
    assert set(plan.ROLES) <= set(ROLES)
    assert set(request.COMPONENTS) <= set(ROLES)
