# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A verdict on each GPU, by the rules in _compat. Private to the collection."""

from __future__ import annotations

from typing import Any

from .._compat.health_rules import RULES, VERDICTS, Rule
from .._parse.nvidia_smi_types import Health, SmiGpu


def _value(gpu: SmiGpu, path: str) -> Any:
    attributes, _colon, key = path.partition(":")
    value: Any = gpu
    for name in attributes.split("."):
        value = None if value is None else getattr(value, name)
    return value.get(key) if key else value


def _holds(rule: Rule, value: Any) -> bool:
    if value is None:
        return False
    if rule.test == "above":
        return bool(value > rule.against[0])
    return (value in rule.against) is (rule.test == "in")


def _sentence(gpu: SmiGpu, rule: Rule, value: Any) -> str:
    counts = [(words, _value(gpu, path)) for words, path in rule.numbers]
    numbers = ", ".join(f"{words}: {count}" for words, count in counts if count is not None)
    sentence = rule.sentence.format(value=value)
    return f"{sentence[:-1]} ({numbers})." if numbers else sentence


def judge(gpu: SmiGpu) -> Health:
    """The worst verdict that a rule gives, and every reason in a sentence."""
    values = [(rule, _value(gpu, rule.field)) for rule in RULES]
    broken = [(rule.verdict, _sentence(gpu, rule, value)) for rule, value in values if _holds(rule, value)]
    if broken:
        verdict = min((verdict for verdict, _why in broken), key=VERDICTS.index)
        return Health(verdict, tuple(sentence for _verdict, sentence in broken))
    if gpu.memory_total_mib is None and gpu.ecc.current is None and gpu.recovery_action is None:
        return Health("unknown", ("nvidia-smi says nothing of its memory, its errors or a recovery action.",))
    return Health("ok", ())
