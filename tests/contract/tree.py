# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the checkout holds."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import yaml

REPO = Path(__file__).resolve().parents[2]
ROLES = sorted(path.name for path in (REPO / "roles").iterdir() if any(part.is_file() for part in path.rglob("*")))


def load(*parts: str) -> Any:
    return yaml.safe_load(REPO.joinpath(*parts).read_text())


def task_files(role: str) -> list[Path]:
    return sorted((REPO / "roles" / role / "tasks").glob("*.yml"))


def tasks(path: Path) -> list[dict[str, Any]]:
    """Every task of a file, those within blocks too."""
    found: list[dict[str, Any]] = []
    todo = list(yaml.safe_load(path.read_text()) or [])
    while todo:
        task = todo.pop(0)
        todo = [*task.get("block", []), *task.get("rescue", []), *task.get("always", []), *todo]
        found.append(task)
    return found


def action(task: dict[str, Any]) -> str:
    """The module of a task, or `block`."""
    return next(key for key in task if "." in key or key == "block")


def files(*patterns: str) -> list[Path]:
    """Tracked files, and those that are about to be."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    out = subprocess.run(command, cwd=REPO, capture_output=True, text=True, check=True).stdout
    return [REPO / line for line in out.splitlines() if (REPO / line).is_file()]


def name(path: Path) -> str:
    return path.relative_to(REPO).as_posix()
