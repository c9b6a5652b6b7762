# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The few words of Docker's command line that the lab speaks. Everything it makes carries one label."""

from __future__ import annotations

from lab import GATEWAY, LABEL, NETWORK, NUMBER, SUBNET
from lab.host.locks import alone
from lab.host.process import Result, run, try_run

MINE = ("--filter", f"label={LABEL}")


def docker(step: str, *arguments: str, stdin: str | bytes = b"") -> str:
    return run(["docker", *arguments], step, stdin=stdin)


def ask(*arguments: str) -> Result:
    return try_run(["docker", *arguments])


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
