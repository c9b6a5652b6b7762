# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prepare a fresh Debian or Ubuntu machine: install what is missing, and have a Docker Engine that answers."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

from lab import EVERY_LAB, STATE, LabError
from lab.host import apt, kernel
from lab.host.locks import alone
from lab.host.process import pid_file, run, running, start_detached, stop_detached, try_run
from lab.host.progress import say, step

STEP = "preparing this machine"
AGAIN = "sudo python -m lab host"

TOOLS = {
    "debootstrap": ("debootstrap",),
    "/usr/share/keyrings/debian-archive-keyring.gpg": ("debian-archive-keyring",),
    "gpg": ("gpg",),
    "gpg-agent": ("gpg-agent",),
    "gpgconf": ("gpgconf",),
    "gcc": ("gcc", "libc6-dev"),
    "rpmbuild": ("rpm",),
    "rpmsign": ("rpm",),
    "createrepo_c": ("createrepo-c",),
    "modifyrepo_c": ("createrepo-c",),
    "openssl": ("openssl",),
}
"""Program, or file → packages that bring it."""
ENGINE_TOOLS = {"dockerd": ("docker.io",), "docker": ("docker-cli", "docker.io"), "iptables": ("iptables",)}
"""Only where no Engine answers. Newer releases split the client off; the names that the archive lacks are dropped."""


def prepare() -> None:
    """Idempotent; a running Docker Engine, whoever started it, is left as it is."""
    need_root(STEP, AGAIN)
    with alone("machine"):
        _install_missing(TOOLS if engine() else {**TOOLS, **ENGINE_TOOLS})
        if not engine():
            _start_engine()
        kernel.change()


def need_root(doing: str, again: str = "") -> None:
    if os.geteuid() != 0:
        raise LabError(doing, "this needs root: for apt, the Docker Engine and the kernel's limits", again)


def other_labs() -> bool:
    """Whether there are more on this machine, once this one is removed: each has a network."""
    return bool(try_run(["docker", "network", "ls", "--quiet", "--filter", f"label={EVERY_LAB}"]).out.strip())


def engine() -> str | None:
    """The version of the Engine that answers, or None."""
    answer = try_run(["docker", "version", "--format", "{{.Server.Version}}"])
    return answer.out.strip() if answer.rc == 0 and answer.out.strip() else None


def stop_engine() -> None:
    """Stop the Engine if the lab started it and nobody else has a container in it."""
    if running("dockerd") is None:
        return
    foreign = try_run(["docker", "ps", "--all", "--quiet"]).out.split()
    if foreign:
        say(f"the Docker Engine stays: it has {len(foreign)} containers that are not the lab's")
        return
    with step("stopping the Docker Engine that the lab started"):
        stop_detached("dockerd")


def _install_missing(tools: dict[str, tuple[str, ...]]) -> None:
    wanted = [package for tool, packages in tools.items() if not _there(tool) for package in packages]
    if not wanted:
        return
    packages = apt.install(wanted, STEP, AGAIN)
    still = [tool for tool in tools if not _there(tool)]
    if still:
        raise LabError(STEP, f"installed {' '.join(packages)}, but there is still no {', '.join(still)}", AGAIN)


def _there(tool: str) -> bool:
    return Path(tool).exists() if tool.startswith("/") else shutil.which(tool) is not None


def _start_engine() -> None:
    if Path("/run/systemd/system").is_dir():
        with step("starting the Docker Engine by systemd"):
            run(["systemctl", "start", "docker.service"], STEP)
    elif running("dockerd") is None:
        say("no systemd here: starting dockerd by hand")
        start_detached("dockerd", ["dockerd"])
    deadline = time.monotonic() + 60
    while engine() is None:
        if time.monotonic() > deadline:
            log = STATE / "dockerd.log"
            why = f"it does not answer after 60 s; its log: {log if log.exists() else 'journalctl -u docker'}"
            raise LabError("starting the Docker Engine", why, AGAIN)
        if pid_file("dockerd").exists() and running("dockerd") is None:
            last = (STATE / "dockerd.log").read_text(errors="replace").splitlines()[-5:]
            raise LabError("starting the Docker Engine", "dockerd ended:\n    " + "\n    ".join(last), AGAIN)
        time.sleep(0.5)
    say(f"Docker Engine {engine()} answers")
