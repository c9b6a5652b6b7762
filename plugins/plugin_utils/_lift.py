# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that hosts have in common, as variables of their groups. Private to the collection."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

NOT_LIFTED_TO = ("all", "ungrouped")
"""Groups that are everybody's."""


@dataclass
class Lifted:
    """Variables by group and by host; a host's win over its groups'."""

    groups: dict[str, dict[str, Any]] = field(default_factory=dict)
    hosts: dict[str, dict[str, Any]] = field(default_factory=dict)


class _Choice(NamedTuple):
    """How much is saved by a group that has a value, with what to choose by in order."""

    saved: int
    unanimous: bool
    size: int
    name: str
    value: Any


class _Variable:
    """One variable on all hosts."""

    def __init__(
        self, name: str, wanted: Mapping[str, Any], given: Mapping[str, Mapping[str, Any]], default: Any
    ) -> None:
        self.values = {host: variables.get(name, default) for host, variables in wanted.items()}
        set_already = {host for host in wanted if name in given.get(host, {})}
        self.contradicted = {host for host in set_already if given[host][name] != self.values[host]}
        self.open = {host for host, variables in wanted.items() if name in variables} - set_already

    def choice(self, name: str, members: set[str]) -> _Choice:
        value, count = Counter(_key(self.values[host]) for host in members & self.open).most_common(1)[0]
        # Who has another value only by default has to say so once the group has this one.
        others = {host for host in members if _key(self.values[host]) != value}
        chosen = next(self.values[host] for host in sorted(members & self.open) if _key(self.values[host]) == value)
        return _Choice(count - 1 - len(others - self.open - self.contradicted), not others, len(members), name, chosen)


def _key(value: Any) -> Hashable:
    return repr(value)


def lift(
    wanted: Mapping[str, Mapping[str, Any]],
    given: Mapping[str, Mapping[str, Any]],
    groups: Mapping[str, Sequence[str]],
    defaults: Mapping[str, Any],
    indifferent: Mapping[str, set[str]],
) -> Lifted:
    """Pure: as few entries as a greedy search finds, for which every host ends with its own values.

    `wanted`: what each host has to end with; what is not there has its default. `indifferent`: variables that a host
    does not read. `given`: what the inventory sets
    already, by means whose precedence is not known here, so a host that it contradicts has its own entry. No two groups
    of one host get the same variable, so their order does not matter.
    """
    found = Lifted()
    members = {group: set(hosts) & set(wanted) for group, hosts in sorted(groups.items()) if group not in NOT_LIFTED_TO}
    names = {name for variables in (*wanted.values(), *given.values()) for name in variables}
    for name in sorted(names):
        reading = {host: one for host, one in wanted.items() if name not in indifferent.get(host, ())}
        variable = _Variable(name, reading, given, defaults.get(name))
        left, own = {group: some & set(reading) for group, some in members.items()}, set(variable.contradicted)
        while True:
            choices = [variable.choice(group, some) for group, some in left.items() if some & variable.open]
            best = max(choices, default=None, key=lambda one: (one.saved, one.unanimous, one.size, one.name))
            if best is None or best.saved < 1:
                break
            inside = members[best.name] & set(reading)
            found.groups.setdefault(best.name, {})[name] = best.value
            own |= {host for host in inside if _key(variable.values[host]) != _key(best.value)}
            variable.open -= inside
            left = {group: some for group, some in left.items() if not some & inside}
        for host in sorted(own | variable.open):
            found.hosts.setdefault(host, {})[name] = variable.values[host]
    return found
