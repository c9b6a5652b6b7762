# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How xdist gives units of tests to its workers: a worker that has nothing left to do gets the next one, whole.

xdist's own schedulers give a worker the next tests before it is done, since its workers hold back their last test
until they know which follows. With tests of minutes that is a lane that stands behind another lane, so the workers'
loop is ours too: what follows a unit's last test is nothing, and what the unit had is torn down.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import pytest
from xdist.report import report_collection_diff
from xdist.workermanage import parse_tx_spec_config

if TYPE_CHECKING:
    from xdist.workermanage import WorkerController

    from tests.lanes import Progress, Unit


class Scheduler:
    """xdist's protocol `Scheduling`, on the controller."""

    def __init__(self, config: pytest.Config, units: Callable[[Iterable[str]], list[Unit]], progress: Progress) -> None:
        self._config = config
        self._units = units
        self._progress = progress
        self._expected = len(parse_tx_spec_config(config))
        self._collected: dict[WorkerController, list[str]] = {}
        self._waiting: list[Unit] | None = None
        self._given: dict[WorkerController, tuple[Unit, list[str]] | None] = {}
        """Worker → its unit and what is left of it."""

    @property
    def nodes(self) -> list[WorkerController]:
        return list(self._given)

    @property
    def collection_is_completed(self) -> bool:
        return len(self._collected) >= self._expected

    @property
    def has_pending(self) -> bool:
        return bool(self._waiting) or any(self._given.values())

    @property
    def tests_finished(self) -> bool:
        return self._waiting is not None and not self.has_pending

    def add_node(self, node: WorkerController) -> None:
        self._given[node] = None

    def add_node_collection(self, node: WorkerController, collection: Sequence[str]) -> None:
        self._collected[node] = list(collection)

    def remove_node(self, node: WorkerController) -> str | None:
        """What a dead worker had left goes to another, but for the test that it died in."""
        held = self._given.pop(node)
        if held is None:
            return None
        unit, (culprit, *left) = held
        if left:
            unit.tests = left
            assert self._waiting is not None
            self._waiting.insert(0, unit)
        else:
            self._progress.ended(unit, node.gateway.id)
        self._give_out()
        return culprit

    def schedule(self) -> None:
        if self._waiting is None:
            if not self._same():
                self._waiting = []
                return
            self._waiting = self._units(next(iter(self._collected.values())))
        self._give_out()

    def mark_test_complete(self, node: WorkerController, item_index: int, duration: float = 0) -> None:
        held = self._given[node]
        assert held is not None
        unit, left = held
        left.remove(self._collected[node][item_index])
        if not left:
            self._given[node] = None
            self._progress.ended(unit, node.gateway.id)
            self._give_out()

    def mark_test_pending(self, item: str) -> None:
        raise NotImplementedError

    def remove_pending_tests_from_node(self, node: WorkerController, indices: Sequence[int]) -> None:
        raise NotImplementedError

    def _give_out(self) -> None:
        """A unit for each worker that has none. The last phase's units run while nothing else does."""
        assert self._waiting is not None
        for node, held in list(self._given.items()):
            if held or node.shutting_down or not self._waiting:
                continue
            if self._waiting[0].alone and any(self._given.values()):
                return
            unit = self._waiting.pop(0)
            self._given[node] = (unit, list(unit.tests))
            self._progress.begins(unit, node.gateway.id)
            index = {test: number for number, test in enumerate(self._collected[node])}
            node.send_runtest_some([index[test] for test in unit.tests])

    def _same(self) -> bool:
        """Whether every worker collected the same tests; if not, the session fails with the difference."""
        (first, tests), *others = self._collected.items()
        differences = [
            report_collection_diff(tests, other, first.gateway.id, node.gateway.id) for node, other in others
        ]
        for text in filter(None, differences):
            report = pytest.CollectReport(nodeid="tests", outcome="failed", longrepr=text, result=[])
            self._config.hook.pytest_collectreport(report=report)
        return not any(differences)


def run_loop(session: pytest.Session, unit_name: Callable[[str], str]) -> bool:
    """A worker's loop: as xdist's, but for which test follows."""
    plugins = session.config.pluginmanager.get_plugins()
    # The worker's module runs under another name than the one that could be imported here.
    worker: Any = next(plugin for plugin in plugins if type(plugin).__name__ == "WorkerInteractor")
    shutdown = worker.run_one_test.__func__.__globals__["Marker"].SHUTDOWN
    worker.channel.setcallback(worker.handle_command, endmarker=shutdown)
    following: dict[int, pytest.Item] = {}
    last: dict[str, int] = {}
    for index, item in enumerate(session.items):
        name = unit_name(item.nodeid)
        if name in last:
            following[last[name]] = item
        last[name] = index
    while (index := worker.torun.get()) is not shutdown:
        worker.item_index = index
        start = time.perf_counter()
        session.config.hook.pytest_runtest_protocol(item=session.items[index], nextitem=following.get(index))
        worker.sendevent("runtest_protocol_complete", item_index=index, duration=time.perf_counter() - start)
        if session.shouldfail or session.shouldstop:
            break
    return True
