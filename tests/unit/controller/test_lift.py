# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What hosts have in common goes to their groups."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("ansible", reason="what runs on the controller needs ansible-core")

from ansible_collections.baremetal.gpu.plugins.plugin_utils._lift import lift
from hypothesis import given
from hypothesis import strategies as st

from .test_adopt import often

HOSTS = ["a", "b", "c", "d"]
GROUPS = {"all": HOSTS, "ungrouped": [], "gpu_nodes": HOSTS, "left": ["a", "b"], "right": ["c", "d"], "one": ["a"]}
DEFAULTS = {"v": 0, "w": 0}


def values(*of: Any) -> dict[str, dict[str, Any]]:
    return {host: {} if value is None else {"v": value} for host, value in zip(HOSTS, of)}


LIFTED: list[tuple[str, list[Any], dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ("one value for all", [1, 1, 1, 1], {}, {"gpu_nodes": 1}, {}),
    ("one for each half", [1, 1, 2, 2], {}, {"left": 1, "right": 2}, {}),
    ("one that differs", [1, 1, 1, 2], {}, {"gpu_nodes": 1}, {"d": 2}),
    ("one that has the default", [1, 1, 1, None], {}, {"left": 1}, {"c": 1}),
    ("all different", [1, 2, 3, 4], {}, {}, {"a": 1, "b": 2, "c": 3, "d": 4}),
    ("nobody", [None, None, None, None], {}, {}, {}),
    ("set already", [1, 1, 1, 1], dict.fromkeys(HOSTS, 1), {}, {}),
    ("set already, to something else", [1, 1, 1, 1], {"a": 3}, {"gpu_nodes": 1}, {"a": 1}),
    ("the default is contradicted", [None, None, None, None], {"b": 3}, {}, {"b": 0}),
    ("set already to the host's own", [2, 1, 1, 1], {"a": 2}, {"right": 1}, {"b": 1}),
]


@pytest.mark.parametrize(
    ("of", "already", "groups", "hosts"), [case[1:] for case in LIFTED], ids=[case[0] for case in LIFTED]
)
def test_what_hosts_have_in_common_goes_to_their_group(of: Any, already: Any, groups: Any, hosts: Any) -> None:
    found = lift(values(*of), {host: {"v": value} for host, value in already.items()}, GROUPS, DEFAULTS, {})
    assert {name: variables["v"] for name, variables in found.groups.items()} == groups
    assert {name: variables["v"] for name, variables in found.hosts.items()} == hosts


NAMED = st.dictionaries(st.sampled_from(("v", "w")), st.integers(0, 2))


@often
@given(
    st.fixed_dictionaries(dict.fromkeys("abcdef", NAMED)),
    st.dictionaries(st.sampled_from("abcdef"), NAMED),
    st.dictionaries(st.sampled_from("GHIJ"), st.lists(st.sampled_from("abcdefx"), unique=True)),
    st.dictionaries(st.sampled_from("abcdef"), st.sets(st.sampled_from(("v", "w")))),
)
def test_every_host_ends_with_its_own_values(wanted: Any, already: Any, groups: Any, unread: Any) -> None:
    found = lift(wanted, already, groups, DEFAULTS, unread)
    for host, variables in wanted.items():
        for name, default in DEFAULTS.items():
            if name in unread.get(host, ()):
                continue
            own = found.hosts.get(host, {}).get(name)
            of_groups = [found.groups[g][name] for g in groups if host in groups[g] and name in found.groups.get(g, {})]
            before = already.get(host, {}).get(name)
            # What the inventory set already may win over a group, or not.
            possible = [own] if own is not None else [one for one in (*of_groups, before) if one is not None]
            assert len(of_groups) <= 1
            assert set(possible or [default]) == {variables.get(name, default)}
    entries = sum(len(one) for one in (*found.groups.values(), *found.hosts.values()))
    alone = lift(wanted, already, {}, DEFAULTS, unread)
    assert entries <= sum(len(one) for one in alone.hosts.values())
