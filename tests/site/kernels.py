# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kernels that come to a node by themselves."""

from __future__ import annotations

from collections.abc import Callable

from lab.ansible import Run
from lab.nodes import Node, boot_id, reboot, run
from lab.nodes.node import put
from lab.silicon.packages import kernel_metapackages, kernel_packages
from tests.site.conftest import sh

PLACE = "/opt/kernels"
LIST = "/etc/apt/sources.list.d/kernels.list"
OF_SYSTEM = {"debian12": ("6.1.0-199-amd64", "6.1.999-1"), "ubuntu24": ("6.8.0-101-generic", "6.8.0.101.101")}
"""A newer kernel, and the version of the metapackages that bring it."""
NEXT = "ls /boot/vmlinuz-* | sed s,.*/vmlinuz-,, | sort --version-sort | tail -1"
RUNNING = "cat /proc/sys/kernel/osrelease"
UPGRADE = f"apt-get --yes --option Dir::Etc::sourcelist={LIST} --option Dir::Etc::sourceparts=- upgrade --with-new-pkgs"
"""The distribution's own way; of the lab's kernels alone, which is quicker."""


def flavour(kernel: str) -> str:
    return kernel.rpartition("-")[2]


def publish(node: Node, kernel: str, *, meta: str = "", headers: bool = True) -> None:
    """A kernel in a source of packages; its headers too, or nowhere; with metapackages of this version, or by name."""
    debs = kernel_packages(kernel, kernel.rpartition("-")[0])
    debs += kernel_metapackages(flavour(kernel), kernel, meta) if meta else []
    sh(node, f"rm -rf {PLACE}; mkdir {PLACE}")
    for deb in debs:
        if headers or "headers" not in deb.name:
            put(node, f"{PLACE}/{deb.filename}", deb.build())
    sh(
        node,
        f"""
        cd {PLACE}
        dpkg-scanpackages . >Packages
        echo 'deb [trusted=yes] file:{PLACE} ./' >{LIST}
        apt-get update
        """,
    )


def stand_in(node: Node, kernel: str) -> None:
    """Installs a kernel whose headers are nowhere."""
    publish(node, kernel, headers=False)
    sh(node, f"apt-get install --yes linux-image-{kernel}")


def without_what_brings_headers(node: Node) -> None:
    """As Debian's installer leaves a node."""
    if node.os in OF_SYSTEM:
        sh(node, f"apt-get remove --yes linux-headers-{flavour(OF_SYSTEM[node.os][0])}")


def module(node: Node, kernel: str) -> str:
    """The version of the driver's module for a kernel; nothing where there is none."""
    return run(node, ["modinfo", "--set-version", kernel, "--field", "version", "nvidia"]).out.strip()


def a_newer_one_has_its_module_before_it_boots(
    node: Node, driver: str, go: Callable[[], Run], *, locked: bool = False
) -> None:
    """With the distribution's own upgrade; or that brings none, and one that is forced gets it by `go`, our run."""
    before = boot_id(node)
    if node.os in OF_SYSTEM:
        kernel, meta = OF_SYSTEM[node.os]
        publish(node, kernel, meta=meta)
        sh(node, UPGRADE)
        assert (sh(node, NEXT) == sh(node, RUNNING)) is locked
    else:
        sh(node, "dnf --quiet --assumeyes update")
    if locked:
        sh(node, f"apt-get install --yes linux-image-{kernel}")
    kernel = sh(node, NEXT)
    assert kernel != sh(node, RUNNING)
    assert module(node, kernel) == ("" if locked else driver)
    done = go()
    assert done.rc == 0
    assert locked or done.changed == {node.name: 0}
    assert module(node, kernel) == driver
    assert boot_id(node) == before

    reboot(node)
    assert sh(node, RUNNING) == kernel
    assert sh(node, "nvidia-smi --query-gpu=driver_version --format=csv,noheader | sort -u") == driver
    assert go().changed == {node.name: 0}
