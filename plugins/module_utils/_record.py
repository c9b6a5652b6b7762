# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node remembers of itself: the sets that were proven on it, and an upgrade under way.

Private to the collection.
"""

from __future__ import annotations

import json
from typing import Any, Dict, List, Mapping, Optional, Sequence

from ._errors import ParseError

Entry = Mapping[str, Any]
WHEN, BEGAN = "when", "began"
_STAMPS = (WHEN, BEGAN)


def _bare(entry: Entry) -> Dict[str, Any]:
    return {key: value for key, value in entry.items() if key not in _STAMPS}


def remember(history: Sequence[Entry], entry: Entry, keep: int, now: str) -> List[Entry]:
    """The history with this set as its last, each set once; the last one again is no news."""
    if history and _bare(history[-1]) == _bare(entry):
        return list(history)
    others = [one for one in history if _bare(one) != _bare(entry)]
    return [*others, {**_bare(entry), WHEN: now}][-keep:]


def with_origin(history: Sequence[Entry], upgrade: Optional[Entry], keep: int, now: str) -> List[Entry]:
    """The set that an upgrade came from is remembered too, for it worked."""
    origin = upgrade.get("from") if upgrade else None
    if not origin or any(_bare(one) == _bare(origin) for one in history):
        return list(history)
    return remember(history, origin, keep, now)


def proceed(before: Optional[Entry], given: Entry, now: str) -> Optional[Entry]:
    """An upgrade's next state; nothing given is its end.

    One that was interrupted keeps where it came from, and when it began.
    """
    if not given:
        return None
    kept = {key: before[key] for key in ("from", BEGAN) if before.get(key)} if before else {}
    after = {BEGAN: now, **given, **kept}
    return before if before and _bare(before) == _bare(after) else {**after, WHEN: now}


def _parsed(text: str, path: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise ParseError(path, "the file", f"not JSON ({error}); mend it or move it away") from error


def parse_history(text: Optional[str], path: str) -> List[Entry]:
    found = _parsed(text, path) if text else []
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        raise ParseError(path, "the file", "expected a list of objects; mend it or move it away")
    return found


def parse_upgrade(text: Optional[str], path: str) -> Optional[Entry]:
    found = _parsed(text, path) if text else None
    if found is not None and not isinstance(found, dict):
        raise ParseError(path, "the file", "expected an object; mend it or move it away")
    return found


def text_of(value: Any) -> Optional[str]:
    """As it is written; nothing to say is no file."""
    return json.dumps(value, indent=1, sort_keys=True) + "\n" if value else None
