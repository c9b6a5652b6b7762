# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""apt's preferences, its lists of what repositories have, and what its programs print."""

from __future__ import annotations

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.apt import (
    Install,
    parse_madison,
    parse_simulation,
    upstream,
)
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.apt_lists import find_versions, parse_list_name
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.apt_preferences import parse_preferences

STANZA = "Explanation: x\nPackage: {}\nPin: version 580.*\nPin-Priority: 1001\n"


@pytest.mark.parametrize(
    ("packages", "name", "covered"),
    [
        ("nvidia-driver", "nvidia-driver", True),
        ("nvidia-*\n libcuda1", "libcuda1", True),
        ("*", "anything", True),
        ("/^nvidia/", "nvidia-smi", True),
        ("/^nvidia/", "libnvidia-ml1", False),
        ("/(/", "x", False),
        ("/", "/", True),
        ("src:nvidia", "nvidia", False),
    ],
)
def test_who_is_covered(packages: str, name: str, covered: bool) -> None:
    (preference,) = parse_preferences(STANZA.format(packages))
    assert preference.covers(name) is covered
    assert (preference.pin, preference.priority) == ("version 580.*", 1001)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# only words\n",
        "Package: a\nPin: version 1\n",
        "Package: a\nPin-Priority: 5\n",
        STANZA.format(""),
        STANZA.format("a").replace("1001", "high"),
        STANZA.format("a").replace("1001", "1" * 5000),
    ],
)
def test_what_counts_for_nothing(text: str) -> None:
    assert parse_preferences(text) == ()


def test_stanzas_and_negative_priorities() -> None:
    text = STANZA.format("a") + "\n#\n" + STANZA.format("b").replace("1001", "-1")
    assert [(one.packages, one.priority) for one in parse_preferences(text)] == [(("a",), 1001), (("b",), -1)]


@pytest.mark.parametrize(
    ("name", "origin"),
    [
        (
            "developer.download.nvidia.com_compute_cuda_repos_debian12_x86%5f64_Packages",
            "developer.download.nvidia.com/compute/cuda/repos/debian12/x86_64",
        ),
        (
            "deb.debian.org_debian_dists_bookworm_non-free_binary-amd64_Packages",
            "deb.debian.org/debian bookworm/non-free",
        ),
        ("h_debian_dists_bookworm_updates_main_binary-all_Packages", "h/debian bookworm/updates/main"),
        ("repo__Packages", "repo"),
        ("deb.debian.org_debian_dists_bookworm_InRelease", None),
    ],
)
def test_names_of_lists(name: str, origin: str | None) -> None:
    assert parse_list_name(name) == origin


def test_versions() -> None:
    data = (
        b"Package: a\nSource: x (1)\nVersion: 2\n\nPackage: ab\nVersion: 3\n\nPackage: b\nDescription: Version: 9\n\n"
        b"Package: c+d\nVersion: 4\n\nPackage: a\nVersion: 1"
    )
    assert find_versions(data, {"a", "b", "c+d"}) == {("a", "2"), ("a", "1"), ("c+d", "4")}
    assert find_versions(b"", {"a"}) == set()


def test_madison() -> None:
    text = " a | 2-1 | x stable/main Packages\n a | 2-1 | http://y\n a | 1-1 | http://x\nb | 1 | z\n | 1 | z\nx\n"
    assert parse_madison(text) == {"a": ["2-1", "1-1"], "b": ["1"]}


def test_a_simulation() -> None:
    text = (
        "Reading package lists...\nInst a:amd64 [1] (2 Debian:12 [amd64])\nInst b (3 x [all])\nConf a (2 x)\n"
        "Remv c [1]\nPurg d:i386 [2]\n"
    )
    seen = parse_simulation(text)
    assert seen.installs == (Install("a", "1", "2"), Install("b", None, "3"))
    assert seen.removals == ("c", "d")


@pytest.mark.parametrize(("version", "wanted"), [("1:2.3-4-5", "2.3-4"), ("580.159.04", "580.159.04")])
def test_upstream(version: str, wanted: str) -> None:
    assert upstream(version) == wanted
