# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Docker on a finished node; Molecule calls it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import yaml
from testinfra.host import Host  # type: ignore[import-untyped]  # it has none

from lab import REPO

NAME = yaml.safe_load(Path(os.environ["MOLECULE_FILE"]).read_text())["platforms"][0]["name"]
testinfra_hosts = [f"docker://{NAME}"]
IMAGE = REPO / "lab/nodes/image/docker"


def test_docker_has_the_runtime_and_what_the_user_set(host: Host) -> None:
    assert "nvidia" in json.loads(host.check_output("docker info --format '{{json .Runtimes}}'"))
    config: dict[str, Any] = json.loads(host.check_output("cat /etc/docker/daemon.json"))
    for key, value in json.loads((IMAGE / "etc/docker/daemon.json").read_text()).items():
        kept = {name: config[key][name] for name in value} if isinstance(value, dict) else config[key]
        assert kept == value
