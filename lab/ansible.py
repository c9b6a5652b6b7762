# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the collection on the lab as its users do, by ansible-playbook."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from lab import REPO, LabError

RECAP = re.compile(r"^(\S+)\s+: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.MULTILINE)
TABLE = re.compile(r'"msg": (\[.*?\n    \])', re.DOTALL)


@dataclass(frozen=True)
class Run:
    rc: int
    said: str

    @property
    def changed(self) -> dict[str, int]:
        """Host → how many tasks changed something."""
        return {host: int(changed) for host, _ok, changed, _unreachable, _failed in RECAP.findall(self.said)}

    @property
    def failed(self) -> list[str]:
        """Hosts that did not get through."""
        return [host for host, _ok, _changed, lost, failed in RECAP.findall(self.said) if int(lost) or int(failed)]


def start(name: str, *arguments: str) -> subprocess.Popen[str]:
    """`ansible-playbook -i inventory/lab baremetal.gpu.NAME`, in a process group of its own."""
    argv = [str(Path(sys.executable).parent / "ansible-playbook"), "-i", "inventory/lab", f"baremetal.gpu.{name}"]
    env = os.environ | {"ANSIBLE_CONFIG": str(REPO / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1", "PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(
        [*argv, *arguments],
        cwd=REPO,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def playbook(name: str, *arguments: str, quiet: bool = False) -> Run:
    """Run it to its end; what it says is shown as it comes, unless quiet."""
    lines = []
    with start(name, *arguments) as process:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line)
            if not quiet:
                print(line, end="", flush=True)
    return Run(process.returncode, "".join(lines))


def run_playbook(name: str, *arguments: str) -> Run:
    """The same, where a failure ends the demo."""
    done = playbook(name, *arguments)
    if done.rc:
        why = f"ansible-playbook ended with {done.rc}; failed: {', '.join(done.failed) or 'see above'}"
        raise LabError(f"playbook baremetal.gpu.{name}", why)
    return done


def table(columns: dict[str, dict[str, str]]) -> list[str]:
    """The report's rows, with more columns by node."""
    done = playbook("report", "-e", json.dumps({"gpu_report_columns": columns}), quiet=True)
    found = TABLE.search(done.said)
    if done.rc or not found:
        raise LabError("playbook baremetal.gpu.report", done.said[-2000:])
    rows: list[str] = json.loads(found[1])
    return rows
