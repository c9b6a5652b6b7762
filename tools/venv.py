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
import subprocess
import sys
import time
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent
VENV = REPO / ".venv"
REQUIREMENTS = REPO / "test-requirements.txt"
COLLECTION = REPO / ".build" / "ansible_collections" / "baremetal" / "gpu"
OLDEST, NEWEST = (3, 11), (3, 14)
"""Newest: what ansible-core and its tools are known to run on."""


def pythons() -> list[Path]:
    """Every interpreter named python3.N on PATH and under pyenv."""
    folders = [Path(entry) for entry in os.environ.get("PATH", "").split(os.pathsep) if entry]
    home = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    folders += sorted(home.glob("versions/*/bin"))
    names = [f"python3.{minor}" for minor in range(OLDEST[1], NEWEST[1] + 1)] + ["python3"]
    return [folder / name for folder in folders if folder.name != "shims" for name in names if (folder / name).exists()]


def version(python: Path) -> tuple[int, ...] | None:
    """None for one that does not run, or that cannot make a venv."""
    probe = "import ensurepip, sys, venv; print(*sys.version_info[:3])"
    done = subprocess.run([python, "-c", probe], capture_output=True, text=True, check=False)
    return tuple(map(int, done.stdout.split())) if done.returncode == 0 else None


def newest() -> Path:
    found = [(number, python) for python in pythons() if (number := version(python))]
    usable = [pair for pair in found if OLDEST <= pair[0][:2] <= NEWEST]
    if not usable:
        there = (
            ", ".join(sorted({".".join(map(str, number)) for number, _python in found})) or "none that can make a venv"
        )
        oldest = ".".join(map(str, OLDEST))
        sys.exit(f"venv: needs Python {oldest} or newer; found {there}. On Debian: apt-get install python3-venv")
    return max(usable, key=lambda pair: pair[0])[1]


def link() -> None:
    """ansible finds the checkout as the installed collection."""
    COLLECTION.parent.mkdir(parents=True, exist_ok=True)
    if not COLLECTION.is_symlink():
        COLLECTION.symlink_to(os.path.relpath(REPO, COLLECTION.parent))


def main() -> None:
    python = newest()
    stamp = VENV / ".made-from"
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes() + str(python.resolve()).encode()).hexdigest()
    link()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    start = time.monotonic()
    what = f"venv: .venv from {python}, with what test-requirements.txt names (usually 1 min) …"
    print(what, file=sys.stderr, flush=True)
    shutil.rmtree(VENV, ignore_errors=True)
    subprocess.run([python, "-m", "venv", VENV], check=True)
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "--requirement", REQUIREMENTS], check=True)
    stamp.write_text(wanted)
    print(f"venv: done in {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
