# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What modprobe makes of its configuration files."""

from __future__ import annotations

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.modprobe import (
    effective_files,
    parse_modprobe,
    parse_options,
)


def test_all_commands() -> None:
    seen = parse_modprobe(
        {
            "/etc/modprobe.d/a.conf": "# no\nblacklist nouveau\nblacklist nova-core\ninstall nouveau /bin/false\n"
            'options nvidia NVreg_EnableGpuFirmware=0 \\\n  NVreg_RegistryDwords="A=1;B=2"\n'
            "softdep nvidia pre: i2c-core\nalias x y\nblacklist\n\n",
        }
    )
    assert seen.blacklist == ("nouveau", "nova_core")
    assert seen.install == {"nouveau": "/bin/false"}
    assert seen.options == {"nvidia": {"NVreg_EnableGpuFirmware": "0", "NVreg_RegistryDwords": "A=1;B=2"}}
    assert seen.softdeps == {"nvidia": "pre: i2c-core"}
    assert seen.files == ("/etc/modprobe.d/a.conf",)


def test_a_file_hides_its_namesake_and_the_last_name_wins() -> None:
    seen = parse_modprobe(
        {
            "/usr/lib/modprobe.d/a.conf": "blacklist hidden\n",
            "/lib/modprobe.d/a.conf": "blacklist hidden\n",
            "/etc/modprobe.d/a.conf": "options nvidia x=1\n",
            "/run/modprobe.d/b.conf": "options nvidia x=2 y=3\n",
            "/etc/modprobe.d/c.conf.bak": "blacklist no\n",
            "/etc/modprobe.d/sub/d.conf": "blacklist no\n",
        }
    )
    assert seen.blacklist == ()
    assert seen.options == {"nvidia": {"x": "2", "y": "3"}}
    assert seen.files == ("/etc/modprobe.d/a.conf", "/run/modprobe.d/b.conf")


def test_order_of_names_is_over_all_directories() -> None:
    paths = ["/etc/modprobe.d/z.conf", "/lib/modprobe.d/b.conf", "/usr/lib/modprobe.d/c.conf"]
    assert effective_files(paths) == ["/lib/modprobe.d/b.conf", "/usr/lib/modprobe.d/c.conf", "/etc/modprobe.d/z.conf"]


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("a=1 b", {"a": "1", "b": ""}),
        ('a="x y" c=2', {"a": "x y", "c": "2"}),
        ('a="open', {"a": "open"}),
        ("a=1 a=2", {"a": "2"}),
        ("a=b=c", {"a": "b=c"}),
        ("", {}),
    ],
)
def test_options(text: str, options: dict[str, str]) -> None:
    assert parse_options(text) == options
