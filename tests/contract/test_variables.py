# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A role reads and sets its own variables, and nobody else's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from ansible_collections.baremetal.gpu.plugins.plugin_utils._request import COMPONENTS
from jinja2 import Environment, meta, nodes

from .test_roles import options
from .tree import REPO, ROLES, action, load, name, task_files, tasks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SHARED = {"gpu_node_plan"}
"""What the look leaves for every role."""
RESULTS = {
    "gpu_node": SHARED,
    "gpu_operator": {"gpu_operator_plan", "gpu_operator_ready"},
    "gpu_upgrade": {
        f"gpu_upgrade_{word}"
        for word in ("back", "begun", "drained", "ended", "failed", "override", "record", "serial", "steps")
    },
}
"""What a role leaves for playbooks and for other roles."""
ANSIBLE = {
    "hostvars",
    "groups",
    "group_names",
    "inventory_hostname",
    "item",
    "lookup",
    "now",
    "omit",
    "play_hosts",
    "q",
}
EXPRESSIONS = ("when", "until", "changed_when", "failed_when", "that")
INCLUDED_ROLE = "ansible.builtin.include_role"
COMPARISONS = [*REPO.glob("plugins/module_utils/_compare/*.py"), *REPO.glob("plugins/action/*.py")]


class Every(dict[str, Any]):
    """Filters and tests of any name; nothing is rendered here."""

    def get(self, key: str, default: Any = None) -> Any:
        return super().get(key, str)


JINJA = Environment()
JINJA.filters, JINJA.tests = Every(), Every()


def strings(value: Any, key: str = "") -> Iterator[str]:
    """Templates within a value; a bare expression as one."""
    if isinstance(value, dict):
        for inner, content in value.items():
            yield from strings(content, inner)
    elif isinstance(value, list):
        for content in value:
            yield from strings(content, key)
    elif isinstance(value, str):
        yield "{{ " + value + " }}" if key in EXPRESSIONS else value


def read(*values: Any) -> set[str]:
    found: set[str] = set()
    for text in strings(list(values)):
        found |= meta.find_undeclared_variables(JINJA.parse(text))
    return {word for word in found if not word.startswith("ansible_") and word not in ANSIBLE}


def files(role: str, folder: str) -> list[Path]:
    return sorted((REPO / "roles" / role / folder).glob("*.yml"))


def templates(role: str) -> list[str]:
    return [path.read_text() for path in sorted((REPO / "roles" / role).glob("templates/**/*.j2"))]


def all_tasks(role: str) -> list[dict[str, Any]]:
    handlers = [task for path in files(role, "handlers") for task in tasks(path)]
    return [task for path in task_files(role) for task in tasks(path)] + handlers


def constants(role: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for path in files(role, "vars"):
        found |= load(name(path)) or {}
    return found


def made(task: dict[str, Any]) -> set[str]:
    """Variables that a task sets for its role."""
    found = set(task.get("ansible.builtin.set_fact", {})) - {"cacheable"}
    found |= {task[key] for key in ("register",) if key in task}
    found |= {task.get("loop_control", {}).get(key) for key in ("loop_var", "index_var")} - {None}
    if INCLUDED_ROLE not in task:
        found |= set(task.get("vars", {}))
    return found


@pytest.mark.parametrize("role", ROLES)
def test_options_carry_the_prefix_of_their_role(role: str) -> None:
    assert [option for option in options(role) if not option.startswith(f"{role}_")] == []


@pytest.mark.parametrize("role", ROLES)
def test_internals_say_that_they_are(role: str) -> None:
    set_here = set(constants(role)).union(*(made(task) for task in all_tasks(role)))
    assert sorted(word for word in set_here - RESULTS.get(role, set()) if not word.startswith(f"__{role}_")) == []


@pytest.mark.parametrize("role", ROLES)
def test_a_role_is_given_only_its_own_options(role: str) -> None:
    for task in all_tasks(role):
        if INCLUDED_ROLE in task:
            included = task[INCLUDED_ROLE]["name"].removeprefix("baremetal.gpu.")
            assert set(task.get("vars", {})) <= set(options(included)), task["name"]


@pytest.mark.parametrize("role", ROLES)
def test_a_role_reads_what_it_has(role: str) -> None:
    """Neither another role's variables nor ones that nobody sets."""
    known = SHARED | set(options(role)) | set(constants(role)).union(*(made(task) for task in all_tasks(role)))
    assert sorted(read(all_tasks(role), constants(role), templates(role)) - known) == []


@pytest.mark.parametrize("role", ROLES)
def test_every_option_is_read(role: str) -> None:
    """By the role, or by a comparison, which gets the options of its roles without their prefix."""
    used = SHARED | read(all_tasks(role), constants(role), templates(role))
    if role in {*COMPONENTS, "gpu_operator"}:
        text = "".join(path.read_text() for path in COMPARISONS)
        used |= {f"{role}_{word}" for word in re.findall(r'"(\w+)"', text)}
    assert sorted(set(options(role)) - used) == []


PLAYBOOKS = sorted((REPO / "playbooks").glob("*.yml"))
YES_OR_NO = {name for role in ROLES for name, option in options(role).items() if option["type"] == "bool"}
YES_OR_NO.add("gpu_site_full_run")


def taken_as_they_are(text: str) -> set[str]:
    """Yes-or-no variables that a template reads without filter bool."""
    tree = JINJA.parse(text)
    typed = {
        id(word) for chain in tree.find_all(nodes.Filter) if chain.name == "bool" for word in chain.find_all(nodes.Name)
    }
    return {word.name for word in tree.find_all(nodes.Name) if word.name in YES_OR_NO and id(word) not in typed}


FILES_OF_TASKS = [path for role in ROLES for path in task_files(role)]
FILES_OF_TASKS += sorted((REPO / "playbooks" / "tasks").glob("*.yml"))


@pytest.mark.parametrize("path", FILES_OF_TASKS, ids=name)
def test_a_yes_or_no_from_the_command_line_is_understood(path: Path) -> None:
    """There `-e x=false` is text, which an expression takes for true."""
    for task in tasks(path):
        for text in strings({key: value for key, value in task.items() if key not in ("block", "rescue", "always")}):
            # A module converts an argument that is nothing but the variable.
            arguments = task[action(task)]
            given = isinstance(arguments, dict) and text in arguments.values() and text.strip("{} ") in YES_OR_NO
            assert given or not taken_as_they_are(text), (task.get("name"), text)


@pytest.mark.parametrize("playbook", PLAYBOOKS, ids=lambda path: path.stem)
def test_a_playbook_runs_on_the_hosts_that_a_variable_names(playbook: Path) -> None:
    for play in load(name(playbook)):
        if "ansible.builtin.import_playbook" not in play:
            assert read(play["hosts"]) <= {"gpu_hosts", "gpu_operator_runner"}, play["name"]
            assert play["gather_facts"] is False


@pytest.mark.parametrize("playbook", PLAYBOOKS, ids=lambda path: path.stem)
def test_a_playbook_imports_what_there_is(playbook: Path) -> None:
    for play in load(name(playbook)):
        imported = play.get("ansible.builtin.import_playbook", f"baremetal.gpu.{playbook.stem}")
        assert (REPO / "playbooks" / f"{imported.removeprefix('baremetal.gpu.')}.yml").is_file(), imported
