# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A user who is not root sees less, and is told what."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.look import observe
from ansible_collections.baremetal.gpu.plugins.module_utils._plain import plain
from ansible_collections.baremetal.gpu.plugins.module_utils._root import Root
from ansible_collections.baremetal.gpu.plugins.module_utils._runner import Result

from . import node
from .fakes import FakeRunner, make_root

FORBIDDEN = (
    f"/boot/initrd.img-{node.KERNEL}",
    "/etc/cdi",
    "/etc/containerd/config.toml",
    "/proc/1200/fd",
    "/sys/firmware/efi/mok-variables/MokListRT",
    "/var/lib/dkms/mok.pub",
    "/var/lib/rancher/k3s",
    "/var/lib/kubelet/config.yaml",
)
NOBODY = 65534
LOOK = """\
import json, os, sys
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.look import observe
from ansible_collections.baremetal.gpu.plugins.module_utils._plain import plain
from ansible_collections.baremetal.gpu.plugins.module_utils._root import Root
from ansible_collections.baremetal.gpu.plugins.module_utils._runner import SubprocessRunner
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(%d)
    os.setuid(%d)
json.dump(plain(observe(SubprocessRunner(), Root())), sys.stdout)
"""


class ForbiddingRoot(Root):
    """What the kernel says to a user without the rights."""

    def path(self, path: str) -> str:
        if path.startswith(FORBIDDEN):
            raise PermissionError(errno.EACCES, "Permission denied")
        return super().path(path)


@pytest.fixture
def seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    files = {**node.files(), "/var/lib/rancher/k3s/agent": None}
    answers = {**node.answers(str(tmp_path)), "ctr plugins ls": Result(1, "", "ctr: permission denied")}
    make_root(tmp_path, files)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    return json.loads(json.dumps(plain(observe(FakeRunner(answers), ForbiddingRoot(str(tmp_path))))))


def test_what_is_not_visible_is_listed(seen: Any) -> None:
    why = {finding["subject"]: finding["why"] for finding in seen["findings"]}
    assert seen["privileged"] is False
    assert why["privileges"].startswith("not root")
    assert why["ctr plugins ls"] == "return code 1: ctr: permission denied"
    assert why["/proc"] == "open devices of 1 processes are not visible here"
    listed = set(FORBIDDEN) - {"/proc/1200/fd"}
    assert {subject for subject, said in why.items() if said == "not readable"} == listed


def test_what_is_not_visible_is_null(seen: Any) -> None:
    assert seen["modprobe"]["image"] is None
    assert seen["runtimes"]["containerd"]["config_version"] is None
    assert seen["holders"] == []
    assert [spec["path"] for spec in seen["cdi"]["specs"]] == ["/var/run/cdi/nvidia.yaml"]


def test_what_is_visible_is_as_for_root(seen: Any) -> None:
    assert seen["driver"]["running"]["version"] == node.VERSION
    assert seen["packages"]["driver"][0]["held"] is False
    assert (seen["kernel"]["next"], seen["secure_boot"], len(seen["pci"]["gpus"])) == (node.KERNEL, False, 1)
    assert seen["smi"]["condition"] == "ok"


def test_nobody_looks_at_this_machine() -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}
    done = subprocess.run(
        [sys.executable, "-c", LOOK % (NOBODY, NOBODY)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["privileged"] is False
    assert "privileges" in [finding["subject"] for finding in seen["findings"]]
    assert seen["os"]["arch"] == os.uname().machine
    assert seen["kernel"]["running"]
