# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""systemd units that matter here, in one call. Private to the collection."""

from __future__ import annotations

import re
from typing import Mapping

from .._parse.systemd import PROPERTIES, parse_show
from .context import Context
from .types import Persistence, Unit
from .upgrades import APT_TIMER, UPGRADERS

PERSISTENCED = "nvidia-persistenced.service"
CONTAINERD = "containerd.service"
DOCKER = "docker.service"
CRIO = "crio.service"
KUBELET = "kubelet.service"
UNITS = (
    PERSISTENCED,
    DOCKER,
    CONTAINERD,
    CRIO,
    KUBELET,
    "k3s.service",
    "k3s-agent.service",
    "rke2-server.service",
    "rke2-agent.service",
    "k0scontroller.service",
    "k0sworker.service",
    "nvidia-fabricmanager.service",
    "nvidia-imex.service",
    "nvlsm.service",
    "nvidia-dcgm.service",
    "dcgm.service",
    "dcgm-exporter.service",
    "nvidia-cdi-refresh.path",
    "nvidia-cdi-refresh.service",
    "unattended-upgrades.service",
    APT_TIMER,
    *UPGRADERS,
)
_FLAVOURS = {"/etc/": "local", "/run/": "runtime", "/usr/lib/": "vendor", "/lib/": "vendor"}
_USER = re.compile(r"(?:--user|-u)[= ](\S+)")


def _flavour(path: str) -> str | None:
    return next((name for folder, name in _FLAVOURS.items() if path.startswith(folder)), None)


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
                name=name,
                load_state=state.load_state,
                active_state=state.active_state,
                unit_file_state=state.unit_file_state,
                exec_start=state.exec_start,
                dropins=state.dropins,
                path=state.path,
                sub_state=state.sub_state,
                flavour=_flavour(state.path),
                needs_reload=state.needs_reload,
            )
    return found


def option(unit: Unit | None, names: tuple[str, ...], default: str) -> str:
    """The value of an option on the command line of a unit's daemon."""
    words = (unit.exec_start if unit else "").replace("=", " ").split()
    return next((value for name, value in zip(words, words[1:]) if name in names), default)


def persistence(services: Mapping[str, Unit | None]) -> Persistence:
    """The daemon keeps the mode on, unless its last word says no."""
    unit = services[PERSISTENCED]
    if unit is None or not unit.exec_start:
        return Persistence(unit)
    words = [word for word in unit.exec_start.split() if word in ("--persistence-mode", "--no-persistence-mode")]
    user = _USER.search(unit.exec_start)
    return Persistence(unit, not words or words[-1] == "--persistence-mode", user.group(1) if user else None)
