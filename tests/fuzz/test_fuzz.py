# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A share of `make fuzz`, and that it would find something."""

from __future__ import annotations

import time

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import ParseError
from hypothesis import HealthCheck, given, settings

from tests.fuzz import mutator, strategies, target

SPOILED = 400
READ = 0.2
"""Of the spoiled ones; the same number gives the same text, so this share only changes with the parsers."""
MADE = 120


def test_spoiled_texts() -> None:
    """Many still have a GPU in them, so parsers that refused everything would be found."""
    read = sum(target.check(mutator.spoiled(number)) > 0 for number in range(SPOILED))
    assert read >= SPOILED * READ


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


def test_parsers_that_refuse_everything_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_text: str) -> None:
        raise ParseError("x", "y", "z")

    monkeypatch.setattr(target, "read_any", refuse)
    with pytest.raises(AssertionError):
        test_spoiled_texts()


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
