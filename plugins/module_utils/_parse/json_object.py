# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A JSON document that is an object. Private to the collection."""

from __future__ import annotations

import json
import re
from typing import Any

from .._errors import ParseError

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[{\]}]')
_DEEPEST = 64


def _depth(text: str) -> int:
    """Measured first: Python 3.8 does not survive every overflow of its stack."""
    deepest = depth = 0
    for token in _TOKEN.findall(text):
        depth += 1 if token in "[{" else -1 if token in "]}" else 0
        deepest = max(deepest, depth)
    return deepest


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no value")


def parse_object(text: str, what: str) -> dict[str, Any]:
    if _depth(text) > _DEEPEST:
        raise ParseError(what, "whole file", "nested too deeply")
    try:
        value = json.loads(text, parse_constant=_refuse)
    except json.JSONDecodeError as exc:
        where = f"line {exc.lineno} column {exc.colno}"
        raise ParseError(what, where, f"not JSON: {exc.msg}") from exc
    except ValueError as exc:
        raise ParseError(what, "whole file", f"not JSON: {exc}") from exc
    if not isinstance(value, dict):
        raise ParseError(what, "line 1", f"expected an object, found {type(value).__name__}")
    return value
