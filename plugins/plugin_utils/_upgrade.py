# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an upgrade or a rollback of a fleet would do, node by node. Private to the collection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible.module_utils.parsing.convert_bool import boolean
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import GpuError
from ansible_collections.baremetal.gpu.plugins.plugin_utils._proven import proven

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Plan = Mapping[str, Any]


def sizes(batches: Sequence[Any], count: int) -> list[int]:
    """How many nodes each batch has; numbers and percentages as the keyword serial takes them, the last one again."""
    left, found = count, []
    for index in range(count):
        given = str(batches[min(index, len(batches) - 1)]).strip() if batches else ""
        number = given.removesuffix("%")
        if not number.isdigit() or int(number) < 1:
            raise GpuError(
                f"gpu_upgrade_batches: expected numbers or percentages from 1 on, found {given or list(batches)!r}"
            )
        size = (int(number) * count // 100 or 1) if given.endswith("%") else int(number)
        found.append(min(size, left))
        left -= found[-1]
        if not left:
            break
    return found


def _title(found: Mapping[str, Any]) -> str:
    """Driver and toolkit of a set."""
    if not found:
        return "no driver"
    toolkit = found["toolkit"]["version"]
    return f"{found['driver']['version']} {found['driver']['flavour']}" + (f", toolkit {toolkit}" if toolkit else "")


def _from(plan: Plan) -> str:
    running = plan["observed"]["driver"]["running"]
    return _title(proven(plan)) if proven(plan) or not running else f"{running['version']} {running['flavour']}"


def _to(plan: Plan) -> str:
    toolkit = plan["request"]["nvidia_container_toolkit"]
    driver = plan["actions"]["nvidia_driver"]
    title = driver.get("title") or driver.get("state") or plan["request"]["nvidia_driver"]["version"] or "?"
    named = toolkit.get("state") == "present" and toolkit.get("version")
    return f"{title}, toolkit {toolkit['version']}" if named else str(title)


def _why(plan: Plan, under_way: Mapping[str, Any]) -> str:
    subjects: dict[str, list[str]] = {}
    for drift in plan["drifts"]:
        known = subjects.setdefault(drift["component"], [])
        if drift["subject"] not in known:
            known.append(drift["subject"])
    found = [f"{component}: {', '.join(names)}" for component, names in subjects.items()]
    if under_way:
        found.insert(0, f"begun {under_way.get('began', 'before')}, not ended")
    return "; ".join(found)


def how(plan: Plan) -> str:
    """The way from the modules that run to those that are wanted."""
    if plan["needs_reboot"]:
        return "swap, else reboot" if (plan.get("swap") or {}).get("possible") else "reboot"
    return "in place" if plan["drifts"] else "proof only"


def refused(plan: Plan, *, drained: bool) -> list[str]:
    """Why this node cannot have it, in sentences; from one that is drained the work leaves before."""
    found = [
        f"{one['component']}: {one['subject']} {one['value']}: {one['why']}. To go on, {one['remedy']}."
        for one in plan["refusals"]
    ]
    if not found and how(plan) == "reboot" and not plan["request"]["node_reboot"]["allowed"]:
        found.append("It takes a reboot, and node_reboot_allowed is false. To go on, set it to true.")
    if not found and plan["unasked"] and not drained:
        found.append(
            "Its reboot would end {}. To go on, wait for them or stop them, or set {} to true.".format(
                ", ".join(plan["unasked"]), "node_reboot_with_jobs"
            )
        )
    return found


def _is_drained(plan: Plan, given: Mapping[str, Any], *, default: bool) -> bool:
    """Whether it is taken out of service first, as a member of a cluster."""
    cluster = plan["observed"].get("cluster") or {}
    return bool(cluster.get("kubelet")) and boolean(given.get("gpu_upgrade_drain", default))


def steps(
    hostvars: Mapping[str, Any], hosts: Sequence[str], batches: Sequence[Any], *, drain: bool = True
) -> list[dict[str, str]]:
    """What would be done; nodes as requested, and those without a GPU, are not in it.

    `drain` is what holds for a host that does not say gpu_upgrade_drain.
    """
    todo = []
    for host in hosts:
        plan = hostvars[host].get("gpu_node_plan") or {}
        under_way = (hostvars[host].get("gpu_upgrade_record") or {}).get("upgrade") or {}
        if plan.get("applicable") and (plan["drifts"] or plan["refusals"] or under_way):
            todo.append((host, plan, under_way))
    numbers = [number for number, size in enumerate(sizes(batches, len(todo))) for _node in range(size)]
    found = []
    for (host, plan, under_way), number in zip(todo, numbers, strict=True):
        step = {"node": host, "batch": str(number) if number else "canary", "from": _from(plan)}
        step.update({"to": _to(plan), "how": how(plan), "why": _why(plan, under_way)})
        if plan["in_use"]:
            step["in use by"] = ", ".join(plan["in_use"])
        reasons = refused(plan, drained=_is_drained(plan, hostvars[host], default=drain))
        found.append({**step, "refused": " ".join(reasons)} if reasons else step)
    return found


def _differs(found: Mapping[str, Any], has: Mapping[str, Any]) -> bool:
    """In the version or flavour, or in the exact version of a package that both have."""
    if (found["driver"]["version"], found["driver"]["flavour"], found["toolkit"]["version"]) != (
        has["driver"]["version"],
        has["driver"]["flavour"],
        has["toolkit"]["version"],
    ):
        return True
    there = has["driver"]["packages"]
    return any(there.get(name, version) != version for name, version in found["driver"]["packages"].items())


def rollback(plan: Plan, record: Mapping[str, Any]) -> dict[str, Any]:
    """Variables that ask for the set to go back to; an error where none is remembered.

    Of an upgrade that has not ended it is the one that it came from, else the newest that is not what the node has.
    """
    if not plan.get("applicable"):
        return {}
    under_way = record.get("upgrade") or {}
    known = [entry for entry in record.get("proven") or [] if entry.get("driver")]
    has = proven(plan)
    if (under_way.get("from") or {}).get("driver"):
        target = under_way["from"]
    elif under_way and known:
        target = known[-1]
    else:
        others = [entry for entry in known if not has or _differs(entry, has)]
        if not others:
            remembered = ", ".join(_title(entry) for entry in known) or "nothing"
            raise GpuError(
                f"no other set of versions was proven on this node: it has {_from(plan)}, and remembers {remembered}. "
                "Set nvidia_driver_version to the version to go back to and run playbook baremetal.gpu.upgrade"
            )
        target = others[-1]
    driver, toolkit = target["driver"], target["toolkit"]
    found: dict[str, Any] = {"nvidia_driver_version": driver["version"], "nvidia_driver_flavour": driver["flavour"]}
    if driver.get("packages"):
        found["nvidia_driver_revisions"] = dict(driver["packages"])
    if driver.get("modules"):
        found["nvidia_driver_modules"] = driver["modules"]
    if toolkit.get("version") and plan["request"]["nvidia_container_toolkit"]["state"] == "present":
        found["nvidia_container_toolkit_version"] = toolkit["version"]
    return found
