# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The few words of Docker that the lab speaks. Everything it makes carries one label."""

from __future__ import annotations

import http.client
import json
import os
import socket
from collections.abc import Sequence

from lab import GATEWAY, LABEL, NETWORK, NUMBER, SUBNET
from lab.host.locks import alone
from lab.host.process import Result, run, try_run

MINE = ("--filter", f"label={LABEL}")
SOCKET = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock").removeprefix("unix://")
_JOIN = """
while IFS=: read -r _id kind path; do
  case $kind in name=systemd) root=/sys/fs/cgroup/systemd ;; "") root=/sys/fs/cgroup/unified ;; *) continue ;; esac
  [ -d $root ] || root=/sys/fs/cgroup
  echo $$ >"$root$path/cgroup.procs"
done </proc/$1/cgroup
pid=$1
shift
exec nsenter --mount --uts --ipc --net --pid --root --wd --no-fork --target="$pid" /bin/sh -c '"$@"; exit $?' sh "$@"
"""
"""Into the control group of the container's first process, which tells whose a process is, and its namespaces.

nsenter would stop with a command that a shutdown stops, for ever, and the node would wait for it. A shell does not.
"""


class _Engine(http.client.HTTPConnection):
    """The Engine's API, which answers in a tenth of the time that its command line takes."""

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(SOCKET)


def inside(container: str) -> list[str]:
    """What begins a command line that runs in the container; nothing where the container does not run."""
    engine = _Engine("localhost")
    try:
        engine.request("GET", f"/containers/{container}/json")
        answer = engine.getresponse()
        found = json.load(answer) if answer.status == 200 else {}
    except OSError:
        return []
    finally:
        engine.close()
    if not found or not found["State"]["Pid"]:
        return []
    own = ["HOME=/root", f"HOSTNAME={found['Config']['Hostname']}"]
    return ["sh", "-c", _JOIN, "sh", str(found["State"]["Pid"]), "env", "-i", *own, *found["Config"]["Env"]]


def docker(step: str, *arguments: str, stdin: str | bytes = b"") -> str:
    return run(["docker", *arguments], step, stdin=stdin)


def ask(*arguments: str) -> Result:
    return try_run(["docker", *arguments])


def words(containers: Sequence[str], template: str, *flags: str) -> list[str]:
    """What the template says of those containers that are still there: others may be removed at any time."""
    return ask("inspect", *flags, "--format", template, *containers).out.split() if containers else []


def image_exists(reference: str) -> bool:
    return ask("image", "inspect", "--format", "{{.Id}}", reference).rc == 0


def ensure_network() -> None:
    addresses = ["--subnet", SUBNET, "--gateway", GATEWAY]
    bridge = ["--opt", f"com.docker.network.bridge.name=gpulab{NUMBER - 1}"]
    with alone("network"):
        if ask("network", "inspect", NETWORK).rc != 0:
            docker("making the lab's network", "network", "create", *addresses, *bridge, "--label", LABEL, NETWORK)


def remove_everything(images: bool) -> list[str]:
    """Remove what carries the lab's label, in the order that Docker needs; what was removed, by name."""
    step = "removing what the lab made"
    removed = []
    kinds: list[tuple[str, list[str], list[str]]] = [
        ("container", ["ps", "--all", "--format", "{{.Names}}"], ["rm", "--force", "--volumes"]),
        ("volume", ["volume", "ls", "--format", "{{.Name}}"], ["volume", "rm"]),
        ("network", ["network", "ls", "--format", "{{.Name}}"], ["network", "rm"]),
    ]
    if images:
        kinds.append(("image", ["image", "ls", "--format", "{{.ID}}"], ["image", "rm", "--force"]))
    for kind, listing, removal in kinds:
        # As listed, the newest first: an image goes before the one that it was built on.
        names = list(dict.fromkeys(docker(step, *listing, *MINE).split()))
        if names:
            docker(step, *removal, *names)
            removed += [f"{kind} {name}" for name in names]
    return removed
