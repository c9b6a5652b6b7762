# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Imports go one way."""

from __future__ import annotations

import ast
import graphlib
import re
import sys
from typing import TYPE_CHECKING

import pytest

from .tree import REPO, files, name

if TYPE_CHECKING:
    from pathlib import Path

COLLECTION = "ansible_collections.baremetal.gpu.plugins."
UTILS = REPO / "plugins" / "module_utils"
MAY_IMPORT: dict[str, set[str]] = {
    "_dataclass": set(),
    "_errors": set(),
    "_plain": set(),
    "_record": {"_errors"},
    "_root": set(),
    "_runner": {"_errors"},
    "_compat": set(),
    "_parse": {"_errors"},
    "_observe": {"_compat", "_errors", "_parse", "_root", "_runner"},
    "_busy": {"_errors", "_observe", "_root", "_runner"},
    "_compare": {"_cluster.types", "_compat"},
    "_packages": {"_compat", "_errors", "_root", "_runtime.files"},
    "_sources": {"_errors", "_parse", "_runner"},
    "_apt": {"_busy", "_compat", "_errors", "_observe", "_packages", "_parse", "_root", "_runner", "_sources"},
    "_beside": {"_errors", "_runtime"},
    "_kernel_lock": {"_compat", "_dnf", "_errors", "_observe", "_root", "_runner", "_runtime.files"},
    "_dkms": {"_errors", "_observe", "_root", "_runner"},
    "_swap": {"_errors", "_observe", "_parse", "_root", "_runner"},
    "_dnf": {
        "_busy",
        "_compat",
        "_errors",
        "_observe",
        "_packages",
        "_parse",
        "_root",
        "_runner",
        "_runtime.files",
        "_sources",
    },
    "_runtime": {"_errors", "_parse", "_runner"},
    "_cluster": {"_errors"},
}
"""Each part of module_utils, and the parts, or single modules of them, that it may import."""
ALL_MAY_IMPORT = {"_dataclass"}
BEYOND_THE_STANDARD_LIBRARY = {"_cluster": {"kubernetes", "urllib3"}}
"""For the one part that runs where the cluster's client is, never on a node."""
NEWER = {"graphlib", "tomllib", "zoneinfo"}
"""In the standard library, but not in Python 3.8's."""
ANSIBLE_ON_THE_NODE = {"ansible.module_utils"}
CONTROLLER = {"jmespath", "yaml"}


def imports(path: Path) -> set[str]:
    """Absolute names of what a file imports, the collection's own from its plugins folder on."""
    package = path.relative_to(REPO / "plugins").parent.parts
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = ".".join([*package[: len(package) - node.level + 1]]) if node.level else ""
            module = ".".join(part for part in (base, node.module or "") if part)
            found |= {f"{module}.{alias.name}" for alias in node.names} if module == base else {module}
    return {word.removeprefix(COLLECTION) for word in found}


def part(module: str) -> str:
    return module.split(".")[1]


def standard(module: str) -> bool:
    top = module.split(".", maxsplit=1)[0]
    return top == "__future__" or (top in sys.stdlib_module_names and top not in NEWER)


def python(folder: str) -> list[Path]:
    found = files(f"plugins/{folder}/*.py")
    assert found, folder
    return found


@pytest.mark.parametrize("path", python("module_utils"), ids=name)
def test_module_utils(path: Path) -> None:
    here = part("module_utils." + path.relative_to(UTILS).with_suffix("").as_posix().replace("/", "."))
    for module in imports(path):
        if module.startswith("module_utils."):
            allowed = MAY_IMPORT[here] | {here} | ALL_MAY_IMPORT
            assert part(module) in allowed or module.removeprefix("module_utils.") in allowed, module
        else:
            top = module.split(".", maxsplit=1)[0]
            assert standard(module) or top in BEYOND_THE_STANDARD_LIBRARY.get(here, set()), module


@pytest.mark.parametrize("path", python("module_utils"), ids=name)
def test_frozen_dataclasses_are_the_cheap_ones(path: Path) -> None:
    """Everything that a node runs makes its classes anew at every start."""
    if path.stem != "_dataclass":
        assert not re.search(r"^from dataclasses import .*\bdataclass\b", path.read_text(), re.MULTILINE)


def test_every_part_has_its_line() -> None:
    there = {path.stem for path in UTILS.iterdir() if path.name != "__pycache__" and path.suffix in ("", ".py")}
    assert there - {"__init__"} == set(MAY_IMPORT)


def test_there_is_one_way() -> None:
    parts = {here: {word.split(".")[0] for word in others} for here, others in MAY_IMPORT.items()}
    graphlib.TopologicalSorter(parts).prepare()


@pytest.mark.parametrize("path", python("modules"), ids=name)
def test_modules(path: Path) -> None:
    """A node gets the module, module_utils and ansible's own."""
    for module in imports(path):
        ansible = ".".join(module.split(".")[:2])
        assert module.startswith("module_utils.") or ansible in ANSIBLE_ON_THE_NODE or standard(module), module


@pytest.mark.parametrize("path", [*python("plugin_utils"), *python("action"), *python("filter")], ids=name)
def test_controller(path: Path) -> None:
    """Never a module, whose place is a node."""
    for module in imports(path):
        ours = module.startswith(("module_utils.", "plugin_utils."))
        top = module.split(".", maxsplit=1)[0]
        assert ours or top in {"ansible", *CONTROLLER} or top in sys.stdlib_module_names | {"__future__"}, module


def test_the_rule_can_be_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All the ways to write an import are seen."""
    monkeypatch.setattr(sys.modules[__name__], "REPO", tmp_path)
    path = tmp_path / "plugins" / "module_utils" / "_parse" / "x.py"
    path.parent.mkdir(parents=True)
    path.write_text(
        "from .. import _observe\nfrom .._compare.plan import make_plan\n"
        "from . import toml\nfrom .apt import upstream\n"
        f"import ansible.errors\nfrom {COLLECTION}module_utils._apt.resolve import Resolver\n"
        "def late():\n    import yaml\n"
    )
    assert imports(path) == {
        "module_utils._observe",
        "module_utils._compare.plan",
        "module_utils._parse.toml",
        "module_utils._parse.apt",
        "ansible.errors",
        "module_utils._apt.resolve",
        "yaml",
    }
