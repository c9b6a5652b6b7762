# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""dpkg's database, the order of versions, and apt's sources."""

from __future__ import annotations

import itertools

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import ParseError
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.apt_sources import (
    AptSource,
    parse_deb822,
    parse_one_line,
)
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.debian_version import compare_versions, version_key
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.dpkg import (
    Dependency,
    parse_dependency,
    parse_dpkg,
)

DATABASE = (
    "ii \tlibcuda1\tamd64\t580.159.04-1\tnvidia-graphics-drivers\t580.159.04-1\t\t"
    "libc6 (>= 2.28), libnvidia-ml1 (= 580.159.04-1)\n"
    "hi \tnvidia-smi\tamd64\t2:580.159.04-0ubuntu1\tx\t1:3.0\tdpkg (>= 1)\t\n"
    "iF \thalf\tall\t1.0\thalf\t1.0\t\t\n"
    "rc \tgone\tall\t1.0\tgone\t1.0\t\t\n"
    "iHR\tbad\tall\t1.0\tbad\t1.0\t\t\n"
    "iU \tunpacked\tall\t1.0\tunpacked\t1.0\t\t\n"
)


def test_database() -> None:
    cuda, smi, half, gone, bad, unpacked = parse_dpkg(DATABASE)
    assert (cuda.name, cuda.version, cuda.upstream, cuda.source) == (
        "libcuda1",
        "580.159.04-1",
        "580.159.04",
        "nvidia-graphics-drivers",
    )
    assert (cuda.installed, cuda.held, cuda.broken) == (True, False, False)
    assert cuda.depends == ("libc6 (>= 2.28)", "libnvidia-ml1 (= 580.159.04-1)")
    assert (smi.installed, smi.held, smi.upstream, smi.source_upstream) == (True, True, "580.159.04", "3.0")
    assert smi.depends == ("dpkg (>= 1)",)
    assert [package.broken for package in (half, gone, bad, unpacked)] == [True, False, True, True]
    assert [package.installed for package in (half, gone, bad, unpacked)] == [False] * 4


def test_database_that_is_none() -> None:
    with pytest.raises(ParseError) as caught:
        parse_dpkg("ii \ta\n")
    assert caught.value.where == "line 1"


def test_dependencies() -> None:
    assert parse_dependency("a:any (>= 1.0~) | b | c (= 2)") == (
        Dependency("a", ">=", "1.0~"),
        Dependency("b", None, None),
        Dependency("c", "=", "2"),
    )
    assert parse_dependency("???") == ()


ASCENDING = [
    "1.0~",
    "1.0~rc1",
    "1.0",
    "1.0-1~bpo12+1",
    "1.0-1",
    "1.0a",
    "1.0+dfsg",
    "1.0.1",
    "6.1.0-9-amd64",
    "6.1.0-41-amd64",
    "6.8.0-45-generic",
    "6.8.0-101-generic",
    "580.95.05-1",
    "580.159.04-0ubuntu0.24.04.1",
    "580.159.04-1",
    "1:0.1",
]


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(range(len(ASCENDING)), 2)))
def test_order_of_versions(one: int, other: int) -> None:
    """The list is in the order of `dpkg --compare-versions`."""
    assert compare_versions(ASCENDING[one], ASCENDING[other]) < 0
    assert compare_versions(ASCENDING[other], ASCENDING[one]) > 0


def test_equal_versions() -> None:
    assert compare_versions("1.0", "0:1.0") == 0
    assert compare_versions("1.00-0", "1.0-0") == 0


def test_versions_of_any_length_and_script() -> None:
    assert compare_versions("1" * 5000, "1" * 5001) < 0
    assert compare_versions("2:1", "1" * 5000 + ":1") < 0
    assert compare_versions("\u00b2:1", "1") == 0  # a superscript is a digit to Python, and no epoch
    assert sorted(sorted(ASCENDING), key=version_key) == ASCENDING


SOURCES = """\
# comment
Types: deb deb-src
URIs: http://one/ http://two/
Suites: noble
 noble-updates
Components: main restricted
Signed-By: /etc/apt/keyrings/a.asc

Types: deb-src
URIs: http://no/
Suites: x

Types: deb
URIs: http://three/
Suites: ./
Enabled: no
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc
"""


def test_deb822() -> None:
    first, second = parse_deb822(SOURCES)
    assert first == AptSource(
        ("http://one/", "http://two/"),
        ("noble", "noble-updates"),
        ("main", "restricted"),
        "/etc/apt/keyrings/a.asc",
        True,
    )
    assert second == AptSource(("http://three/",), ("./",), (), "embedded", False)
    assert parse_deb822(" stray\nTypes: deb\n") == (AptSource((), (), (), None, True),)


def test_one_line() -> None:
    text = (
        "deb [arch=amd64 signed-by=/k.asc] http://a/ ./ # why\n"
        "# deb http://b/ noble main universe\n"
        "deb-src http://no/ noble main\n"
        "deb  http://c/   noble\tmain\n"
        "# words about deb files\n"
        "rubbish\n"
    )
    assert parse_one_line(text) == (
        AptSource(("http://a/",), ("./",), (), "/k.asc", True),
        AptSource(("http://b/",), ("noble",), ("main", "universe"), None, False),
        AptSource(("http://c/",), ("noble",), ("main",), None, True),
    )
