# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""node_reboot: what it asks the node, how often, and what it says of one that does not come back."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("ansible", reason="what runs on the controller needs ansible-core")

from ansible.errors import AnsibleConnectionFailure
from ansible_collections.baremetal.gpu.plugins.action import node_reboot
from ansible_collections.baremetal.gpu.plugins.action.node_reboot import ActionModule

BOOT = "cat /proc/sys/kernel/random/boot_id"
REBOOT, TEST = "/sbin/shutdown -r now", "nvidia-smi -L"
DOWN = AnsibleConnectionFailure("no route to host")


class Connection:
    transport = "ssh"
    _shell = SimpleNamespace(tmpdir="/tmp")

    def __init__(self) -> None:
        self.resets = 0

    def get_option(self, name: str) -> int:
        return 10

    def reset(self) -> None:
        self.resets += 1


class Action(ActionModule):
    """A node that answers from a list: (command, what it says or raises)."""

    def __init__(self, *answers: tuple[str, Any], timeout: int = 60, check: bool = False) -> None:
        arguments = {"reboot_command": REBOOT, "test_command": TEST, "reboot_timeout": timeout}
        super().__init__(
            task=SimpleNamespace(async_val=0, check_mode=check, args=arguments, action="baremetal.gpu.node_reboot"),
            connection=Connection(),
            play_context=None,
            loader=None,
            templar=None,
            shared_loader_obj=None,
        )
        self.answers = list(answers)

    def _low_level_execute_command(self, cmd: str, **_more: Any) -> dict[str, Any]:
        expected, answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        assert cmd == expected
        if isinstance(answer, Exception):
            raise answer
        rc = 0 if isinstance(answer, str) else answer
        return {"rc": rc, "stdout": answer if rc == 0 else "", "stderr": "not yet"}


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    slept: list[float] = []
    clock = iter(range(10**6))
    monkeypatch.setattr(node_reboot, "time", SimpleNamespace(sleep=slept.append, monotonic=lambda: next(clock)))
    return slept


def test_it_is_back_when_its_boot_id_is_another_and_it_passes_the_test(pauses: list[float]) -> None:
    down: list[tuple[str, Any]] = [(BOOT, "one"), (BOOT, DOWN), (BOOT, DOWN), (BOOT, 255)]
    action = Action((BOOT, "one"), (REBOOT, ""), *down, (BOOT, "two"), (TEST, 9), (TEST, "GPU 0"))
    result = action.run(task_vars={})
    assert (result["rebooted"], result["changed"], result.get("failed", False)) == (True, True, False)
    assert len(pauses) == len(down) + 1
    assert set(pauses) == {node_reboot.PAUSE}
    assert action._connection.resets == 2


def test_one_that_does_not_come_back_is_said_with_its_last_answer(pauses: list[float]) -> None:
    result = Action((BOOT, "one"), (REBOOT, ""), (BOOT, DOWN), timeout=20).run(task_vars={})
    assert result["failed"]
    assert "last boot time check" in result["msg"]
    assert "20 s" in result["msg"]
    assert "no route to host" in result["msg"]
    assert 5 < len(pauses) < 25


def test_check_mode_asks_nothing() -> None:
    assert Action(("nothing", 1), check=True).run(task_vars={})["changed"]
