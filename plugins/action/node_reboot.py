# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible.builtin.reboot, which sees sooner that the node is back."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Any

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.action.reboot import ActionModule as Reboot
from ansible.plugins.action.reboot import TimedOutException

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LINUX = {"name": "linux", "version": "", "family": "linux"}
PAUSE = 0.5
"""Seconds between two questions. Ansible's own pauses double up to 13: half of that is lost after each reboot."""


class ActionModule(Reboot):
    """The steps and the proof, by the boot id, are Ansible's; two of their parts are not."""

    def get_distribution(self, task_vars: Mapping[str, Any]) -> dict[str, str]:
        """Without gathering facts: nodes are Linux, and the command to reboot is given."""
        return LINUX

    def do_until_success_or_timeout(
        self,
        action: Callable[..., None],
        reboot_timeout: int,
        action_desc: str,
        distribution: Mapping[str, str],
        action_kwargs: Mapping[str, Any] | None = None,
    ) -> None:
        end = time.monotonic() + reboot_timeout
        problem = "nothing was tried"
        while time.monotonic() < end:
            try:
                return action(distribution=distribution, **(action_kwargs or {}))
            except Exception as error:
                # Whatever it is: a node that goes down answers in many ways.
                problem = (str(error).splitlines() or [type(error).__name__])[-1]
                if isinstance(error, AnsibleConnectionFailure):
                    self._forget_connection()
            time.sleep(PAUSE)
        raise TimedOutException(f"no {action_desc} within {reboot_timeout} s; the last answer: {problem}")

    def _forget_connection(self) -> None:
        with contextlib.suppress(AnsibleConnectionFailure):
            self._connection.reset()
