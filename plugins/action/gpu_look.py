# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Save the looks at a fleet, and ask them something."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ansible.plugins.action import ActionBase
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import GpuError
from ansible_collections.baremetal.gpu.plugins.plugin_utils._looks import (
    as_plan,
    document,
    load,
    registered,
    save,
    unseen,
)
from ansible_collections.baremetal.gpu.plugins.plugin_utils._query import hosts_in, query
from ansible_collections.baremetal.gpu.plugins.plugin_utils._report import row, table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SPEC = {
    "dir": {"type": "path", "required": True},
    "hosts": {"type": "list", "elements": "str"},
    "saved": {"type": "bool", "default": False},
    "query": {"type": "str", "default": ""},
}


def looked_at(hostvars: Mapping[str, Any], hosts: Sequence[str] | None) -> list[dict[str, Any]]:
    """A document for every host that this run looked at, or tried to."""
    found = []
    for host in sorted(hostvars) if hosts is None else hosts:
        plan = registered(hostvars, host)
        if plan and "observed" in plan:
            found.append(document(host, plan))
        elif plan or hosts is not None:
            found.append(unseen(host, _why(plan or {"msg": "nobody looked in this run"})))
    return found


def _why(answer: Mapping[str, Any]) -> str:
    word = "unreachable" if answer.get("unreachable") else "failed"
    return f"{word}: {' '.join(str(answer.get('msg') or 'without a word').split())}"


def _row(found: Mapping[str, Any]) -> dict[str, str]:
    if found["seen"]:
        return row(as_plan(found), found["host"])
    return {"node": found["host"], "verdict": found["verdict"]}


class ActionModule(ActionBase):
    """Works on the controller alone."""

    _supports_check_mode = True
    _requires_connection = False
    _VALID_ARGS = frozenset(SPEC)

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars or {})
        _checked, options = self.validate_argument_spec(argument_spec=SPEC)
        folder = Path(options["dir"])
        try:
            if options["saved"]:
                documents, changed = load(folder, options["hosts"] or ()), False
            else:
                documents = looked_at((task_vars or {})["hostvars"], options["hosts"])
                seen = [found for found in documents if found["seen"]]
                changed = True in [save(folder, found, check=self._task.check_mode) for found in seen]
            answer = query(options["query"], documents) if options["query"] else None
        except GpuError as error:
            return {**result, "failed": True, "msg": str(error)}
        chosen = hosts_in(answer, documents) if options["query"] else None
        rows = [_row(found) for found in documents if chosen is None or found["host"] in chosen]
        result.update(
            changed=changed,
            table=table(rows).splitlines(),
            unseen={found["host"]: found["verdict"] for found in documents if not found["seen"]},
            answer=answer,
        )
        return result
