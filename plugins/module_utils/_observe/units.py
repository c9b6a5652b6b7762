# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""systemd units that matter here, in one call. Private to the collection."""

from __future__ import annotations

from .._parse.systemd import PROPERTIES, parse_show
from .context import Context
from .types import Unit

PERSISTENCED = "nvidia-persistenced.service"
CONTAINERD = "containerd.service"
DOCKER = "docker.service"
KUBELET = "kubelet.service"
UNITS = (
    PERSISTENCED,
    DOCKER,
    CONTAINERD,
    "crio.service",
    KUBELET,
    "nvidia-fabricmanager.service",
    "nvidia-imex.service",
    "nvidia-cdi-refresh.path",
    "unattended-upgrades.service",
    "apt-daily-upgrade.timer",
)


def units(look: Context) -> dict[str, Unit | None]:
    """Every unit asked for; None for one that is not installed."""
    found: dict[str, Unit | None] = dict.fromkeys(UNITS)
    if not look.root.isdir("/run/systemd/system"):
        look.note("systemd", "not running here: the state of services is not visible")
        return found
    result = look.run("systemctl", "show", "--no-pager", "--property=" + ",".join(PROPERTIES), *UNITS)
    for name, state in parse_show(result.out if result else "").items():
        if name in found and state.load_state not in ("not-found", ""):
            found[name] = Unit(
                name,
                state.load_state,
                state.active_state,
                state.unit_file_state,
                state.exec_start,
                state.dropins,
                state.path,
            )
    return found
