# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node: one systemd container whose reboot is a real one."""

from __future__ import annotations

import io
import ipaddress
import re
import tarfile
import time
from collections.abc import Sequence
from dataclasses import dataclass

from lab import LABEL, NETWORK, PREFIX, SUBNET, LabError
from lab.host.locks import alone
from lab.host.process import Result, try_run
from lab.nodes import hardware, images
from lab.nodes.docker import MINE, ask, docker, ensure_network, inside, words

VOLUMES = ("containerd", "kubelet", "docker")
"""Folders of /var/lib that hold container filesystems: overlay does not nest, so they lie on volumes."""
FLAGS = (
    "--restart=always",
    "--cap-add=ALL",
    "--cap-drop=SYS_RESOURCE",
    "--security-opt=seccomp=unconfined",
    "--security-opt=apparmor=unconfined",
    "--device-cgroup-rule=c *:* rwm",
    "--cgroupns=host",
    "--volume=/sys/fs/cgroup:/sys/fs/cgroup:rw",
    "--tmpfs=/run:exec,mode=755",
    "--tmpfs=/run/lock",
    "--tmpfs=/tmp:exec,mode=1777",
)
"""`--privileged` less what a container has no use for; SYS_RESOURCE is not to be had everywhere."""
BOOT_TIMEOUT = 90.0
NODE_LABEL = "baremetal.gpu.lab.node"


@dataclass(frozen=True)
class Node:
    name: str
    os: str
    hardware: str = ""
    address: str | None = None
    """Fixed, so that the cluster finds the node again after a restart of the Engine; None: the first free one."""

    @property
    def container(self) -> str:
        return PREFIX + self.name


def parse(text: str) -> Node:
    """`NAME=OS:MODEL*COUNT+…` as in `up --node`."""
    match = re.fullmatch(r"([a-z0-9][a-z0-9-]*)=([a-z0-9-]+)(?::(.*))?", text)
    if match is None:
        raise LabError("reading --node", f"expected NAME=OS:MODEL*COUNT+…, found {text!r}")
    node = Node(match[1], match[2], match[3] or "")
    images.check(node.os)
    hardware.parse(node.hardware)
    return node


def exists(node: Node) -> bool:
    """Whether the node was made to the end: a container that never started is what an interrupted command left."""
    state = ask("container", "inspect", "--format", "{{.State.Status}}", node.container)
    return state.rc == 0 and state.out.strip() != "created"


def is_current(node: Node) -> bool:
    """Whether the node was made from the newest image of its OS."""
    made_from = ask("inspect", "--format", "{{.Image}}", node.container).out
    return made_from == ask("image", "inspect", "--format", "{{.Id}}", images.tag(node.os)).out


def create(node: Node) -> None:
    """Make and start; returns once systemd is up. The image must be there (images.ensure)."""
    step = f"creating node {node.name}"
    destroy(node)
    ensure_network()
    volumes = [f"{node.container}-{name}" for name in VOLUMES]
    for volume in volumes:
        docker(step, "volume", "create", "--label", LABEL, volume)
    with alone("addresses"):
        docker(
            step,
            "create",
            *("--name", node.container, "--hostname", node.name),
            *("--label", LABEL, "--label", f"{NODE_LABEL}={node.os}:{node.hardware}"),
            *("--network", NETWORK, "--ip", node.address or _free_address()),
            *FLAGS,
            *(f"--volume={volume}:/var/lib/{name}" for volume, name in zip(volumes, VOLUMES, strict=True)),
            images.tag(node.os),
        )
    put(node, "/etc/silicon/hardware.json", hardware.describe(node.name, node.hardware).encode())
    docker(step, "start", node.container)
    wait_until_up(node)


def destroy(node: Node) -> None:
    step = f"removing node {node.name}"
    if ask("container", "inspect", node.container).rc == 0:
        docker(step, "rm", "--force", "--volumes", node.container)
    volumes = [f"{node.container}-{name}" for name in VOLUMES]
    docker(step, "volume", "rm", "--force", *volumes)


def reset(node: Node) -> None:
    """Back to the bare OS."""
    create(node)


def run(node: Node, argv: Sequence[str], *, stdin: str | bytes = b"") -> Result:
    """Run a command on the node as root; never raises for its exit status.

    As `docker exec` does, at an eighth of its cost: waiting for something is asking for it again and again.
    """
    enter = inside(node.container)
    return try_run([*enter, *argv], stdin=stdin) if enter else Result(1, "", f"{node.container} does not run")


def put(node: Node, path: str, content: bytes, mode: int = 0o644) -> None:
    """Write a file into the node, running or not."""
    member = tarfile.TarInfo(path.lstrip("/"))
    member.size, member.mode = len(content), mode
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.addfile(member, io.BytesIO(content))
    docker(f"writing {path} into node {node.name}", "cp", "-", f"{node.container}:/", stdin=buffer.getvalue())


def boot_id(node: Node) -> str | None:
    answer = run(node, ["cat", "/run/gpulab/boot_id"])
    return answer.out.strip() if answer.rc == 0 else None


def reboot(node: Node) -> None:
    """An orderly reboot by the node's own init."""
    before = boot_id(node)
    run(node, ["systemctl", "reboot"])
    wait_until_up(node, unlike=before)


def wait_until_up(node: Node, unlike: str | None = None) -> str:
    """Wait for systemd to have finished a boot other than `unlike`; its word: running, or degraded."""
    deadline = time.monotonic() + BOOT_TIMEOUT
    word = "nothing"
    while time.monotonic() < deadline:
        if boot_id(node) not in (None, unlike):
            word = run(node, ["systemctl", "is-system-running"]).out.strip() or word
            if word in ("running", "degraded"):
                return word
        time.sleep(0.3)
    why = f"systemd says {word!r} after {BOOT_TIMEOUT:.0f} s; its log: docker exec {node.container} journalctl -b"
    raise LabError(f"booting node {node.name}", why, f"python -m lab reset {node.name}")


def _free_address() -> str:
    """The first address above the fixed ones that no container of the lab asks for, running or not."""
    ids = docker("finding an address", "ps", "--all", "--quiet", *MINE).split()
    template = "{{range .NetworkSettings.Networks}}{{with .IPAMConfig}}{{.IPv4Address}}{{end}}{{end}}"
    taken = set(words(ids, template))
    return next(str(host) for host in list(ipaddress.ip_network(SUBNET).hosts())[99:] if str(host) not in taken)
