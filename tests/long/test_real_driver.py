# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian's own driver, real packages and a real build by dkms for a real kernel; only the GPU is not real."""

from __future__ import annotations

import base64
import time
from pathlib import Path
from typing import Any

import pytest

from lab.ansible import Run, playbook
from lab.nodes import Node
from lab.nodes import run as run_on
from lab.nodes.node import put
from tests.nodes import MakeNode
from tests.site.conftest import sh, state
from tests.site.provision import arguments
from tests.site.test_matrix import driver_packages

ARCHIVE: dict[str, Any] = {
    "nvidia_repository_driver_source": "archive",
    "nvidia_repository_driver_uri": None,
    "nvidia_repository_driver_key": None,
    "nvidia_repository_driver_key_fingerprint": None,
    "nvidia_driver_version": None,
    "nvidia_driver_branch": "535",
    # The real nvidia-smi would be waited for after the reboot, and there is no card that it could speak to.
    "node_reboot_allowed": False,
}
OF_THEIR_OWN_SOURCE = {"nvidia-persistenced", "nvidia-modprobe", "nvidia-settings"}
MODULE = "find /lib/modules -name 'nvidia-current*.ko*' | head -1"
RATIO = 1.3
FLOOR = """
export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install --yes --no-install-recommends $PACKAGES
apt-mark hold $HOLDS
"""
"""What a script does that knows already what is to come; sources and modprobe's files are there."""
FILES = "etc/apt/sources.list.d etc/apt/keyrings etc/modprobe.d"


def go(folder: Path, node: Node, *flags: str, **variables: Any) -> Run:
    done = playbook("provision", *arguments(folder, (node,), {**ARCHIVE, **variables}), *flags, quiet=True)
    print(done.said)
    return done


def by_hand(ours: Node, theirs: Node, packages: list[str]) -> float:
    """Seconds in which a script brings a fresh node to the same packages."""
    files = base64.b64decode(sh(ours, f"tar -C / -c {FILES} | base64 --wrap 0"))
    put(theirs, "/root/files.tar", files)
    sh(theirs, "tar -C / -xf /root/files.tar; rm /root/files.tar")
    holds = sh(ours, "apt-mark showhold").replace("\n", " ")
    given = f"PACKAGES='{' '.join(packages)}' HOLDS='{holds}'"
    start = time.monotonic()
    sh(theirs, f"{given}\n{FLOOR}")
    return time.monotonic() - start


def packages(node: Node) -> set[str]:
    """Installed ones as NAME=VERSION."""
    listed = sh(node, "dpkg-query --show --showformat '${db:Status-Status} ${Package}=${Version}\\n'")
    return {line.split()[1] for line in listed.splitlines() if line.startswith("installed ")}


@pytest.fixture(scope="module")
def node(make_node: MakeNode) -> Node:
    made = make_node("real-driver", "debian12", "h100-sxm")
    if run_on(made, ["apt-get", "update"]).rc != 0:
        pytest.skip("the Debian archive cannot be reached from a node")
    return made


def test_debians_own_driver_is_built_locked_and_taken_away_again(
    node: Node, make_node: MakeNode, tmp_path: Path
) -> None:
    bare, before = state(node), packages(node)
    start = time.monotonic()
    done = go(tmp_path, node)
    seconds = time.monotonic() - start
    found = driver_packages(node)
    version = found["nvidia-smi"][1]
    assert version.startswith("535.")
    # One version but for what has its own source, and all of it held.
    odd = {name for name, (_want, carried) in found.items() if carried.startswith("5") and carried != version}
    assert odd <= OF_THEIR_OWN_SOURCE
    assert {want for want, _version in found.values()} == {"hold"}, found
    assert {"nvidia-kernel-dkms", "nvidia-persistenced", "firmware-nvidia-gsp", "libcuda1"} <= set(found)
    # The real module, for the kernel that boots next.
    module = sh(node, MODULE)
    kernel = sh(node, "ls /boot/vmlinuz-* | sort -V | tail -1").removeprefix("/boot/vmlinuz-")
    assert f"/lib/modules/{kernel}/" in module
    assert sh(node, f"modinfo -F version {module}") == version
    assert "installed" in sh(node, "dkms status nvidia-current")
    # Nothing takes it away behind our back.
    for command in ("apt-get --simulate dist-upgrade", "unattended-upgrade --dry-run --verbose 2>&1 || true"):
        said = sh(node, command).splitlines()
        assert not [line for line in said if line.startswith(("Inst", "Remv")) and "nvidia" in line]
    # All is there but the module in memory.
    assert done.rc == 2
    assert "Reboot needed, because " in done.said and "nvidia_driver: running driver is none" in done.said
    assert go(tmp_path, node).changed == {node.name: 0}

    other = make_node("real-floor", "debian12", "h100-sxm")
    floor = by_hand(node, other, sorted(packages(node) - before))
    assert packages(other) == packages(node)
    print(f"first run {seconds:.0f} s, script {floor:.0f} s")
    assert seconds / floor <= RATIO

    gone = go(
        tmp_path, node, nvidia_driver_state="absent", nvidia_repository_state="absent", nouveau_state="absent",
        nvidia_container_toolkit_state="absent", nvidia_persistence_state="absent",
    )  # fmt: skip
    assert gone.rc == 0
    assert driver_packages(node) == {}
    assert sh(node, MODULE) == ""
    left = {line for line in set(state(node)) - set(bare) if "nvidia" in line}
    assert not left
