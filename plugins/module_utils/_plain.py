# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Dataclasses to plain JSON types. Private to the collection."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any, Mapping


def plain(value: Any) -> Any:
    """Like dataclasses.asdict, with lists for tuples and without the underscore that keeps a field off a keyword."""
    if is_dataclass(value):
        return {field.name.rstrip("_"): plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value
