# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our frozen dataclasses are those of the standard library, and quicker made."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import time
from dataclasses import field, fields, replace
from typing import Any, Dict, List

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._dataclass import dataclass


@dataclass(frozen=True)
class Base:
    name: str
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True)
class More(Base):
    """With a text."""

    why: Dict[str, str] = field(default_factory=dict)
    """Each its own"""

    @property
    def size(self) -> int:
        return len(self.numbers)


def test_values_by_place_and_by_name() -> None:
    one = More("a", numbers=(1, 2))
    assert (one.name, one.numbers, one.why, one.size) == ("a", (1, 2), {}, 2)
    assert More("a").why is not More("a").why
    assert [each.name for each in fields(More)] == ["name", "numbers", "why"]
    assert dataclasses.is_dataclass(one)
    assert repr(one) == "More(name='a', numbers=(1, 2), why={})"


def test_equal_is_what_has_the_same_values_and_class() -> None:
    assert Base("a", (1,)) == Base(numbers=(1,), name="a")
    assert Base("a") != Base("b")
    assert Base("a") != More("a")
    assert len({Base("a"), Base("a"), Base("b")}) == 2


def test_a_copy_with_other_values() -> None:
    one = More("a", (1,))
    assert replace(one, name="b") == More("b", (1,))
    assert copy.deepcopy(one) == pickle.loads(pickle.dumps(one)) == one
    assert dataclasses.asdict(one) == {"name": "a", "numbers": (1,), "why": {}}


def test_nothing_changes() -> None:
    one: Any = Base("a")
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.name = "b"
    with pytest.raises(dataclasses.FrozenInstanceError):
        del one.name
    assert one.name == "a"


@pytest.mark.parametrize(
    ("values", "named", "wrong"),
    [
        ((), {}, "name"),
        (("a",), {"other": 1}, "other"),
        (("a", (), 1), {}, "a value too many"),
        (("a",), {"name": "b"}, "a value too many"),
    ],
)
def test_other_values_than_its_own_are_refused(values: Any, named: Any, wrong: str) -> None:
    with pytest.raises(TypeError, match=f"Base: missing or unexpected: {wrong}"):
        Base(*values, **named)


def test_there_is_only_the_frozen_form() -> None:
    with pytest.raises(TypeError, match="only frozen=True"):
        dataclass(frozen=False)


def test_a_class_is_made_in_a_part_of_the_time() -> None:
    def made(decorator: Any) -> float:
        times: List[float] = []
        for _round in range(5):
            start = time.process_time()
            for number in range(50):
                decorator(frozen=True)(type(f"C{number}", (), {"__annotations__": {f"f{i}": "int" for i in range(8)}}))
            times.append(time.process_time() - start)
        return min(times)

    assert made(dataclass) <= made(dataclasses.dataclass) / 3
