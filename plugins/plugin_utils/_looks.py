# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node's look as the document that is saved, printed and queried. Private to the collection."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ansible_collections.baremetal.gpu.plugins.module_utils._compare.plan import READS, make_plan
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import GpuError
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.types import SCHEMA

from ._files import replace
from ._report import verdict
from ._request import defaults, resolve_request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

NAME = "gpu_node.json"
_NOT_LISTED = {"verdict": "unknown", "reasons": ["nvidia-smi does not list it"]}


def registered(hostvars: Any, host: str) -> Any:
    """The `gpu_node_plan` of a host in this run, or None."""
    # What a task registered is never a template: to look for some in a thousand looks would take as long as to look.
    variables = hostvars.raw_get(host) if hasattr(hostvars, "raw_get") else hostvars[host]
    return variables.get("gpu_node_plan")


def observed_of(look: Any) -> Mapping[str, Any]:
    """The observation of a look: itself, or what a saved document has under `observed`."""
    found = look.get("observed", look) if isinstance(look, dict) else look
    if not isinstance(found, dict) or "schema" not in found:
        kind = f"keys {', '.join(sorted(map(str, found)))[:200]}" if isinstance(found, dict) else type(found).__name__
        raise GpuError(
            "expected a look: what gpu_node_info returns under `observed`, or a saved gpu_node.json that has it; "
            f"found {kind}"
        )
    if found["schema"] != SCHEMA:
        raise GpuError(f"expected a look of schema {SCHEMA}, found {found['schema']!r}: look at the node again")
    missing = [key for key in READS if key not in found]
    if missing:
        raise GpuError(f"the look has no {', '.join(missing)}: look at the node again")
    return found


def plan_of(look: Any, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What gpu_node_plan would have returned for an inventory with these variables."""
    observed, given = observed_of(look), variables or {}
    request = resolve_request(lambda name: (name in given, given.get(name)))
    return {**make_plan(request, observed), "request": request, "observed": observed}


def _gpus(observed: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every GPU of the PCI tree with what nvidia-smi says of it, then those that only nvidia-smi lists."""
    rest = {gpu["bus_id"]: gpu for gpu in observed["smi"]["gpus"]}
    found = []
    for device in observed["pci"]["gpus"]:
        said = rest.pop(device["bus_id"], {})
        merged = {**device, "health": _NOT_LISTED, **said}
        merged.setdefault("name", None)
        merged["architecture"] = device["architecture"] or said.get("architecture")
        found.append(merged)
    return found + [{"health": _NOT_LISTED, **gpu} for gpu in rest.values()]


def _stack(packages: list[Mapping[str, Any]]) -> dict[str, Any]:
    held = {bool(package["held"]) for package in packages}
    return {
        "packages": len(packages),
        "versions": sorted({package["upstream"] for package in packages}),
        "held": None if len(held) != 1 else held == {True},
    }


def _running(observed: Mapping[str, Any]) -> dict[str, Any]:
    return observed["driver"]["running"] or {"version": None, "flavour": None, "params": {}}


PARTS: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "os": lambda plan: plan["observed"]["os"],
    "kernel": lambda plan: plan["observed"]["kernel"],
    "driver": lambda plan: {**_running(plan["observed"]), **_stack(plan["observed"]["packages"]["driver"])},
    "toolkit": lambda plan: _stack(plan["observed"]["packages"]["toolkit"]),
    "runtimes": lambda plan: [
        {"name": name, **runtime} for name, runtime in plan["observed"]["runtimes"].items() if runtime
    ],
    "gpus": lambda plan: _gpus(plan["observed"]),
    "smi": lambda plan: plan["observed"]["smi"]["condition"],
    "verdict": verdict,
    "drifts": lambda plan: plan["drifts"],
    "refusals": lambda plan: plan["refusals"],
    "needs_reboot": lambda plan: plan["needs_reboot"],
    "findings": lambda plan: plan["observed"]["findings"],
    "request": lambda plan: plan["request"],
    "observed": lambda plan: plan["observed"],
}
"""What a document has of a node that was seen, beside `host` and `seen`."""
_EMPTY: dict[str, Any] = {"runtimes": [], "gpus": [], "drifts": [], "refusals": [], "findings": []}


def document(host: str, plan: Mapping[str, Any]) -> dict[str, Any]:
    """One node's document."""
    return {"host": host, "seen": True, **{name: part(plan) for name, part in PARTS.items()}}


def unseen(host: str, why: str) -> dict[str, Any]:
    """The document of a node that could not be looked at: every key, and why."""
    return {"host": host, "seen": False, **{name: _EMPTY.get(name) for name in PARTS}, "verdict": f"not seen: {why}"}


def as_plan(saved: Mapping[str, Any]) -> dict[str, Any]:
    """Back from a document to what gpu_node_plan returned; a node was left alone where it has no GPU."""
    observed = observed_of(dict(saved))
    # An option that came after the look was saved has its default.
    request = {role: {**options, **saved["request"].get(role, {})} for role, options in defaults().items()}
    return {**make_plan(request, observed), "request": request, "observed": observed}


def place(folder: Path, host: str) -> Path:
    """Where a host's document is kept."""
    if "/" in host or host in ("", ".", ".."):
        raise GpuError(f"host {host!r} cannot name a folder: rename it in the inventory, and keep ansible_host")
    return folder / host / NAME


def save(folder: Path, found: Mapping[str, Any], *, check: bool) -> bool:
    """Write a document, for its owner alone: a look may hold a proxy's password. Whether it was another one."""
    path = place(folder, found["host"])
    text = json.dumps(found, indent=1, sort_keys=True) + "\n"
    try:
        changed = not path.exists() or path.read_text(encoding="utf-8") != text
        if changed and not check:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            replace(path, text, mode=0o600)
    except OSError as error:
        raise GpuError(f"writing {path}: {error.strerror or error}") from error
    return changed


def load(folder: Path, hosts: Iterable[str] = ()) -> list[dict[str, Any]]:
    """Every document below a folder, by host; of these hosts only, where some are named."""
    paths = [place(folder, host) for host in hosts] or sorted(folder.glob(f"*/{NAME}"))
    if not paths:
        raise GpuError(f"no saved look: expected files HOST/{NAME} below {folder} (gpu_look_dir)")
    return [_read(path) for path in paths]


def _read(path: Path) -> dict[str, Any]:
    try:
        saved = json.loads(path.read_text(encoding="utf-8"))
        as_plan(saved)
    except (OSError, ValueError) as error:
        raise GpuError(f"{path}: not a saved look: {error}") from error
    except (GpuError, KeyError, TypeError) as error:
        raise GpuError(f"{path}: not a look that playbook baremetal.gpu.look saved: {error}") from error
    return {**saved, "host": path.parent.name}
