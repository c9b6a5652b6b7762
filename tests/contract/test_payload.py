# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Ansible sends to a node for each module: nothing that is not used, and not much."""

from __future__ import annotations

import io
import random
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from .test_imports import imports
from .tree import REPO, files, name

if TYPE_CHECKING:
    from pathlib import Path

LARGEST = 120 * 1024
"""Bytes of the collection's own share, zipped as Ansible zips it; its own module_utils come on top for every module."""
PLUGINS = REPO / "plugins"
MODULES = sorted(path for path in files("plugins/modules/*.py") if path.stem != "__init__")
OF_OTHERS = {
    "gpu_node_info": {"_apt", "_cluster", "_compare", "_dkms", "_runtime"},
    "nvidia_smi_info": {"_apt", "_cluster", "_compare", "_dkms", "_runtime"},
}
"""Parts that a module has no use for."""


def file_of(module: str) -> Path | None:
    """`module_utils._parse.toml`, or a name within that."""
    parts = module.split(".")
    if parts[0] != "module_utils":
        return None
    whole = PLUGINS.joinpath(*parts)
    places = (whole.with_suffix(".py"), whole / "__init__.py", whole.parent.with_suffix(".py"))
    return next((place for place in places if place.is_file()), None)


def closure(start: Path) -> set[Path]:
    """Everything that a module imports, also within functions, with the packages that it is in."""
    found: set[Path] = set()
    todo = [start]
    while todo:
        path = todo.pop()
        if path in found:
            continue
        found.add(path)
        found |= {folder / "__init__.py" for folder in path.parents if (folder / "__init__.py").is_file()}
        todo += [place for place in map(file_of, imports(path)) if place is not None]
    return found


def zipped(paths: set[Path]) -> int:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(paths):
            archive.write(path, f"ansible_collections/baremetal/gpu/{name(path)}")
    return len(buffer.getvalue())


@pytest.mark.parametrize("module", MODULES, ids=name)
def test_what_a_module_brings_is_small(module: Path) -> None:
    size = zipped(closure(module))
    assert size <= LARGEST, f"{size} bytes for {module.stem}"


@pytest.mark.parametrize("module", OF_OTHERS)
def test_a_look_brings_nothing_of_the_acting(module: str) -> None:
    parts = {
        name(path).split("/")[2] for path in closure(PLUGINS / "modules" / f"{module}.py") if "_utils/" in name(path)
    }
    assert parts & OF_OTHERS[module] == set()


def test_the_closure_is_what_the_module_needs() -> None:
    """It has what is imported far away, and not what nobody imports."""
    found = {name(path) for path in closure(PLUGINS / "modules" / "gpu_node_info.py")}
    assert {
        "plugins/modules/gpu_node_info.py",
        "plugins/module_utils/_parse/cpio.py",
        "plugins/module_utils/_compat/gpus.py",
    } <= found
    assert "plugins/module_utils/_compat/operator_causes.py" not in found


def test_too_much_would_be_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[__name__], "name", lambda path: path.name)
    path = tmp_path / "noise.py"
    path.write_bytes(random.Random(0).randbytes(LARGEST))
    assert zipped({path}) > LARGEST
