# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The info modules run as Ansible starts them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._observe import types

pytest.importorskip("ansible", reason="the modules need ansible-core")

MODULES = "ansible_collections.baremetal.gpu.plugins.modules"
UUID = "GPU-00000000-1111-2222-3333-444444444444"


def names(cls: type) -> set[str]:
    return {field.name.rstrip("_") for field in fields(cls)}


def run(module: str, path: str, verbosity: int = 0) -> Any:
    """The module as Ansible starts it, in a process of its own."""
    result = subprocess.run(
        [sys.executable, "-m", f"{MODULES}.{module}"],
        input=json.dumps({"ANSIBLE_MODULE_ARGS": {"_ansible_check_mode": True, "_ansible_verbosity": verbosity}}),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "PATH": path, "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)},
    )
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


@pytest.mark.skipif(shutil.which("nvidia-smi") is not None, reason="this machine has an nvidia-smi")
def test_nvidia_smi_info_without_nvidia_smi(tmp_path: Path) -> None:
    seen = run("nvidia_smi_info", str(tmp_path))
    assert seen["changed"] is False
    assert seen["smi"]["condition"] == "not_installed"


def test_nvidia_smi_info_with_a_stand_in(tmp_path: Path) -> None:
    """A script that prints our own capture stands for nvidia-smi."""
    capture = Path(__file__).resolve().parents[2] / "fixtures" / "captures" / "h100-580.159.04" / "q.xml"
    script = tmp_path / "nvidia-smi"
    script.write_text(f'#!/bin/sh\n[ "$1" = -q ] && exec cat {capture}\necho {UUID}, 9.0, Enabled, Enabled, valid\n')
    script.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    smi = run("nvidia_smi_info", path)["smi"]
    assert (smi["condition"], smi["driver_version"], smi["gpus"][0]["health"]["verdict"]) == ("ok", "580.159.04", "ok")
    assert (smi["gpus"][0]["compute_cap"], smi["unparsed"]) == ("9.0", None)
    assert run("nvidia_smi_info", path, verbosity=1)["smi"]["unparsed"] == {}


def test_gpu_node_info_looks_at_this_machine() -> None:
    seen = run("gpu_node_info", os.environ["PATH"])
    assert seen["changed"] is False
    assert set(seen["observed"]) == names(types.Observation)
    assert seen["observed"]["os"]["arch"] == os.uname().machine
