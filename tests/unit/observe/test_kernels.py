# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which kernels there are, and which one boots next."""

from __future__ import annotations

import pytest

from .looking import Node
from .node import KERNEL

OLD = "6.1.0-9-amd64"


@pytest.mark.parametrize(
    ("files", "wanted"),
    [
        ({}, (KERNEL, "newest")),
        ({"/etc/default/grub": "GRUB_DEFAULT=0\n"}, (KERNEL, "newest")),
        (
            {"/etc/default/grub": f"GRUB_DEFAULT='x>gnulinux-{OLD}-advanced-1'\n"},
            (OLD, "grub GRUB_DEFAULT"),
        ),
        (
            {
                "/etc/default/grub": "GRUB_DEFAULT=0\n",
                "/etc/default/grub.d/50-k.cfg": f'GRUB_DEFAULT="x>Linux {OLD}"\n',
            },
            (OLD, "grub GRUB_DEFAULT"),
        ),
        (
            {"/etc/default/grub": "GRUB_DEFAULT=saved\n", "/boot/grub/grubenv": f"saved_entry=x>Linux {OLD}\n"},
            (OLD, "grub saved_entry"),
        ),
        ({"/boot/grub/grubenv": f"saved_entry=x>Linux {OLD}\n"}, (KERNEL, "newest")),
        ({"/boot/grub/grubenv": f"next_entry=x>Linux {OLD}\n"}, (OLD, "grub next_entry")),
        ({"/boot/grub2/grubenv": f"next_entry=0123-{OLD}\n"}, (OLD, "grub next_entry")),
    ],
)
def test_the_next_one(gpu_node: Node, files: dict[str, str], wanted: tuple[str, str]) -> None:
    gpu_node.files.update(files)
    seen = gpu_node.look()
    assert (seen["kernel"]["next"], seen["kernel"]["chosen_by"]) == wanted
    assert seen["kernel"]["newest"] == KERNEL
    assert "boot loader" not in [finding["subject"] for finding in seen["findings"]]


def test_an_entry_that_names_no_kernel_is_a_finding(gpu_node: Node) -> None:
    gpu_node.files["/etc/default/grub"] = "GRUB_DEFAULT='1>2'\n"
    assert gpu_node.look()["kernel"]["chosen_by"] == "newest"
    assert gpu_node.why()["boot loader"] == "GRUB_DEFAULT is '1>2', which names no kernel here; the newest is taken"


def test_kernels_that_stay_beside_their_modules(gpu_node: Node) -> None:
    gpu_node.without("/boot/vmlinuz")
    gpu_node.files[f"/lib/modules/{KERNEL}/vmlinuz"] = ""
    assert gpu_node.look()["kernel"]["installed"] == [KERNEL]


def test_a_running_kernel_without_its_modules_is_a_finding(gpu_node: Node) -> None:
    gpu_node.files["/proc/sys/kernel/osrelease"] = "6.1.0-30-amd64\n"
    why = gpu_node.why()
    assert why["/lib/modules/6.1.0-30-amd64"] == "absent: no module can be loaded into the running kernel"


def test_without_a_kernel_the_running_one_is_next(gpu_node: Node) -> None:
    gpu_node.without("/boot/vmlinuz")
    kernel = gpu_node.look()["kernel"]
    assert (kernel["next"], kernel["chosen_by"], kernel["newest"], kernel["installed"]) == (KERNEL, "running", None, [])


@pytest.mark.parametrize(
    ("programs", "wanted"),
    [
        ((), None),
        (("gcc",), None),
        (("dkms",), False),
        (("dkms", "gcc"), True),
        (("dkms", "gcc-12"), True),
        (("dkms", "cc"), True),
        (("dkms", "gcc-ar", "gccgo"), False),
    ],
)
def test_whether_what_builds_modules_has_a_compiler(
    gpu_node: Node, programs: tuple[str, ...], wanted: bool | None
) -> None:
    gpu_node.without("/usr/bin/gcc")
    gpu_node.without("/usr/bin/cc")
    gpu_node.without("/usr/sbin/dkms")
    gpu_node.files.update({f"/usr/{'s' if name == 'dkms' else ''}bin/{name}": "" for name in programs})
    assert gpu_node.look()["kernel"]["compiler"] is wanted
