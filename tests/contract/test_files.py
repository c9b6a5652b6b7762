# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every file says of itself, and what none says."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

from .tree import files, name

if TYPE_CHECKING:
    from pathlib import Path

LONGEST = 300
RETURN = re.compile(r'^RETURN = r"""\n.*?^"""$', re.MULTILINE | re.DOTALL)
HEADER = (
    "(c) 2026 baremetal.gpu contributors",
    "GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)",
    "SPDX-License-Identifier: GPL-3.0-or-later",
)
WRITTEN = [
    path
    for path in files("*.py", "*.pyi", "*.yml", "*.yaml", "*.toml")
    # One is generated; in images are files as a node has them; ansible-test wants some packages empty.
    if name(path) != "changelogs/changelog.yaml" and "/image/" not in name(path) and path.stat().st_size
]
PRODUCT = ("inventory/sample", "meta", "playbooks", "plugins", "roles", "CONTRIBUTING.md")
LAB = re.compile(r"(?<![a-z])(gpulab|lab|silicon)(?![a-z])", re.IGNORECASE)
SILENCED = re.compile(
    r"#\s*noqa|#\s*type:\s*ignore(?!\[[a-z-]+(, [a-z-]+)*\]  # \w)|#\s*pylint:(?! disable=[a-z-]+  # \w)"
)


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", WRITTEN, ids=name)
def test_the_header(path: Path) -> None:
    lines = [line for line in read(path).splitlines()[:5] if line.startswith("#") and not line.startswith("#!")]
    assert len(lines) >= len(HEADER)
    for line, wanted in zip(lines, HEADER, strict=False):
        assert wanted in line


@pytest.mark.parametrize("path", files("lab/*.py", "plugins/*.py", "tests/*.py", "tools/*.py"), ids=name)
def test_a_file_fits_in_the_head(path: Path) -> None:
    """Apart from what a module returns, which Ansible wants in the module's own file, one entry for each value."""
    assert len(RETURN.sub("", read(path)).splitlines()) <= LONGEST


@pytest.mark.parametrize("path", files("*.py"), ids=name)
def test_no_check_is_silenced_without_a_reason(path: Path) -> None:
    assert SILENCED.findall(read(path)) == []


@pytest.mark.parametrize("path", files("plugins/*_utils/*.py", "plugins/doc_fragments/*.py"), ids=name)
def test_what_is_private_says_so(path: Path) -> None:
    said = ast.get_docstring(ast.parse(read(path))) or ""
    assert "Private to the collection." in said
    folders = path.relative_to(next(parent for parent in path.parents if parent.parent.name == "plugins"))
    assert folders.parts[0].startswith("_")


@pytest.mark.parametrize("path", files(*PRODUCT), ids=name)
def test_the_product_does_not_know_the_lab(path: Path) -> None:
    assert [line for line in read(path).splitlines() if LAB.search(line) and "tests/lab" not in line] == []


def test_the_lab_would_be_found() -> None:
    assert LAB.search("in the lab") and LAB.search("/usr/lib/silicon/x") and LAB.search("gpulab-node")
    assert not LAB.search("label") and not LAB.search("available")


def test_silence_would_be_found() -> None:
    assert SILENCED.search("import x  # no" + "qa: F401") and SILENCED.search("x = 1  # type: " + "ignore")
    assert SILENCED.search("x = 1  # type: " + "ignore[misc]")
    assert SILENCED.search("x = 1  # py" + "lint: disable=some-check")
    assert not SILENCED.search("x = 1  # type: " + "ignore[misc]  # JSON")
