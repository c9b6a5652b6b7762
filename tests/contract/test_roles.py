# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every role has the same anatomy."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._compare.plan import ROLES as PLANNED

from .tree import REPO, ROLES, action, load, name, task_files, tasks

INCLUDES = {"ansible.builtin." + word for word in ("include_tasks", "import_tasks", "include_role", "import_role")}
LOOKS = {"baremetal.gpu.gpu_node_plan", "baremetal.gpu.gpu_operator_plan"}
OWN_FILES = {"ansible.builtin.include_tasks", "ansible.builtin.import_tasks"}
LONGEST = 120
DIRECT = 4
"""Tasks that a role may have in main.yml without files of their own."""
DISTRIBUTION = re.compile(r"ansible_(facts\W+)?(distribution|os_family|lsb|pkg_mgr)")


def entry_points(role: str) -> dict[str, Any]:
    found: dict[str, Any] = load("roles", role, "meta", "argument_specs.yml")["argument_specs"]
    return found


def options(role: str) -> dict[str, Any]:
    return {name: option for entry in entry_points(role).values() for name, option in entry["options"].items()}


def typed(values: dict[str, Any]) -> dict[str, tuple[str, Any]]:
    """So that true is not 1, and "580" is not 580."""
    return {key: (type(value).__name__, value) for key, value in values.items()}


def test_there_are_roles() -> None:
    assert "nvidia_driver" in ROLES


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("path", ["defaults/main.yml", "meta/main.yml", "meta/argument_specs.yml", "tasks/main.yml"])
def test_a_role_has(role: str, path: str) -> None:
    assert (REPO / "roles" / role / path).is_file()


@pytest.mark.parametrize("role", ROLES)
def test_a_default_has_one_value(role: str) -> None:
    """The comparison resolves the specs' defaults, a role that runs has those of its defaults."""
    wanted = {name: option["default"] for name, option in options(role).items() if not option.get("required")}
    assert typed(load("roles", role, "defaults", "main.yml") or {}) == typed(wanted)


@pytest.mark.parametrize("role", ROLES)
def test_an_option_is_the_same_at_every_entry_point(role: str) -> None:
    for entry in entry_points(role).values():
        for option, spec in entry["options"].items():
            assert spec == options(role)[option], option


@pytest.mark.parametrize("role", ROLES)
def test_every_entry_point_has_its_tasks(role: str) -> None:
    assert set(entry_points(role)) <= {path.stem for path in task_files(role)}


@pytest.mark.parametrize("role", PLANNED)
def test_a_role_that_a_plan_names_acts_on_it(role: str) -> None:
    """Without another look."""
    used = [action(task) for task in tasks(REPO / "roles" / role / "tasks" / "act.yml")]
    assert used and not LOOKS & set(used)


@pytest.mark.parametrize("role", ROLES)
def test_main_is_a_table_of_contents(role: str) -> None:
    """Of what follows the look. Or the whole of it, where that is short; never a mix."""
    used = [action(task) for task in tasks(REPO / "roles" / role / "tasks" / "main.yml")]
    if OWN_FILES & set(used):
        assert set(used[:1]) <= INCLUDES | LOOKS
        assert set(used[1:]) <= INCLUDES
    else:
        assert 0 < len(used) <= DIRECT


@pytest.mark.parametrize("role", ROLES)
def test_task_files_are_short(role: str) -> None:
    long = [name(path) for path in task_files(role) if len(path.read_text().splitlines()) > LONGEST]
    assert long == []


@pytest.mark.parametrize("role", ROLES)
def test_a_task_says_which_part_of_the_role_it_is(role: str) -> None:
    names = [task.get("name", "") for path in task_files(role) if path.stem != "main" for task in tasks(path)]
    assert [found for found in names if not re.match(r"[A-Z][a-z]+ \| [A-Z]", found)] == []


@pytest.mark.parametrize("role", ROLES)
def test_no_task_asks_which_distribution_this_is(role: str) -> None:
    """That is in the observation, and what follows from it is in the plan."""
    assert [name(path) for path in task_files(role) if DISTRIBUTION.search(path.read_text())] == []


@pytest.mark.parametrize("role", ROLES)
def test_no_failure_is_swept_away(role: str) -> None:
    found = [task for path in task_files(role) for task in tasks(path)]
    assert [task["name"] for task in found if "ignore_errors" in task or task.get("failed_when") is False] == []


@pytest.mark.parametrize("role", ROLES)
def test_what_a_role_says_of_itself(role: str) -> None:
    info = load("roles", role, "meta", "main.yml")["galaxy_info"]
    assert info["description"] == entry_points(role)["main"]["short_description"]
    assert (info["license"], info["author"]) == ("GPL-3.0-or-later", "baremetal.gpu contributors")
    assert load("meta", "runtime.yml")["requires_ansible"] == f">={info['min_ansible_version']}.0"
    assert load("roles", role, "meta", "main.yml")["dependencies"] == []
