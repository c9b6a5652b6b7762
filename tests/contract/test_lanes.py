# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How `make test` distributes the tests over its lanes."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests import lanes
from tests.lanes import ALONE, LONG, QUICK, unit_name, units

REPO = Path(__file__).resolve().parents[2]
TESTS = REPO / "tests"
SITE, NODE = "tests/site/test_site.py::test_a", "tests/site/test_node.py"


def test_every_folder_and_every_module_named_is_there() -> None:
    assert {path.parent.name for path in TESTS.glob("*/__init__.py")} == set(lanes.FOLDERS)
    for module in (*lanes.TOGETHER, *lanes.APART):
        assert (TESTS / module).is_file(), module


def test_every_module_that_uses_the_cluster_says_so() -> None:
    """There is one control plane, and one fleet."""
    users = {
        str(path.relative_to(TESTS))
        for path in TESTS.glob("*/test_*.py")
        if re.search(
            r"^from lab\.cluster import .*\bcontrol\b|usefixtures\(\"fleet\"\)", path.read_text(), re.MULTILINE
        )
    }
    assert users == set(lanes.TOGETHER)


@pytest.mark.parametrize("module", lanes.APART)
def test_what_runs_apart_shares_no_node(module: str) -> None:
    """A fixture of the module would be made in each lane, and each lane's node takes the name from the others."""
    assert 'scope="module"' not in (TESTS / module).read_text()


def test_every_folder_is_one_that_pytest_collects() -> None:
    text = (REPO / "pyproject.toml").read_text()
    # What takes longest, and is not part of `make test`: `make test-long`.
    assert [folder for folder in lanes.FOLDERS if f'"tests/{folder}"' not in text] == ["long"]


@pytest.mark.parametrize(
    ("test", "name"),
    [
        ("tests/unit/parse/test_x.py::test_a[b::c]", "unit/parse/test_x.py"),
        ("tests/package/test_x.py::test_a", "package"),
        (f"{NODE}::test_a[b]", "site/test_node.py::test_a"),
        (SITE, "the cluster"),
        ("tests/molecule/test_molecule.py::test_scenario[x]", "molecule/test_molecule.py::test_scenario[x]"),
    ],
)
def test_what_belongs_together_has_one_name(test: str, name: str) -> None:
    assert unit_name(test) == name


def test_first_what_is_quick_then_the_longest_and_what_measures_at_last() -> None:
    bench, plain = "tests/bench/test_cost.py::test_a", "tests/unit/test_x.py::test_a"
    found = units([bench, f"{NODE}::test_a", SITE, plain, SITE + "b"])
    assert [unit.phase for unit in found] == [QUICK, LONG, LONG, ALONE]
    assert [unit.tests for unit in found] == [[plain], [SITE, SITE + "b"], [f"{NODE}::test_a"], [bench]]


def test_it_runs(tmp_path: Path) -> None:
    """Two lanes: a module's tests stay together and in their order, a failure is one, a lane that dies is replaced."""
    folder = tmp_path / "tests" / "site"
    folder.mkdir(parents=True)
    (folder / "test_a.py").write_text(
        "import pytest\nSEEN = []\n"
        "@pytest.mark.parametrize('number', range(5))\ndef test_a(number):\n"
        "    SEEN.append(number)\n    assert SEEN == list(range(number + 1))\n"
    )
    (folder / "test_b.py").write_text("def test_bad():\n    assert False\n")
    (folder / "test_c.py").write_text("import os\ndef test_dies():\n    os._exit(1)\ndef test_after():\n    pass\n")
    argv = [sys.executable, "-m", "pytest", "-p", "tests.lanes", "-n", "2", "--rootdir", str(tmp_path), "tests"]
    done = subprocess.run(
        [*argv, "-p", "no:cacheprovider"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(REPO)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    last = done.stdout.strip().splitlines()[-1]
    assert "2 failed, 6 passed" in last, done.stdout + done.stderr
    assert "site/test_a.py: 5 passed" in done.stdout
    assert "tests/site/test_b.py::test_bad FAILED" in done.stdout
