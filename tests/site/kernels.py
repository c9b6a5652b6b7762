# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kernels that come to a node by themselves."""

from __future__ import annotations

from collections.abc import Callable

from lab.ansible import Run
from lab.nodes import Node, boot_id, reboot, run
from lab.nodes.node import put
from lab.silicon.packages import kernel_packages
from tests.site.conftest import sh

PLACE = "/opt/kernels"
OF_SYSTEM = {"debian12": "6.1.0-199-amd64", "ubuntu24": "6.8.0-101-generic"}
NEXT = "ls /boot/vmlinuz-* | sed s,.*/vmlinuz-,, | sort --version-sort | tail -1"


def stand_in(node: Node, kernel: str, *, headers: bool) -> None:
    """Installs the kernel alone; its headers are in a source of packages, or nowhere."""
    sh(node, f"rm -rf {PLACE}; mkdir {PLACE}")
    for deb in kernel_packages(kernel, kernel.rpartition("-")[0]):
        if headers or "headers" not in deb.name:
            put(node, f"{PLACE}/{deb.filename}", deb.build())
    sh(
        node,
        f"""
        cd {PLACE}
        dpkg-scanpackages . >Packages
        echo 'deb [trusted=yes] file:{PLACE} ./' >/etc/apt/sources.list.d/kernels.list
        apt-get update
        apt-get install --yes linux-image-{kernel}
        """,
    )


def module(node: Node, kernel: str) -> str:
    """The version of the driver's module for a kernel; nothing where there is none."""
    return run(node, ["modinfo", "--set-version", kernel, "--field", "version", "nvidia"]).out.strip()


def a_newer_one_has_its_module_before_it_boots(node: Node, driver: str, go: Callable[[], Run]) -> None:
    """The kernel comes without it; `go` is a run of the collection."""
    if node.os in OF_SYSTEM:
        stand_in(node, OF_SYSTEM[node.os], headers=True)
    else:
        sh(node, "dnf --quiet --assumeyes update kernel")
    kernel, before = sh(node, NEXT), boot_id(node)
    assert kernel != sh(node, "cat /proc/sys/kernel/osrelease")
    assert module(node, kernel) == ""
    assert go().rc == 0
    assert module(node, kernel) == driver
    assert boot_id(node) == before

    reboot(node)
    assert sh(node, "cat /proc/sys/kernel/osrelease") == kernel
    assert sh(node, "nvidia-smi --query-gpu=driver_version --format=csv,noheader | sort -u") == driver
    assert go().changed == {node.name: 0}
