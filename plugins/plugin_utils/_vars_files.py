# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables as files of an inventory. Private to the collection."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import GpuError

from ._files import replace

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ._lift import Lifted

NAME = "gpu.yml"
HEADER = "# Written by playbook baremetal.gpu.adopt from what the nodes have.\n"
_HIDDEN_BY_A_FOLDER = ("", ".yml", ".yaml", ".json")


@dataclass(frozen=True)
class Change:
    """A file as it is and as it has to be; None: it is not there."""

    path: Path
    before: str | None
    after: str


class _Dumper(yaml.SafeDumper):
    """With quotes around versions, since 580.10 without them is 580.1."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"' if text[:1].isdigit() else None)


_Dumper.add_representer(str, _text)


def render(variables: Mapping[str, Any]) -> str:
    # Through JSON: values carry ansible's tags, which YAML cannot represent.
    plain = json.loads(json.dumps(dict(variables)))
    return HEADER + "---\n" + yaml.dump(plain, Dumper=_Dumper, sort_keys=True)


def changes(folder: Path, lifted: Lifted) -> list[Change]:
    """What has to be written; nothing is."""
    files = [("group_vars", name, variables) for name, variables in sorted(lifted.groups.items())]
    files += [("host_vars", name, variables) for name, variables in sorted(lifted.hosts.items())]
    found, in_the_way = [], []
    for kind, name, variables in files:
        if "/" in name or name in ("", ".", ".."):
            raise GpuError(f"{name!r} cannot name a folder below {kind}: rename it in the inventory")
        place = folder / kind / name
        hidden = [path for end in _HIDDEN_BY_A_FOLDER if (path := folder / kind / (name + end)).is_file()]
        if hidden and not place.is_dir():
            in_the_way += [
                f"mv {path} {place}.kept && mkdir {place} && mv {place}.kept {place}/main.yml" for path in hidden
            ]
            continue
        found.append(_change(place / NAME, variables))
    if in_the_way:
        raise GpuError(
            "a folder hides a file of its name from Ansible, so variables cannot be written beside these files. "
            "Nothing was written. Move them first: " + "; ".join(in_the_way)
        )
    return [change for change in found if change.before != change.after]


def _change(path: Path, variables: Mapping[str, Any]) -> Change:
    """What an earlier run wrote stays, but for these variables."""
    if not path.exists():
        return Change(path, None, render(variables))
    try:
        before = path.read_text(encoding="utf-8")
        there = yaml.safe_load(before) or {}
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise GpuError(f"{path}: not readable as YAML: {error}") from error
    if not isinstance(there, dict):
        raise GpuError(f"{path}: expected variables, found {type(there).__name__}")
    same = all(name in there and there[name] == value for name, value in variables.items())
    return Change(path, before, before if same else render({**there, **variables}))


def write(found: list[Change], *, overwrite: bool, check: bool) -> None:
    """All of them, or none where one is there already and may not be written over."""
    there = [str(change.path) for change in found if change.before is not None]
    if there and not overwrite:
        raise GpuError(
            f"{', '.join(there)}: there already, with other values. Nothing was written. "
            "To have them written over, set gpu_adopt_overwrite to true"
        )
    for change in [] if check else found:
        try:
            change.path.parent.mkdir(parents=True, exist_ok=True)
            replace(change.path, change.after, mode=0o644)
        except OSError as error:
            raise GpuError(f"writing {change.path}: {error.strerror or error}") from error
