# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""containerd on a finished node; Molecule calls it."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import yaml
from testinfra.host import Host  # type: ignore[import-untyped]  # it has none

from lab import REPO

NAME = yaml.safe_load(Path(os.environ["MOLECULE_FILE"]).read_text())["platforms"][0]["name"]
testinfra_hosts = [f"docker://{NAME}"]
SITE = REPO / "lab/nodes/image/common/etc/containerd/config.toml"


def since(host: Host, unit: str) -> int:
    return int(host.check_output(f"systemctl show --timestamp=unix -P ActiveEnterTimestamp {unit}").removeprefix("@"))


def test_containerd_has_the_handler_and_what_the_site_set(host: Host) -> None:
    cri = tomllib.loads(host.check_output("containerd config dump"))["plugins"]["io.containerd.grpc.v1.cri"]
    handler = cri["containerd"]["runtimes"]["nvidia"]["options"]["BinaryName"]
    assert handler == "/usr/bin/nvidia-container-runtime"
    assert host.file(handler).exists
    site = tomllib.loads(SITE.read_text())
    for key, value in site["plugins"]["io.containerd.grpc.v1.cri"].items():
        kept = {name: cri[key][name] for name in value} if isinstance(value, dict) else cri[key]
        assert kept == value
    written = "find /etc/containerd -name '*.toml' -printf '%Ts\n' | sort --numeric-sort | tail -1"
    assert since(host, "containerd") >= int(host.check_output(written))
    assert "io.containerd.grpc.v1" in host.check_output("ctr plugins ls")
