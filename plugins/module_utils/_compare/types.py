# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a comparison yields. Private to the collection."""

from __future__ import annotations

import dataclasses
from dataclasses import field
from typing import Any, Dict, List, Mapping

from .._dataclass import dataclass

Observed = Mapping[str, Any]
"""The look, as `gpu_node_info` returns it under `observed`."""
Options = Mapping[str, Any]
"""One component's options, without the role's prefix."""
Request = Mapping[str, Options]


@dataclass(frozen=True)
class Drift:
    """One thing on the node that is not as requested."""

    component: str
    subject: str
    want: Any
    have: Any
    why: str
    needs_reboot: bool = False


@dataclass(frozen=True)
class Refusal:
    """A request that cannot be met on this node; nothing of the node is changed."""

    component: str
    subject: str
    value: Any
    why: str
    remedy: str


AS_IT_IS = "as it is"
"""State of an action where somebody else's file does already what was asked for."""
UNMANAGED = "unmanaged"
"""State of a component that is neither compared nor changed."""
PREINSTALLED = "preinstalled"
"""State of a driver that is compared and never changed."""
OF_OTHERS = (UNMANAGED, PREINSTALLED)


@dataclasses.dataclass
class Part:
    """One component's share of the plan."""

    component: str
    drifts: List[Drift] = field(default_factory=list)
    refusals: List[Refusal] = field(default_factory=list)
    actions: Dict[str, Any] = field(default_factory=dict)

    def drift(self, subject: str, *, want: Any, have: Any, why: str, needs_reboot: bool = False) -> None:
        self.drifts.append(Drift(self.component, subject, want, have, why, needs_reboot))

    @property
    def managed(self) -> bool:
        return self.actions.get("state") not in OF_OTHERS

    def refuse(self, subject: str, *, value: Any, why: str, remedy: str) -> None:
        self.refusals.append(Refusal(self.component, subject, value, why, remedy))
