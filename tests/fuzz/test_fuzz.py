# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A share of `make fuzz`, and that it would find something."""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, given, settings

from tests.fuzz import mutator, strategies, target

SPOILED = 400
MADE = 120


def test_spoiled_texts() -> None:
    for number in range(SPOILED):
        target.check(mutator.spoiled(number))


@settings(
    max_examples=MADE,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(strategies.TEXTS)
def test_made_texts(text: str) -> None:
    target.check(text)


def test_the_same_number_gives_the_same_text() -> None:
    assert mutator.spoiled(7) == mutator.spoiled(7)
    assert len({mutator.spoiled(number) for number in range(50)}) > 40


def test_texts_are_not_all_refused() -> None:
    """Spoiled or made, many still have a GPU in them."""
    read = sum("<gpu" in mutator.spoiled(number) or "GPU 0" in mutator.spoiled(number) for number in range(100))
    assert read >= 40


def test_an_error_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_text: str) -> None:
        raise KeyError("x")

    monkeypatch.setattr(target, "PARSERS", (broken,))
    with pytest.raises(KeyError):
        target.check("No devices were found")


def _busy(seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


def test_a_hang_would_be_found() -> None:
    with pytest.raises(target.TooSlowError), target.limited(0.1):
        _busy(60)
