# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a plan means, in words and in one row of a table. Private to the collection."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def misses(plan: Mapping[str, Any]) -> list[str]:
    """One sentence for each thing that is not as requested."""
    found = [
        f"{drift['component']}: {drift['subject']} is {drift['have']}, wanted {drift['want']}, because {drift['why']}. "
        + (
            f"Run role baremetal.gpu.{drift['component']}."
            if not drift["needs_reboot"]
            else "Run role baremetal.gpu.node_reboot, which swaps the modules."
            if plan["swap"]["possible"]
            else "Reboot the node (node_reboot_allowed)."
        )
        for drift in plan["drifts"]
    ]
    found += [
        f"{refusal['component']}: {refusal['subject']} {refusal['value']}: {refusal['why']}. To go on, "
        f"{refusal['remedy']}."
        for refusal in plan["refusals"]
    ]
    smi = plan["observed"]["smi"]
    if not plan["applicable"] or plan["request"]["nvidia_driver"]["state"] == "absent":
        return found
    if not found and smi["condition"] != "ok":
        found.append(f"nvidia-smi: {smi['message']} {smi['remedy']}".strip())
    unregistered = plan["actions"]["nvidia_fabric"]["unregistered"]
    if unregistered and not found:
        found.append(_outside(unregistered))
    expected, answering = len(plan["observed"]["pci"]["gpus"]), len(smi["gpus"])
    if smi["condition"] == "ok" and expected != answering:
        found.append(
            f"nvidia-smi lists {answering} GPUs, the PCI tree has {expected}. Look for Xid messages in the kernel log."
        )
    return found


def _outside(unregistered: Mapping[str, str]) -> str:
    by_state: dict[str, list[str]] = {}
    for bus_id, state in unregistered.items():
        by_state.setdefault(state, []).append(bus_id)
    said = "; ".join(f"{', '.join(gpus)}: {state}" for state, gpus in by_state.items())
    return (
        f"nvidia_fabric: GPUs are not registered with the NVLink fabric, wanted completed ({said}). "
        "Look at the log of nvidia-fabricmanager.service."
    )


def verdict(plan: Mapping[str, Any]) -> str:
    """One line."""
    if not plan["applicable"]:
        return f"left untouched: {plan['why_not']}"
    found = misses(plan)
    if found:
        return f"not as requested: {len(found)} difference{'s' if len(found) > 1 else ''}"
    observed = plan["observed"]
    driver = f"driver {_driver(observed)}" if observed["driver"]["running"] else "no driver"
    return f"as requested: {_gpus(observed)}, {driver}"


def _lock(observed: Mapping[str, Any]) -> str:
    packages = list(observed["packages"]["driver"]) + list(observed["packages"]["toolkit"])
    if not packages:
        return "-"
    held = sum(1 for package in packages if package["held"])
    return f"{held}/{len(packages)} held"


def _driver(observed: Mapping[str, Any]) -> str:
    running = observed["driver"]["running"]
    return f"{running['version']} {running['flavour']}" if running else "-"


def _each(gpus: Sequence[Mapping[str, Any]], key: str, on: str, off: str) -> str:
    if not gpus:
        return "-"
    values = {bool(gpu[key]) for gpu in gpus}
    return "mixed" if len(values) > 1 else on if values == {True} else off


def _fabric(observed: Mapping[str, Any]) -> str:
    """How many of the GPUs that are in a fabric are registered with it."""
    fabrics = [gpu.get("fabric") or {} for gpu in observed["smi"]["gpus"]]
    states = [one for one in fabrics if one.get("state") not in (None, "not_supported")]
    done = [one for one in states if one["state"] == "completed" and one["status"] in ("success", None)]
    return f"{len(done)}/{len(states)}" if states else "-"


def _gpus(observed: Mapping[str, Any]) -> str:
    gpus = observed["smi"]["gpus"]
    names = (
        sorted({gpu["name"] for gpu in gpus})
        if gpus
        else sorted({f"{gpu['vendor']}:{gpu['device']}" for gpu in observed["pci"]["gpus"]})
    )
    count = len(observed["pci"]["gpus"])
    return f"{count} x {', '.join(names)}" if count else "-"


def row(plan: Mapping[str, Any], node: str, **more: Any) -> dict[str, str]:
    """One node's row."""
    observed = plan["observed"]
    runtimes = [f"{name} {runtime['version']}" for name, runtime in observed["runtimes"].items() if runtime]
    return {
        "node": node,
        "os": observed["os"]["pretty"],
        "gpus": _gpus(observed),
        "driver": _driver(observed),
        "lock": _lock(observed),
        "gsp": _each(observed["smi"]["gpus"], "gsp_firmware_version", "on", "off"),
        "persistence": _each(observed["smi"]["gpus"], "persistence", "on", "off"),
        "fabric": _fabric(observed),
        "runtime": ", ".join(runtimes) or "-",
        **{key: str(value) for key, value in more.items()},
        # The other cells say what it is that was requested.
        "verdict": re.sub(r"^as requested: .*", "as requested", verdict(plan)),
    }


def rows(
    hostvars: Mapping[str, Any], hosts: Sequence[str], more: Mapping[str, Mapping[str, Any]] | None = None
) -> list[dict[str, str]]:
    """One row per node; `more` adds columns by node."""
    return [row(hostvars[host]["gpu_node_plan"], host, **(more or {}).get(host, {})) for host in hosts]


def table(lines: Sequence[Mapping[str, str]]) -> str:
    """Columns as wide as they need to be."""
    if not lines:
        return "no nodes"
    # Some rows have more columns than others; the verdict stays the last.
    columns = sorted(dict.fromkeys(column for line in lines for column in line), key=lambda column: column == "verdict")
    cells = [columns, *([line.get(column, "-") for column in columns] for line in lines)]
    widths = [max(len(line[index]) for line in cells) for index in range(len(columns))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells
    )
