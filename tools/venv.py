# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes .venv from test-requirements.txt with the newest Python of this machine, and the collection's place in .build.

python3 tools/venv.py       again: only when the requirements or the Python changed
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

# Started as a file, before there is anything that knows the checkout.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from lab import REPO, LabError
from lab.host import apt
from lab.host.process import run, try_run
from lab.host.progress import step

VENV = REPO / ".venv"
REQUIREMENTS = REPO / "test-requirements.txt"
COLLECTION = REPO / ".build" / "ansible_collections" / "baremetal" / "gpu"
OLDEST, NEWEST = (3, 11), (3, 14)
"""Newest: what ansible-core and its tools are known to run on."""
STEP = "choosing the Python for .venv"
PROBE = """
import importlib.util, sys
print(*sys.version_info[:3], all(map(importlib.util.find_spec, ("ensurepip", "venv"))))
"""
OF_APT = Path("/usr/bin")


@dataclass(frozen=True)
class Python:
    version: tuple[int, ...]
    path: Path
    complete: bool
    """Debian leaves out of its python3 what makes a venv; it is a package of its own."""

    @property
    def minor(self) -> str:
        return ".".join(map(str, self.version[:2]))


def pythons() -> list[Path]:
    """Every interpreter named python3.N on PATH and under pyenv."""
    folders = [Path(entry) for entry in os.environ.get("PATH", "").split(os.pathsep) if entry]
    home = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    folders += sorted(home.glob("versions/*/bin"))
    names = [f"python3.{minor}" for minor in range(OLDEST[1], NEWEST[1] + 1)] + ["python3"]
    return [folder / name for folder in folders if folder.name != "shims" for name in names if (folder / name).exists()]


def look(path: Path) -> Python | None:
    """None for one that does not run."""
    done = try_run([str(path), "-c", PROBE])
    if done.rc != 0:
        return None
    *version, complete = done.out.split()
    return Python(tuple(map(int, version)), path, complete == "True")


def newest() -> Path:
    """The newest that can make a venv; if none can, the newest of apt's, and what it lacks for that is installed."""
    found = [python for path in pythons() if (python := look(path))]
    usable = [python for python in found if OLDEST <= python.version[:2] <= NEWEST]
    complete = [python for python in usable if python.complete]
    of_apt = [python for python in usable if python.path.resolve().parent == OF_APT]
    if not complete and not of_apt:
        there = ", ".join(sorted({".".join(map(str, python.version)) for python in found})) or "none"
        needed = f"needed: Python {'.'.join(map(str, OLDEST))} or newer with its module venv; found: {there}"
        raise LabError(STEP, needed, "apt-get install python3-venv")
    chosen = max(complete or of_apt, key=lambda python: python.version)
    if not complete:
        apt.install([f"python{chosen.minor}-venv"], STEP)
    return chosen.path


def link() -> None:
    """ansible finds the checkout as the installed collection."""
    COLLECTION.parent.mkdir(parents=True, exist_ok=True)
    if not COLLECTION.is_symlink():
        COLLECTION.symlink_to(os.path.relpath(REPO, COLLECTION.parent))


def importable() -> None:
    """What .venv runs finds lab, whatever folder it is called in: Ansible's connection to the nodes needs it."""
    for folder in VENV.glob("lib/python*/site-packages"):
        (folder / "checkout.pth").write_text(f"{REPO}\n")


def make() -> None:
    python = newest()
    stamp = VENV / ".made-from"
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes() + str(python.resolve()).encode()).hexdigest()
    link()
    if stamp.exists() and stamp.read_text() == wanted:
        importable()
        return
    shutil.rmtree(VENV, ignore_errors=True)
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "--quiet", "--disable-pip-version-check"]
    with step(f"making .venv with {python}", "5 s"):
        run([str(python), "-m", "venv", str(VENV)], "making .venv")
    with step("what test-requirements.txt names, by pip into .venv", "1 min"):
        run([*pip, "install", "--requirement", str(REQUIREMENTS)], "installing test-requirements.txt into .venv")
    importable()
    stamp.write_text(wanted)


def main() -> None:
    try:
        make()
    except LabError as error:
        sys.exit(f"venv: {error.step} failed: {error.why}\nvenv: go on with: {error.go_on or 'make venv'}")


if __name__ == "__main__":
    main()
