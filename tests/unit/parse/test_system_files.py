# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of the system and of the kernel module; modinfo, systemctl and Docker."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import ParseError
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.docker import parse_daemon_json
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.modinfo import parse_modinfo
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.os_release import parse_os_release
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.proc_driver import (
    parse_information,
    parse_params,
    parse_version,
)
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.systemd import parse_show

from .documents import CAPTURE

UBUNTU = """\
PRETTY_NAME="Ubuntu 24.04.3 LTS"
VERSION_ID="24.04"
VERSION_CODENAME=noble
ID=ubuntu
ID_LIKE=debian
# a comment
nonsense
"""


def captured(path: str) -> str:
    """One file of the captured node."""
    text = (CAPTURE / "node.txt").read_text()
    return text.partition(f"===== {path}\n")[2].partition("\n=====")[0]


def test_os_release_of_ubuntu() -> None:
    seen = parse_os_release(UBUNTU)
    assert (seen.id, seen.version_id, seen.codename, seen.id_like) == ("ubuntu", "24.04", "noble", ("debian",))
    assert (seen.pretty, seen.family) == ("Ubuntu 24.04.3 LTS", "debian")


@pytest.mark.parametrize(
    ("text", "family", "pretty"),
    [
        ("ID=debian\nNAME='Debian \\$x'\n", "debian", "Debian $x"),
        ('ID="rocky"\nID_LIKE="rhel centos fedora"\n', "redhat", "rocky"),
        ('ID="sles"\n', "suse", "sles"),
        ("ID=arch\n", None, "arch"),
        ("", None, "unknown system"),
    ],
)
def test_os_families(text: str, family: Any, pretty: str) -> None:
    seen = parse_os_release(text)
    assert (seen.family, seen.pretty) == (family, pretty)


def test_version_of_the_real_open_module() -> None:
    seen = parse_version(captured("/proc/driver/nvidia/version"))
    assert (seen.version, seen.flavour) == ("580.159.04", "open")


@pytest.mark.parametrize(
    ("line", "version", "flavour"),
    [
        (
            "NVRM version: NVIDIA UNIX x86_64 Kernel Module  580.173.02  Tue Jun 23 10:00:00 UTC 2026",
            "580.173.02",
            "proprietary",
        ),
        ("NVRM version: NVIDIA UNIX Open Kernel Module for aarch64  595.71.05  Release Build", "595.71.05", "open"),
        ("NVRM version: NVIDIA UNIX x86_64 Kernel Module 390.48 Thu Mar 22", "390.48", "proprietary"),
    ],
)
def test_versions(line: str, version: str, flavour: str) -> None:
    seen = parse_version(line + "\nGCC version:  gcc version 12.2.0 (Debian 12.2.0-14)\n")
    assert (seen.version, seen.flavour) == (version, flavour)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("GCC version:  gcc version 12.2.0\n", "whole file"),
        ("NVRM version: NVIDIA UNIX Kernel Module\n", "line 'NVRM version: NVIDIA UNIX Kernel Module'"),
    ],
)
def test_no_version(text: str, where: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_version(text)
    assert caught.value.where == where


def test_params_of_the_real_module() -> None:
    params = parse_params(captured("/proc/driver/nvidia/params"))
    assert (params["EnableGpuFirmware"], params["RegistryDwords"], params["NvLinkDisable"]) == ("18", "", "1")
    assert parse_params('RegistryDwords: "A=1;B=\\"2\\""\n:x\n') == {"RegistryDwords": 'A=1;B=\\"2\\"'}


def test_information_of_the_real_gpu() -> None:
    seen = parse_information(captured("/proc/driver/nvidia/gpus/0000:00:06.0/information"))
    assert (seen["Model"], seen["Bus Location"], seen["GPU Firmware"]) == (
        "NVIDIA H100 80GB HBM3",
        "0000:00:06.0",
        "N/A",
    )


def test_modinfo_of_two_modules() -> None:
    text = (
        "filename:       /lib/modules/6.1.0-41-amd64/updates/dkms/nvidia.ko\n"
        "version:        580.159.04\nlicense:        Dual MIT/GPL\nalias:          a\nalias:          b\n"
        "vermagic:       6.1.0-41-amd64 SMP preempt mod_unload\nsrcversion:     ABC\n"
        "filename:       /x/nvidia.ko\nlicense:        NVIDIA\n"
        "filename:       /y/nvidia.ko\n"
    )
    first, second, third = parse_modinfo("stray: line\n" + text)
    assert (first.path, first.version, first.flavour) == (
        "/lib/modules/6.1.0-41-amd64/updates/dkms/nvidia.ko",
        "580.159.04",
        "open",
    )
    assert (first.vermagic, first.srcversion) == ("6.1.0-41-amd64 SMP preempt mod_unload", "ABC")
    assert (second.version, second.flavour) == (None, "proprietary")
    assert third.flavour is None


SHOW = """\
Id=nvidia-persistenced.service
LoadState=loaded
ActiveState=active
UnitFileState=static
ExecStart={ path=/usr/bin/nvidia-persistenced ; argv[]=/usr/bin/nvidia-persistenced --user x ; ignore_errors=no }
ExecStart={ path=/bin/true ; argv[]=/bin/true ; ignore_errors=no }
DropInPaths=/etc/a.conf /etc/b.conf
FragmentPath=/lib/systemd/system/nvidia-persistenced.service

Id=docker.service
LoadState=not-found
ActiveState=inactive

ExecMainStatus=0
"""


def test_units() -> None:
    seen = parse_show(SHOW)
    assert sorted(seen) == ["docker.service", "nvidia-persistenced.service"]
    unit = seen["nvidia-persistenced.service"]
    assert (unit.load_state, unit.active_state, unit.unit_file_state) == ("loaded", "active", "static")
    assert unit.exec_start == "/usr/bin/nvidia-persistenced --user x"
    assert unit.dropins == ("/etc/a.conf", "/etc/b.conf")
    assert unit.path == "/lib/systemd/system/nvidia-persistenced.service"
    assert (seen["docker.service"].load_state, seen["docker.service"].exec_start) == ("not-found", "")


def test_daemon_json() -> None:
    assert parse_daemon_json('{"features": {"cdi": true}}') == {"features": {"cdi": True}}
    assert parse_daemon_json(" \n") == {}
    assert parse_daemon_json(json.dumps({"a": "[" * 100})) == {"a": "[" * 100}


@pytest.mark.parametrize(
    ("text", "where", "why"),
    [
        ('{\n  "a" 1\n}', "line 2 column 7", "not JSON: Expecting ':' delimiter"),
        ("[]", "line 1", "expected an object, found list"),
        ("[" * 100000, "whole file", "nested too deeply"),
        ('{"a": NaN}', "whole file", "not JSON: NaN is no value"),
    ],
    ids=["comma", "list", "deep", "constant"],
)
def test_daemon_json_that_is_none(text: str, where: str, why: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_daemon_json(text)
    assert (caught.value.where, caught.value.why) == (where, why)
