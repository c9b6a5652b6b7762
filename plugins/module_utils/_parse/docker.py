# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Docker's daemon.json. Private to the collection."""

from __future__ import annotations

import json
from typing import Any

from .._errors import ParseError


def parse_daemon_json(text: str) -> dict[str, Any]:
    """The daemon takes an empty file for no configuration."""
    if not text.strip():
        return {}
    try:
        value = json.loads(text)
    except json.JSONDecodeError as exc:
        where = "line {0} column {1}".format(exc.lineno, exc.colno)
        raise ParseError("daemon.json", where, "not JSON: {0}".format(exc.msg)) from exc
    except RecursionError as exc:
        raise ParseError("daemon.json", "whole file", "nested too deeply") from exc
    if not isinstance(value, dict):
        raise ParseError("daemon.json", "line 1", "expected an object, found {0}".format(type(value).__name__))
    return value
