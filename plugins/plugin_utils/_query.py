# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JMESPath over the looks of a fleet. Private to the collection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.baremetal.gpu.plugins.module_utils._errors import GpuError

try:
    import jmespath
    from jmespath.exceptions import JMESPathError, ParseError
except ImportError:
    jmespath = None  # which only a query needs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

VARIABLE = "gpu_query"


def query(expression: str, documents: Sequence[Mapping[str, Any]]) -> Any:
    """What the expression selects."""
    if jmespath is None:
        raise GpuError(
            f"{VARIABLE} needs the Python package jmespath, which is not installed on the controller: "
            "pip install jmespath"
        )
    try:
        return jmespath.search(expression, list(documents))
    except ParseError as error:
        ended = not error.token_value
        said = "the expression ends too early" if ended else getattr(error, "message", None) or error.msg
        raise GpuError(
            f"{VARIABLE}: {said} at position {error.lex_position + 1} of {expression!r}; expected JMESPath"
        ) from error
    except JMESPathError as error:
        raise GpuError(f"{VARIABLE}: {error}, in {expression!r}") from error


def hosts_in(result: Any, documents: Sequence[Mapping[str, Any]]) -> list[str] | None:
    """The hosts that a result names, by their names or as documents; None if it is about something else."""
    known = {found["host"] for found in documents}
    if not isinstance(result, list):
        return None
    names = [one.get("host") if isinstance(one, dict) else one for one in result]
    found = [name for name in names if isinstance(name, str) and name in known]
    return found if len(found) == len(names) else None
