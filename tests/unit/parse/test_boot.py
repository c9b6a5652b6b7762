# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""GRUB's settings and the kernel's command line."""

from __future__ import annotations

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.boot import (
    kernel_of_entry,
    parse_boot_entry,
    parse_command_line,
    parse_grub_default,
    parse_grubenv,
)

DEBIAN = ["6.1.0-9-amd64", "6.1.0-41-amd64", "6.1.0-41-cloud-amd64", "6.1.0-4"]


def test_the_environment_block() -> None:
    text = "# GRUB Environment Block\n# WARNING\nsaved_entry=a=b\nboot_success=1\nnonsense\n" + "#" * 900
    assert parse_grubenv(text) == {"saved_entry": "a=b", "boot_success": "1"}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", None),
        ("#GRUB_DEFAULT=1\n", None),
        ("GRUB_DEFAULT=0\n", "0"),
        ('GRUB_DEFAULT="Advanced options>x y"\n', "Advanced options>x y"),
        ("GRUB_DEFAULT='saved'\nGRUB_DEFAULT=2\n", "2"),
        ('GRUB_DEFAULT=""\n', ""),
    ],
)
def test_the_default(text: str, wanted: str | None) -> None:
    assert parse_grub_default(text) == wanted


@pytest.mark.parametrize(
    ("entry", "wanted"),
    [
        ("gnulinux-advanced-1234>gnulinux-6.1.0-9-amd64-advanced-1234", "6.1.0-9-amd64"),
        ("Debian GNU/Linux, with Linux 6.1.0-41-amd64", "6.1.0-41-amd64"),
        ("0123456789abcdef-6.1.0-41-cloud-amd64", "6.1.0-41-cloud-amd64"),
        ("with Linux 16.1.0-9-amd64", None),
        ("0123456789abcdef-0-rescue", None),
        ("0", None),
        ("", None),
    ],
)
def test_the_kernel_of_an_entry(entry: str, wanted: str | None) -> None:
    assert kernel_of_entry(entry, DEBIAN) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("title x\nlinux /vmlinuz-5\noptions root=/dev/a  ro\n", ("/vmlinuz-5", "root=/dev/a  ro")),
        ("linux\t/vmlinuz-5\n options a\noptions b\noptions\n", ("/vmlinuz-5", "a b")),
        ("linux /vmlinuz-5\noptions $kernelopts $tuned_params x\n", ("/vmlinuz-5", "root=/dev/b quiet  x")),
        ("", ("", "")),
    ],
)
def test_an_entry_of_the_boot_loader(text: str, wanted: tuple[str, str]) -> None:
    assert parse_boot_entry(text, {"kernelopts": "root=/dev/b quiet"}) == wanted


def test_the_kernels_own_list() -> None:
    seen = parse_command_line("module_blacklist=a module_blacklist=b-c,d modprobe.blacklist=e")
    assert (seen.module_blacklist, seen.blacklist) == (("b_c", "d"), ("a", "b_c", "d", "e"))


def test_the_command_line() -> None:
    seen = parse_command_line(
        "BOOT_IMAGE=/vmlinuz root=/dev/sda1 ro quiet modprobe.blacklist=nouveau,nova-core rd.driver.blacklist=nova_drm "
        'module_blacklist= nvidia-drm.modeset=1 nvidia.NVreg_RegistryDwords="a=1;b=2" nvidia.NVreg_X=0 '
        "nvidia.NVreg_X=1 nouveau.modeset .x=1 y.=1"
    )
    assert seen.blacklist == ("nouveau", "nova_core", "nova_drm")
    assert seen.options == {
        "nvidia_drm": {"modeset": "1"},
        "nvidia": {"NVreg_RegistryDwords": "a=1;b=2", "NVreg_X": "1"},
        "nouveau": {"modeset": ""},
    }


def test_what_is_for_init_or_names_no_module_is_left_out() -> None:
    seen = parse_command_line(
        "page_reporting.order=11 0.0.0:2024 .x=1 nvidia.=1 -- nvidia.NVreg_Late=1 --addr 0.0.0.0:1"
    )
    assert seen.options == {"page_reporting": {"order": "11"}}
