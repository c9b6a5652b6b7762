# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What dnf 4.14 printed, and dnf's own files."""

from __future__ import annotations

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import ParseError
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.dnf import (
    Available,
    Coming,
    complaints,
    parse_repoquery,
    parse_transaction,
    version_key,
)
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.dnf_files import (
    DnfRepository,
    parse_repositories,
    parse_streams,
)

SWITCH = """\
Last metadata expiration check: 0:01:40 ago on Wed Nov 25 21:43:27 2026.
================================================================================
 Package                  Arch    Version             Repository           Size
================================================================================
Installing:
 kmod-nvidia-latest-dkms  x86_64  3:580.173.02-1.el9  cuda-rhel9-x86_64   7.8 k
     replacing  kmod-nvidia-old.x86_64 3:570.1-1.el9
Upgrading:
 nvidia-kmod-common       noarch  3:580.173.02-1.el9  cuda-rhel9-x86_64   7.9 k
 nvidia-driver-cuda-libs-with-a-name-that-is-wider-than-the-terminal
                          x86_64  3:580.173.02-1.el9  cuda-rhel9-x86_64   8.2 M
Removing:
 kmod-nvidia-open-dkms    x86_64  3:580.159.04-1.el9  @cuda-rhel9-x86_64  1.0 k
Removing dependent packages:
 nvidia-open              x86_64  3:580.159.04-1.el9  @cuda-rhel9-x86_64  0
Switching module streams:
 nvidia-driver                    580-open -> 580-dkms


Transaction Summary
================================================================================
Install  1 Package

Total size: 80 k
Error: Operation aborted.
"""
SKIPPED = """\

 Problem: package kmod-a-3:1-1.el9.x86_64 conflicts with kmod-b provided by kmod-b-3:1-1.el9.x86_64
  - conflicting requests
================================================================================
 Package                  Arch    Version              Repository          Size
================================================================================
Skipping packages with conflicts:
(add '--best --allowerasing' to command line to force their upgrade):
 kmod-b                   x86_64  3:1-1.el9            cuda-rhel9-x86_64  7.8 k

Transaction Summary
================================================================================
Skip  1 Package

Error: Operation aborted.
"""
FIVE = """\
Package                 Arch   Version             Repository       Size
Upgrading:
 nvidia-driver-cuda     x86_64 3:580.173.02-1.fc42 cuda-fedora 22.0 KiB
   replacing nvidia-driver-cuda x86_64 3:580.159.04-1.fc42 cuda-fedora 21.0 KiB
Removing:
 kmod-nvidia-open-dkms  x86_64 3:580.159.04-1.fc42 cuda-fedora 1.0 KiB

Transaction Summary:
 Upgrading:         1 package
"""


def test_a_transaction() -> None:
    seen = parse_transaction(SWITCH)
    assert seen.coming == (
        Coming("kmod-nvidia-latest-dkms", "3:580.173.02-1.el9"),
        Coming("nvidia-kmod-common", "3:580.173.02-1.el9"),
        Coming("nvidia-driver-cuda-libs-with-a-name-that-is-wider-than-the-terminal", "3:580.173.02-1.el9"),
    )
    assert {one.version for one in seen.coming} == {"580.173.02"}
    assert seen.removals == ("kmod-nvidia-old", "kmod-nvidia-open-dkms", "nvidia-open")
    assert seen.stream
    assert not seen.skipped
    assert complaints(SWITCH) == ""


def test_what_dnf_leaves_out() -> None:
    seen = parse_transaction(SKIPPED)
    assert (seen.coming, seen.removals, seen.skipped) == ((), (), ("kmod-b",))
    assert "conflicts with kmod-b" in complaints(SKIPPED)


def test_dnf_5_lists_the_old_version_too() -> None:
    seen = parse_transaction(FIVE)
    assert seen.coming == (Coming("nvidia-driver-cuda", "3:580.173.02-1.fc42"),)
    assert seen.removals == ("kmod-nvidia-open-dkms",)


def test_nothing_to_do() -> None:
    assert not parse_transaction("Dependencies resolved.\nNothing to do.\nComplete!\n").coming


def test_repoquery() -> None:
    text = "\nlibnvidia-ml\t3\t580.159.04\t1.el9\tx86_64\n\ndkms\t0\t3.0\t1\tnoarch\n"
    first, second = parse_repoquery(text)
    assert first == Available("libnvidia-ml", 3, "580.159.04", "1.el9", "x86_64")
    assert (first.nevra, second.nevra) == ("libnvidia-ml-3:580.159.04-1.el9.x86_64", "dkms-3.0-1.noarch")
    with pytest.raises(ParseError, match="line 1: expected five fields"):
        parse_repoquery("libnvidia-ml x86_64\n")


def test_versions_in_rpms_order() -> None:
    order = ["1.0~rc1", "1.0", "1.0^git1", "1.0a", "1.0.1", "1.9", "1.10", "580.95.05", "580.159.04"]
    backwards = list(reversed(order))
    assert sorted(backwards, key=version_key) == order


def test_a_repo_file() -> None:
    text = (
        "# of the guide\n[cuda]\nname=CUDA\nbaseurl=https://a/\n  https://b/\nenabled=1\ngpgcheck=1\n"
        "gpgkey=file:///etc/k\n\n[other]\nmirrorlist = https://m\nenabled = 0\nrepo_gpgcheck = yes\ngpgcheck = false\n"
    )
    assert parse_repositories(text) == (
        DnfRepository("cuda", ("https://a/", "https://b/"), ("file:///etc/k",), True, True, None),
        DnfRepository("other", ("https://m",), (), False, False, True),
    )


def test_streams() -> None:
    text = "[nvidia-driver]\nname=nvidia-driver\nstream=580-open\nprofiles=\nstate={}\n"
    assert parse_streams(text.format("enabled")) == {"nvidia-driver": "580-open"}
    assert parse_streams(text.format("")) == {}
