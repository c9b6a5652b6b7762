# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The packages of NVLink fabrics: fabric manager, IMEX, and the libraries that ask the switches."""

from __future__ import annotations

from lab.silicon.deb import Deb
from lab.silicon.parts import Files, daemon

UNIT = """[Unit]
Description=NVIDIA fabric manager service
After=network-online.target nvidia-persistenced.service
Requires=network-online.target

[Service]
User=root
PrivateTmp=false
Type=forking
TimeoutStartSec=720
ExecStart=/usr/bin/nv-fabricmanager -c /usr/share/nvidia/nvswitch/fabricmanager.cfg

[Install]
WantedBy=multi-user.target
"""
IMEX_UNIT = """[Unit]
Description=NVIDIA IMEX service
After=network-online.target
Requires=network-online.target

[Service]
User=root
Type=forking
ExecStart=/usr/bin/nvidia-imex -c /etc/nvidia-imex/config.cfg

[Install]
WantedBy=multi-user.target
"""


def _scripts(unit: str) -> dict[str, str]:
    """As dh_installsystemd writes them, but for starting: the vendor leaves that to the administrator."""
    systemd = "[ ! -d /run/systemd/system ] ||"
    return {
        "postinst": f"{systemd} systemctl daemon-reload",
        "prerm": f'[ "$1" != remove ] || {systemd} deb-systemd-invoke stop {unit} >/dev/null || true',
        "postrm": f"{systemd} systemctl daemon-reload\n"
        f'[ "$1" != purge ] || deb-systemd-helper purge {unit} >/dev/null || true',
    }


def manager(version: str) -> Files:
    script = daemon("nv_fabricmanager").replace(b"@VERSION@", version.encode())
    return {
        "/usr/bin/nv-fabricmanager": (script, 0o755),
        "/lib/systemd/system/nvidia-fabricmanager.service": (UNIT.encode(), 0o644),
        "/usr/share/nvidia/nvswitch/fabricmanager.cfg": (b"LOG_LEVEL=4\n", 0o644),
    }


def _imex() -> Files:
    return {
        "/usr/bin/nvidia-imex": (daemon("nvidia_imex"), 0o755),
        "/lib/systemd/system/nvidia-imex.service": (IMEX_UNIT.encode(), 0o644),
        "/etc/nvidia-imex/config.cfg": (b"IMEX_NODE_CONFIG_FILE=/etc/nvidia-imex/nodes_config.cfg\n", 0o644),
    }


def packages(version: str, full: str, suffix: str = "") -> list[Deb]:
    """Of a driver's version; the archive has the branch in every name, and neither NVSDM nor nvlsm."""
    found = []
    for name, source, files, unit in (
        ("nvidia-fabricmanager", "fabric-manager", manager(version), "nvidia-fabricmanager.service"),
        ("libnvidia-nscq", "libnvidia-nscq", {}, ""),
        ("nvidia-imex", "nvidia-imex", _imex(), "nvidia-imex.service"),
    ):
        fields = {"Source": f"{source}{suffix}"}
        if suffix:
            fields |= {"Conflicts": name, "Provides": name}
        scripts = _scripts(unit) if unit else {}
        found.append(Deb(f"{name}{suffix}", full, "", files, scripts=scripts, fields=fields))
    return found if suffix else [*found, Deb("libnvsdm", full, fields={"Source": "libnvsdm"})]


NVLSM = Deb(
    "nvlsm", "2025.10.11-1", files={"/opt/nvidia/nvlsm/sbin/nvlsm": (b"#!/bin/sh\nexec sleep infinity\n", 0o755)}
)
"""The subnet manager of NVLink 5 switches; released apart from the driver."""
