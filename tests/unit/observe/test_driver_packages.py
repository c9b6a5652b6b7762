# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The driver's packages among all that are installed."""

from __future__ import annotations

from typing import List

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._compat.package_names import KERNEL
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.driver_packages import driver_closure
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.dpkg import parse_dpkg

from .fakes import out
from .looking import Node

UBUNTU = """\
580.159.04-0ubuntu0.24.04.1 nvidia-graphics-drivers-580-server nvidia-headless-no-dkms-580-server-open
580.159.04-0ubuntu0.24.04.1 nvidia-graphics-drivers-580-server nvidia-utils-580-server
580.159.04-0ubuntu0.24.04.1 nvidia-graphics-drivers-580-server nvidia-compute-utils-580-server
580.159.04-0ubuntu0.24.04.1 nvidia-graphics-drivers-580-server libnvidia-compute-580-server
580.159.04-0ubuntu0.24.04.1 nvidia-graphics-drivers-580-server nvidia-firmware-580-server-580.159.04
580.159.04-0ubuntu0.24.04.1 fabric-manager-580 nvidia-fabricmanager-580
6.8.0-45.45+1 linux-restricted-modules linux-modules-nvidia-580-server-open-6.8.0-45-generic
6.8.0-45.45+1 linux-restricted-modules linux-modules-nvidia-580-server-open-generic
6.8.0-45.45 linux-restricted-signatures linux-signatures-nvidia-6.8.0-45-generic
"""
UBUNTU_NOT = """\
510.47.03-0ubuntu4 nvidia-settings nvidia-settings
0.8.17 nvidia-prime nvidia-prime
1.20.0-1 nvidia-container-toolkit nvidia-container-toolkit
1.20.0-1 libnvidia-container libnvidia-container1
12.0.140 nvidia-cuda-toolkit nvidia-cuda-toolkit
6.8.0-45.45 linux linux-modules-6.8.0-45-generic
2.39 glibc libc6
1:1.1.13-1 egl-wayland libnvidia-egl-wayland1
"""
DEBIAN = """\
580.159.04-1 nvidia-graphics-drivers cuda-drivers
580.159.04-1 nvidia-graphics-drivers nvidia-open
580.159.04-1 nvidia-graphics-drivers nvidia-driver-cuda
580.159.04-1 nvidia-graphics-drivers libcuda1
580.159.04-1 nvidia-graphics-drivers nvidia-kernel-open-dkms
580.159.04-1 nvidia-persistenced nvidia-persistenced
580.159.04-1 nvidia-settings nvidia-settings
580.159.04-1 something-new libsomething-new
580.159.04-1 libnvsdm libnvsdm
"""
DEBIAN_NOT = """\
580-1 nvidia-driver-pinning-580 nvidia-driver-pinning-580
1.1-1 cuda-keyring cuda-keyring
13.0.1-1 cuda-toolkit-13-0 cuda-toolkit-13-0
2.4.0-1 dkms dkms
580.95.05-0ubuntu1 nvidia-graphics-drivers-580 cuda-compat-13-0
"""


def database(*tables: str) -> str:
    rows = [line.split() for table in tables for line in table.splitlines()]
    return "".join(f"ii \t{name}\tall\t{version}\t{source}\t{version}\t\tlibc6\n" for version, source, name in rows)


@pytest.mark.parametrize(("members", "others"), [(UBUNTU, UBUNTU_NOT), (DEBIAN, DEBIAN_NOT)], ids=["ubuntu", "debian"])
def test_members(members: str, others: str) -> None:
    found = driver_closure(parse_dpkg(database(others, members)))
    assert [package.name for package in found] == sorted(line.split()[2] for line in members.splitlines())


def test_nothing_installed() -> None:
    assert driver_closure(parse_dpkg(database(UBUNTU_NOT))) == ()


def test_what_is_tied_to_the_exact_version_belongs_although_its_own_differs() -> None:
    text = (
        database(DEBIAN)
        + "ii \tour-meta\tall\t7\tour-meta\t7\t\tlibcuda1 (= 580.159.04-1)\n"
        + "ii \tour-meta-meta\tall\t7\tour-meta\t7\t\tour-meta (= 7)\n"
        + "ii \tpython3-cuda-user\tall\t7\tx\t7\t\tlibcuda1 (>= 580)\n"
    )
    names = {package.name for package in driver_closure(parse_dpkg(text))}
    assert "our-meta" in names
    assert not {"our-meta-meta", "python3-cuda-user"} & names


@pytest.mark.parametrize(
    ("names", "kernel"),
    [
        ("image-nvidia image-nvidia-64k-hwe-24.04 headers-nvidia nvidia", True),
        ("image-generic-64k generic-hwe-24.04 image-amd64 aws oem-24.04", True),
        ("modules-6.8.0-90-generic modules-extra-aws headers-amd64", True),
        ("modules-nvidia-580-server-open-generic firmware libc-dev", False),
        ("objects-nvidia-580-server-6.8.0-90-generic tools-generic base", False),
    ],
)
def test_what_is_a_kernel(names: str, kernel: bool) -> None:
    assert {bool(KERNEL.fullmatch(f"linux-{name}")) for name in names.split()} == {kernel}


@pytest.mark.parametrize(
    ("clause", "provided", "broken"),
    [
        ("libnvidia-cfg1 (= 580.159.04-1)", "", ["libcuda1", "half"]),
        ("libnvidia-cfg1 (= 580.159.04-1)", "libnvidia-cfg1 (= 580.159.04-1), other\n", ["half"]),
        ("libnvidia-cfg1 (= 580.159.04-1), other (= 1)", "other (= 1)\n", ["libcuda1", "half"]),
        ("libnvidia-cfg1 (= 580.159.04-1) | libnvidia-cfg", "", ["half"]),
        ("libnvidia-cfg1 (>= 580)", "", ["half"]),
        ("containerd (= 1)", "", ["half"]),
    ],
)
def test_what_was_removed_by_force_breaks_what_needs_it(
    gpu_node: Node, clause: str, provided: str, broken: List[str]
) -> None:
    """In one version only, and no other package in its place."""
    rows = gpu_node.answers["dpkg-query"].out.splitlines()
    rows = [row + clause if "\tlibcuda1\t" in row else row for row in rows]
    del gpu_node.answers["dpkg-query"]
    gpu_node.answers["dpkg-query -W -f ${Provides}"] = out(provided)
    gpu_node.answers["dpkg-query"] = out("\n".join(rows) + "\n")
    assert sorted(gpu_node.look()["packages"]["broken"]) == sorted(broken)
