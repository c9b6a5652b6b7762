# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""nvidia-persistenced in the flavour of its unit. Private to the collection."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional

from .types import OF_OTHERS, Observed, Part, Request

COMPONENT = "nvidia_persistence"
UNIT = "nvidia-persistenced.service"
DROPIN = "/etc/systemd/system/nvidia-persistenced.service.d/50-persistence-mode.conf"


def drop_in(unit: Mapping[str, Any]) -> Optional[str]:
    """What the vendor's unit lacks to keep every GPU initialised from boot on; None when it lacks nothing.

    Ubuntu's unit runs the daemon with --no-persistence-mode, has no [Install] section and stops when unneeded; the RPM
    unit needs nothing.
    """
    command = str(unit.get("exec_start") or "")
    ours = DROPIN in unit.get("dropins", [])
    static = unit.get("unit_file_state") == "static"
    if not ours and "--no-persistence-mode" not in command and not static:
        return None
    words = [word for word in command.split() if word not in ("--no-persistence-mode", "--persistence-mode")]
    position = 1 if len(words) < 3 or words[1] != "--user" else 3
    words.insert(position, "--persistence-mode")
    return (
        "[Unit]\nStopWhenUnneeded=false\n\n[Service]\nExecStart=\nExecStart={}\n\n[Install]\n"
        "WantedBy=multi-user.target\n"
    ).format(" ".join(words))


def compare(request: Request, observed: Observed) -> Part:
    part = Part(COMPONENT)
    # Without the driver there is no daemon to ask anything of.
    gone = [role for role in ("nvidia_driver", COMPONENT) if request[role]["state"] == "absent"]
    unit: Optional[Dict[str, Any]] = observed["persistence"]["unit"]
    part.actions = {"state": "absent" if gone else "present", "unit": UNIT, "drop_in": DROPIN}
    if gone:
        if unit and DROPIN in unit["dropins"]:
            part.drift(DROPIN, want="absent", have="present", why=f"{gone[-1]}_state is absent")
        return part
    state = request["nvidia_driver"]["state"]
    if unit is None and state in OF_OTHERS:
        part.refuse(
            "state",
            value="present",
            why=f"{UNIT} comes with the driver's packages, and nvidia_driver_state is {state}",
            remedy="set nvidia_persistence_state to absent",
        )
        return part
    if unit is None:
        part.drift(UNIT, want="enabled", have="not installed", why="it comes with the driver's packages")
        return part
    if unit["load_state"] != "loaded":
        part.refuse(
            "unit",
            value=UNIT,
            why="systemd cannot load it: " + (unit["load_state"] or "no state"),
            remedy=f"run systemctl unmask {UNIT}, or mend it; or set nvidia_persistence_state to absent",
        )
        return part
    _unit(part, unit)
    if observed["driver"]["running"] is not None:
        _running(part, unit, observed)
    return part


def _unit(part: Part, unit: Mapping[str, Any]) -> None:
    if "--no-persistence-mode" in str(unit["exec_start"]):
        part.drift(
            UNIT,
            want="--persistence-mode",
            have=unit["exec_start"],
            why="the daemon runs, but leaves persistence mode off",
        )
    if unit["unit_file_state"] not in ("enabled", "enabled-runtime"):
        part.drift(
            UNIT,
            want="enabled",
            have=unit["unit_file_state"],
            why="persistence mode does not survive a reboot otherwise",
        )


def _running(part: Part, unit: Mapping[str, Any], observed: Observed) -> None:
    if unit["active_state"] != "active":
        part.drift(UNIT, want="active", have=unit["active_state"], why="the daemon keeps the GPUs initialised")
    off: List[str] = sorted(str(gpu["bus_id"]) for gpu in observed["smi"]["gpus"] if gpu["persistence"] is False)
    if off:
        part.drift(
            "persistence mode", want="Enabled", have="Disabled on " + ", ".join(off), why="nvidia-smi reports it"
        )
