# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make test`: one pytest session in lanes, since most of the time a test waits for a boot, a pod or a connection.

    python -m pytest -p tests.lanes -n LANES

Tests that belong together are one unit, which one worker runs from beginning to end. First what is quick, over all
lanes; then the long units, the longest first; at last, alone on the machine, what measures time.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.scheduler import Scheduler, run_loop

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter

HERE = Path(__file__).parent
QUICK, LONG, ALONE = range(3)
FOLDER, MODULE, FUNCTION, CASE = range(4)
FOLDERS = {
    "contract": (QUICK, MODULE),
    "unit": (QUICK, MODULE),
    "fuzz": (QUICK, MODULE),
    "static": (QUICK, CASE),
    "package": (LONG, FOLDER),
    "sanity": (LONG, FOLDER),
    "lab": (LONG, MODULE),
    "site": (LONG, MODULE),
    "long": (LONG, MODULE),
    "molecule": (LONG, CASE),
    "bench": (ALONE, FOLDER),
}
"""Each folder of tests: when it runs, and how much of it belongs together (it shares a node, or what it built)."""
TOGETHER = dict.fromkeys(("site/test_site.py", "long/test_upgrade.py"), "the cluster")
"""Modules that share what there is once, under its name."""
APART = {"site/test_node.py": FUNCTION} | dict.fromkeys(
    ("site/test_el.py", "site/test_kernel.py", "site/test_matrix.py"), CASE
)
"""Modules that are not as their folder."""
WORTH_A_LINE = 3
"""Seconds of a quick unit."""
SECONDS = {
    "fuzz/": 60,
    "static/test_static.py::test_linter[ansible-lint]": 60,
    "static/": 20,
    "unit/compare/test_properties.py": 30,
    "unit/controller/": 20,
    "the cluster": 900,
    "site/test_el.py": 500,
    "long/test_real_driver.py": 400,
    "site/test_interrupted.py": 400,
    "site/test_killed.py": 300,
    "site/test_swap.py": 300,
    "site/test_matrix.py": 450,
    "lab/test_el.py": 250,
    "sanity": 300,
    "molecule/test_molecule.py::test_scenario[drifts]": 450,
    "molecule/": 180,
    "site/test_kernel.py": 80,
    "site/test_bad_input.py": 200,
    "site/": 150,
    "lab/": 100,
}
"""About what a long unit takes, by the beginning of its name; the longest begins first, what is not named last."""


@dataclass(eq=False)
class Unit:
    """Tests that one worker runs one after the other, with nothing of another unit between them."""

    name: str
    phase: int
    tests: list[str] = field(default_factory=list)

    @property
    def alone(self) -> bool:
        return self.phase == ALONE

    @property
    def weight(self) -> int:
        return next((seconds for name, seconds in SECONDS.items() if self.name.startswith(name)), 0)


def unit_name(test: str) -> str:
    """Of a test by its id: `tests/FOLDER/…/test_x.py::test_y[case]`."""
    path, _colons, function = test.removeprefix("tests/").partition("::")
    folder = path.partition("/")[0]
    grain = APART.get(path, FOLDERS[folder][1])
    shared = TOGETHER.get(path)
    if shared:
        return shared
    return {FOLDER: folder, MODULE: path, FUNCTION: f"{path}::{function.partition('[')[0]}"}.get(
        grain, f"{path}::{function}"
    )


def units(tests: Iterable[str]) -> list[Unit]:
    """In the order in which they begin."""
    found: dict[str, Unit] = {}
    for test in tests:
        name = unit_name(test)
        folder = test.removeprefix("tests/").partition("/")[0]
        found.setdefault(name, Unit(name, FOLDERS[folder][0])).tests.append(test)
    return sorted(found.values(), key=lambda unit: (unit.phase, -unit.weight))


def pytest_configure(config: pytest.Config) -> None:
    there = {path.parent.name for path in HERE.glob("*/__init__.py")}
    if there != set(FOLDERS):
        wrong = ", ".join(sorted(there ^ set(FOLDERS)))
        raise pytest.UsageError(f"tests/lanes.py: FOLDERS and the folders of tests/ differ in: {wrong}")
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Progress(config), "lanes-progress")


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduler:
    progress = config.pluginmanager.get_plugin("lanes-progress")
    assert isinstance(progress, Progress)
    return Scheduler(config, units, progress)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    return run_loop(session, unit_name) if hasattr(session.config, "workerinput") else None


class Progress:
    """A line for each unit instead of a dot for each test; a failure is named at once, its story comes at the end."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._start = time.monotonic()
        self._begun: dict[str, float] = {}
        self._bad: dict[str, int] = {}

    def begins(self, unit: Unit, lane: str) -> None:
        self._begun[unit.name] = time.monotonic()
        if unit.phase != QUICK:
            self._say(lane, f"{unit.name} …")

    def ended(self, unit: Unit, lane: str) -> None:
        seconds = time.monotonic() - self._begun[unit.name]
        bad = self._bad.get(unit.name, 0)
        outcome = f"{bad} of {len(unit.tests)} FAILED" if bad else f"{len(unit.tests)} passed"
        if bad or unit.phase != QUICK or seconds >= WORTH_A_LINE:
            self._say(lane, f"{unit.name}: {outcome} in {seconds:.0f} s")

    def _say(self, lane: str, text: str) -> None:
        minutes, seconds = divmod(int(time.monotonic() - self._start), 60)
        reporter: TerminalReporter | None = self._config.pluginmanager.get_plugin("terminalreporter")
        if reporter and self._config.option.verbose >= 0:
            reporter.write_line(f"{minutes:3}:{seconds:02} {lane}  {text}")

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """Counted as ever, without a letter."""
        if self._config.option.verbose > 0:
            return None
        if report.failed:
            return ("error", "", "ERROR") if report.when in ("setup", "teardown") else ("failed", "", "FAILED")
        if report.skipped and not hasattr(report, "wasxfail"):
            return "skipped", "", "SKIPPED"
        return ("passed", "", "PASSED") if report.passed and report.when == "call" else None

    @pytest.hookimpl
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            name = unit_name(report.nodeid)
            self._bad[name] = self._bad.get(name, 0) + 1
            said = report.longreprtext.splitlines()
            why = [line for line in said if line.startswith("E ")][:12]
            self._say("!!!", "\n".join([f"{report.nodeid} FAILED", *why]))
