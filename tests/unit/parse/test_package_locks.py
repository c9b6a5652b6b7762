# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of dnf 4 and 5, yum and zypper that keep packages."""

from __future__ import annotations

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.package_locks import (
    parse_excludes,
    parse_versionlock_list,
    parse_versionlock_toml,
    parse_zypp_locks,
)

PACKAGE = ("nvidia-driver", 3, "580.159.04", "1.el9", "x86_64")


@pytest.mark.parametrize(
    ("line", "held"),
    [
        ("nvidia-driver-3:580.159.04-1.el9.*", True),
        ("nvidia-driver-3:580.159.04-1.el9.x86_64", True),
        ("nvidia-driver-580.159.04-1.el9", True),
        ("*nvidia*580*", True),
        ("nvidia-driver", True),
        ("nvidia-driver-3:575*", False),
        ("nvidia-driver-0:580.159.04-1.el9.*", False),
        ("nvidia-driver-cuda*", False),
        ("!nvidia-driver-3:580.159.04-1.el9.*", False),
        ("# nvidia-driver", False),
        ("", False),
    ],
)
def test_versionlock_list(line: str, held: bool) -> None:
    assert any(lock.holds(*PACKAGE) for lock in parse_versionlock_list(f"\n{line}\n")) is held


def toml(conditions: str, name: str = '"nvidia-driver"') -> str:
    return f'version = "1.0"\n[[packages]]\nname = {name}\nconditions = {conditions}\n'


@pytest.mark.parametrize(
    ("text", "held"),
    [
        (toml('[{key = "evr", comparator = "=", value = "3:580.159.04-1.el9"}]'), True),
        (toml('[{key = "evr", comparator = "=", value = "580.159.04-1.el9"}]'), True),
        (toml('[{key = "version", comparator = "==", value = "580.159.04"}]'), True),
        (toml('[{key = "evr", comparator = "=", value = "3:575.1-1.el9"}]'), False),
        (
            toml('[{key = "evr", comparator = ">=", value = "3:570"}, {key = "evr", comparator = "<", value = "4"}]'),
            True,
        ),
        (toml('[{key = "arch", comparator = "=", value = "x86_64"}]'), True),
        (toml('["x", 5]'), True),
        (toml('"x"'), True),
        (toml("[]", '"nvidia-*"'), True),
        (toml("[]", '"other"'), False),
        (toml("[]", "5"), False),
        (toml("[]", '""'), False),
        ('packages = "x"\n', False),
        ("packages = [5]\n", False),
        ("", False),
    ],
)
def test_versionlock_toml(text: str, held: bool) -> None:
    assert any(lock.holds(*PACKAGE) for lock in parse_versionlock_toml(text)) is held


def test_a_range_says_what_it_is() -> None:
    text = toml('[{key = "evr", comparator = ">=", value = "3:570"}, {key = "evr", comparator = "<", value = "3:571"}]')
    assert [lock.text for lock in parse_versionlock_toml(text)] == ["nvidia-driver, evr >= 3:570, evr < 3:571"]


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("type: package\nmatch_type: glob\nsolvable_name: nvidia-*\n", True),
        ("# from zypper\nsolvable_name: nvidia-driver\nversion: == 580.159.04-1.el9\n", True),
        ("solvable_name: nvidia-driver\nversion: == 575\n", False),
        ("\ntype: patch\nsolvable_name: nvidia-driver\n", False),
        ("type: package\nno colon\n", False),
    ],
)
def test_zypp_locks(text: str, held: bool) -> None:
    assert any(lock.holds(*PACKAGE) for lock in parse_zypp_locks("type: package\nsolvable_name: x\n\n" + text)) is held


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("[main]\nexclude=a b\n", ["a", "b"]),
        ("[main]\nexcludepkgs = a,\n   b\n\tc*\nbest=True\n", ["a", "b", "c*"]),
        ("exclude_pkgs: a\nexclude=b\n", ["a", "b"]),
        ("exclude=\nbest=1\n", []),
        ("#exclude=a\n", []),
    ],
)
def test_excludes(text: str, names: list[str]) -> None:
    assert [lock.name for lock in parse_excludes(text)] == names
