# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-test sanity over the tracked files, by every Python that it knows and that this machine has.

    .venv/bin/python -m tools.sanity            all: every test by the newest Python, import and compile by the others
    .venv/bin/python -m tools.sanity 3.9 3.8    these

Python 3.8, which nodes may have, is older than what ansible-test knows: there the compiler and the unit tests stand in.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

from ansible_test._internal.python_requirements import get_venv_packages
from ansible_test._util.target.common.constants import CONTROLLER_PYTHON_VERSIONS, REMOTE_ONLY_PYTHON_VERSIONS

from lab import CACHE, REPO
from lab.host.locks import FOLDER, locked

BIN = Path(sys.executable).parent
KEPT = CACHE / "sanity"
"""Virtual environments, for the next time and for other checkouts, one of which at a time is here."""
KNOWN = (*REMOTE_ONLY_PYTHON_VERSIONS, *CONTROLLER_PYTHON_VERSIONS)
ON_NODES = ["plugins/modules", "plugins/module_utils"]
OLDEST = "3.8"
ELSEWHERE = ["tests/unit/controller", "tests/unit/lab", "tests/unit/compare/test_properties.py"]
"""The controller and the lab's machine are never that old; plans are compared there."""
FOR_OLDEST = ["ansible-core==2.13.13", "hypothesis==6.113.0", "pytest==8.3.5"]
"""The last of each for Python 3.8."""
ITS_END = "ignore:Python 3.8 is no longer supported"


def interpreter(version: str) -> Path | None:
    """A real one: neither pyenv's shim nor a virtual environment's."""
    folders = [Path(entry) for entry in os.environ.get("PATH", "").split(os.pathsep) if entry]
    home = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    folders += sorted(home.glob(f"versions/{version}*/bin"))
    probe = "import sys; print(sys.prefix == sys.base_prefix and '%d.%d' % sys.version_info[:2])"
    for folder in folders:
        python = folder / f"python{version}"
        if folder.name != "shims" and python.exists():
            done = subprocess.run([python, "-c", probe], capture_output=True, text=True, check=False)
            if done.stdout.strip() == version:
                return python
    return None


def copy_tracked(to: Path) -> None:
    out = subprocess.run(["git", "ls-files", "-z"], cwd=REPO, capture_output=True, text=True, check=True).stdout
    for name in filter(None, out.split("\0")):
        if (REPO / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPO / name, to / name, follow_symlinks=False)


def prepare(home: Path) -> None:
    """What ansible-test would fetch from its own server, from the package index."""
    cache = home / ".ansible" / "test" / "cache"
    for version in {get_venv_packages(SimpleNamespace(version=version))["pip"] for version in KNOWN}:
        cache.mkdir(parents=True, exist_ok=True)
        if not list(cache.glob(f"pip-{version}-*.whl")):
            pip = [sys.executable, "-m", "pip", "--quiet", "download", "--no-deps", "--dest", str(cache)]
            subprocess.run([*pip, f"pip=={version}"], check=True)
        shutil.copy(REPO / "tools" / "get_pip.py", cache / f"get_pip_{version.replace('.', '_')}.py")


def run(title: str, python: Path, commands: list[list[str | Path]], cwd: Path, **more: str) -> bool:
    """One line; of a failure also what was found."""
    start = time.monotonic()
    inherited = [entry for entry in os.environ.get("PATH", "").split(os.pathsep) if not entry.endswith("/shims")]
    env = {key: value for key, value in os.environ.items() if not key.startswith("ANSIBLE_")}
    env |= {"PATH": os.pathsep.join([str(python.parent), str(BIN), *inherited]), **more}
    said = ""
    for command in commands:
        done = subprocess.run(
            command, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        said += done.stdout
        if done.returncode:
            break
    good = done.returncode == 0
    print(f"sanity {title}: {'ok' if good else 'FAILED'} ({time.monotonic() - start:.0f} s)", flush=True)
    if not good:
        findings = [line for line in said.splitlines() if line.startswith(("ERROR:", "FATAL:"))]
        print("\n".join(findings) or said, flush=True)
    return good


def sanity(version: str, python: Path, collection: Path, *, everything: bool) -> bool:
    tests = [] if everything else ["--test", "import", "--test", "compile"]
    command: list[str | Path] = [BIN / "ansible-test", "sanity", "--color", "no", "--truncate", "0", "--requirements"]
    command += ["--python", version, "--python-interpreter", python, *tests]
    what = "every test" if everything else "import and compile"
    return run(f"{version}, {what}", python, [command], collection, HOME=str(KEPT))


def oldest(python: Path, collection: Path) -> bool:
    venv = KEPT / f"python{OLDEST}"
    made = venv / ".made-from"
    commands: list[list[str | Path]] = []
    if not made.exists() or made.read_text().split() != FOR_OLDEST:
        shutil.rmtree(venv, ignore_errors=True)
        commands.append([python, "-m", "venv", venv])
        commands.append([venv / "bin" / "pip", "--quiet", "install", *FOR_OLDEST])
    inside = venv / "bin" / "python"
    commands.append([inside, "-m", "compileall", "-q", *ON_NODES])
    tests: list[str | Path] = ["tests/unit", *(f"--ignore={path}" for path in ELSEWHERE), "-W", ITS_END]
    commands.append([inside, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests])
    what = "unknown to ansible-test, so the compiler and the unit tests of what runs on nodes"
    good = run(f"{OLDEST}, {what}", python, commands, collection, PYTHONPATH=str(collection.parents[2]))
    if good:
        made.write_text("\n".join(FOR_OLDEST))
    return good


def main(wanted: list[str]) -> int:
    found = {version: python for version in (OLDEST, *KNOWN) if (python := interpreter(version))}
    newest = [version for version in KNOWN if version in found][-1]
    good = True
    with locked(FOLDER / "sanity"), tempfile.TemporaryDirectory() as folder:
        prepare(KEPT)
        collection = Path(folder) / "ansible_collections" / "baremetal" / "gpu"
        copy_tracked(collection)
        for version in wanted or (newest, *(v for v in reversed(KNOWN) if v != newest), OLDEST):
            if version not in found:
                print(f"sanity {version}: no such Python on this machine", flush=True)
                good = good and not wanted
            elif version == OLDEST:
                good = oldest(found[version], collection) and good
            else:
                good = sanity(version, found[version], collection, everything=version == newest) and good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
