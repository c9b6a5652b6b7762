# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the running lab takes of its machine."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from lab import CACHE, STATE
from lab.cluster import control
from lab.host.process import running, try_run
from lab.nodes.docker import MINE, docker, words
from lab.silicon import repository

GIB = 2**30
STEP = "measuring the lab"


def line(seconds: float) -> str:
    """For people; `seconds` is what it took to come up."""
    nodes = docker(STEP, "ps", "--all", "--quiet", *MINE).split()
    own = [running(name) for name in (*control.PROCESSES, repository.SERVER)]
    memory = of_processes([*inits(nodes), *(pid for pid in own if pid)])
    disk = of_images() + of_nodes(nodes) + _used(str(path) for path in (STATE, CACHE) if path.exists())
    used = f"{memory / GIB:.1f} GiB of memory, {disk / GIB:.1f} GiB of disk"
    return f"The lab: {len(nodes)} nodes, {used}, up in {seconds:.0f} s"


def inits(nodes: Sequence[str]) -> list[int]:
    """The first process of each container that runs."""
    return [int(pid) for pid in words(nodes, "{{.State.Pid}}") if pid != "0"]


def of_processes(roots: Iterable[int]) -> int:
    """Bytes of these processes and of all that descend from them: a pod's are in no cgroup of its node."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        parent = re.search(r"\) \w (\d+)", _read(folder / "stat"))
        if parent:
            children.setdefault(int(parent[1]), []).append(int(folder.name))
    found, waiting = set[int](), list(roots)
    while waiting:
        pid = waiting.pop()
        found.add(pid)
        waiting += children.get(pid, [])
    shares = (re.search(r"^Pss: +(\d+) kB", _read(Path(f"/proc/{pid}/smaps_rollup")), re.MULTILINE) for pid in found)
    return sum(int(share[1]) * 1024 for share in shares if share)


def _read(file: Path) -> str:
    """Nothing of a process that has gone meanwhile."""
    try:
        return file.read_text(errors="replace")
    except OSError:
        return ""


def of_images() -> int:
    """Bytes of the lab's images; a layer that two have counts once."""
    layers: dict[str, int] = {}
    for image in set(docker(STEP, "image", "ls", "--quiet", *MINE).split()):
        rows = docker(STEP, "history", "--no-trunc", "--human=false", "--format", "{{.ID}} {{.Size}}", image)
        for number, row in enumerate(rows.splitlines()):
            name, size = row.split()
            # A layer of a pulled image has no name here.
            layers[name if name.startswith("sha256:") else f"{image} {number}"] = int(size)
    return sum(layers.values())


def of_nodes(nodes: Sequence[str]) -> int:
    """Bytes that these containers have written, and those of their volumes."""
    written = words(nodes, "{{.SizeRw}}", "--size")
    volumes = '{{range .Mounts}}{{if eq .Type "volume"}}{{println .Source}}{{end}}{{end}}'
    return sum(map(int, written)) + _used(words(nodes, volumes))


def _used(folders: Iterable[str]) -> int:
    # One at a time: du counts the working folder where it is given none. What goes meanwhile it complains of, no more.
    said = [try_run(["du", "--summarize", "--block-size=1", folder]).out for folder in folders]
    return sum(int(total.split()[0]) for total in said if total)
