# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The container toolkit's packages: the binaries are the real ones, built from Go."""

from __future__ import annotations

from lab.cluster.build import binaries
from lab.silicon.deb import Deb
from lab.silicon.parts import LIBRARIES, Files

VERSIONS = ("1.19.1", "1.20.0")
REFRESH_PATH = """[Unit]
Description=Trigger CDI refresh on NVIDIA driver install / uninstall events

[Path]
PathChanged=/lib/modules/%v/modules.dep
PathChanged=/usr/bin/nvidia-ctk

[Install]
WantedBy=multi-user.target
"""
REFRESH_SERVICE = """[Unit]
Description=Refresh NVIDIA CDI specification file
ConditionPathExists=|/usr/bin/nvidia-smi

[Service]
Type=oneshot
EnvironmentFile=-/etc/nvidia-container-toolkit/nvidia-cdi-refresh.env
ExecCondition=/usr/bin/test -e /proc/driver/nvidia/version
ExecStart=/usr/bin/nvidia-ctk cdi generate --output=/var/run/cdi/nvidia.yaml

[Install]
WantedBy=multi-user.target
"""
CLI = b'#!/bin/sh\n# Stand-in: the jit-cdi mode of the runtime does not call it.\necho "cli-version: @"\n'
CONFIGURE = "nvidia-ctk --quiet config --config-file=/etc/nvidia-container-runtime/config.toml --in-place"
ENABLE = "[ ! -d /run/systemd/system ] || systemctl --quiet enable --now nvidia-cdi-refresh.path || true"


def toolkit(version: str) -> list[Deb]:
    full = f"{version}-1"
    built = binaries("container-toolkit")

    def binary(name: str) -> Files:
        return {f"/usr/bin/{name}": ((built / name).read_bytes(), 0o755)}

    units: Files = {
        "/lib/systemd/system/nvidia-cdi-refresh.path": (REFRESH_PATH.encode(), 0o644),
        "/lib/systemd/system/nvidia-cdi-refresh.service": (REFRESH_SERVICE.encode(), 0o644),
    }
    base = binary("nvidia-ctk") | binary("nvidia-container-runtime") | binary("nvidia-cdi-hook") | units
    source = {"Source": "nvidia-container-toolkit"}
    return [
        Deb(
            "libnvidia-container1",
            full,
            "",
            {f"{LIBRARIES}/libnvidia-container.so.{version}": (b"", 0o644)},
            fields={"Source": "libnvidia-container"},
        ),
        Deb(
            "libnvidia-container-tools",
            full,
            f"libnvidia-container1 (>= {full})",
            {"/usr/bin/nvidia-container-cli": (CLI.replace(b"@", version.encode()), 0o755)},
            fields={"Source": "libnvidia-container"},
        ),
        Deb(
            "nvidia-container-toolkit-base",
            full,
            "",
            base,
            scripts={"postinst": f"mkdir -p /etc/nvidia-container-runtime\n{CONFIGURE}\n{ENABLE}"},
            fields=source,
        ),
        Deb(
            "nvidia-container-toolkit",
            full,
            f"nvidia-container-toolkit-base (= {full}), libnvidia-container-tools (= {full})",
            binary("nvidia-container-runtime-hook"),
            {"/usr/bin/nvidia-container-toolkit": "nvidia-container-runtime-hook"},
            fields=source,
        ),
    ]
