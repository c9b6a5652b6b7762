# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node looks like once every role of a plan has run and the node has rebooted."""

from __future__ import annotations

import configparser
import copy
import re
from typing import Any, Callable, Dict, List

from ansible_collections.baremetal.gpu.plugins.module_utils._compare import gsp, module_options, nouveau, persistence
from ansible_collections.baremetal.gpu.plugins.module_utils._compare.driver import RECORDS
from ansible_collections.baremetal.gpu.plugins.module_utils._compare.plan import Plan
from ansible_collections.baremetal.gpu.plugins.module_utils._compare.toolkit import RECORD
from ansible_collections.baremetal.gpu.plugins.module_utils._compat.kernel_followers import unfollowed
from ansible_collections.baremetal.gpu.plugins.module_utils._compat.kernel_locks import PATH as KERNEL_PINS
from ansible_collections.baremetal.gpu.plugins.module_utils._compat.kernel_locks import content, rules
from ansible_collections.baremetal.gpu.plugins.module_utils._compat.package_names import TOOLKIT, is_driver
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.modprobe import parse_modprobe

from . import world

Look = Dict[str, Any]
Actions = Dict[str, Any]


def _sources(actions: Actions, look: Look) -> None:
    gone = {*actions["remove"], *(source["path"] for source in actions["sources"])}
    look["repositories"] = [one for one in look["repositories"] if one["path"] not in gone]
    gone |= {source["key_path"] for source in actions["sources"]}
    look["signing_keys"] = [one for one in look["signing_keys"] if one["path"] not in gone]
    for source in actions["sources"]:
        look["repositories"].append({"path": source["path"], "enabled": True, "sha256": "", **_read(source["content"])})
        look["signing_keys"].append({"path": source["key_path"], "fingerprints": [source["fingerprint"]]})


def _read(content: str) -> Dict[str, Any]:
    """A source as the look reads it back, of apt or of dnf."""
    if content.startswith("["):
        ini = configparser.ConfigParser(interpolation=None)
        ini.read_string(content)
        section = ini[ini.sections()[0]]
        return {
            "uris": [section["baseurl"]],
            "suites": [],
            "components": [],
            "signed_by": section["gpgkey"].replace("file://", ""),
            "package_check": section.getboolean("gpgcheck"),
            "metadata_check": section.getboolean("repo_gpgcheck"),
        }
    stanza = dict(line.split(": ") for line in content.splitlines())
    return {
        "uris": stanza["URIs"].split(),
        "suites": stanza["Suites"].split(),
        "components": stanza.get("Components", "").split(),
        "signed_by": stanza["Signed-By"],
    }


def _modprobe_file(actions: Actions, disk: Dict[str, Any], path: str, module: str, options: Dict[str, str]) -> None:
    if actions["state"] == "present":
        disk["files"] = sorted({*disk["files"], path})
        disk["options"].setdefault(module, {}).update(options)
    elif actions["state"] == "absent" and path in disk["files"]:
        disk["files"] = [name for name in disk["files"] if name != path]
        disk["options"].get(module, {}).pop(gsp.OPTION, None)


def _kernel_modules(plan: Plan, look: Look) -> None:
    disk, image = look["modprobe"]["disk"], look["modprobe"]["image"]
    _modprobe_file(plan.actions["nvidia_gsp"], disk, gsp.PATH, "nvidia", {gsp.OPTION: "0"})
    _modprobe_file(plan.actions["nouveau"], disk, nouveau.PATH, "nouveau", {"modeset": "0"})
    if plan.actions["nouveau"]["state"] == "present":
        disk["blacklist"] = sorted({*disk["blacklist"], *nouveau.BLOCKED})
    told = plan.actions["nouveau"]["arguments"]
    own = look.setdefault("own_files", {})
    own.pop(told["path"], None)
    if told["content"]:
        own[told["path"]] = told["content"]
    if told["content"]:
        look["modprobe"]["command_line"] = {"blacklist": list(nouveau.BLOCKED), "options": {}}
    if told["grubby"]:
        listed = told["grubby"].partition("=")[2].partition("=")[2].split(",")
        look["modprobe"]["next_command_line"] = {"blacklist": listed, "module_blacklist": listed}
    if image:  # rebuilt
        image.update(copy.deepcopy({key: disk[key] for key in ("blacklist", "install", "options", "files")}))
    for module in set(disk["blacklist"]) & set(nouveau.BLOCKED):
        look["modules"]["loaded"].pop(module, None)


def _load(look: Look, version: str, flavour: str) -> None:
    """The module, as the next boot loads it."""
    option = look["modprobe"]["disk"]["options"].get("nvidia", {}).get(gsp.OPTION)
    if f"nvidia.{gsp.OPTION}=0" in (look["kernel"]["cmdline"] or ""):
        option = "0"
    off = option in ("0", "0x0")
    params = {"EnableGpuFirmware": "0" if off else "18"}
    look["driver"]["running"] = {"version": version, "flavour": flavour, "params": params}
    for gpu in look["smi"]["gpus"]:
        gpu["gsp_firmware_version"] = None if off and flavour != "open" else version


def _files(files: List[Dict[str, Any]], look: Look) -> None:
    own = look.setdefault("own_files", {})
    for one in files:
        if one["content"] is None:
            own.pop(one["path"], None)
            continue
        own[one["path"]] = one["content"]
        if one["path"] == module_options.PATH:
            said = parse_modprobe({one["path"]: one["content"]}).options
            for where in (look["modprobe"]["disk"], look["modprobe"]["image"]):
                for module, pairs in said.items() if where else ():
                    where["options"].setdefault(module, {}).update(pairs)


def _driver(actions: Actions, look: Look) -> None:
    packages = look["packages"]
    _files(actions["files"], look)
    look["own_files"].pop(KERNEL_PINS, None)
    packages["kernel_locks"] = []
    kernels = [(one["name"], one["version"]) for one in packages.get("kernel") or ()]
    when = actions.get("lock_kernel")
    lone = unfollowed([one["name"] for one in packages.get("kernel") or ()])
    if when == "always" or (when == "unfollowed" and lone):
        if packages["manager"] != "apt":
            packages["kernel_locks"] = list(rules(kernels))
        elif content(kernels):
            look["own_files"][KERNEL_PINS] = content(kernels)
    if actions["state"] == "absent":
        for path in RECORDS:
            look["own_files"].pop(path, None)
        packages["driver"], look["driver"] = [], {"running": None, "on_disk": []}
        packages["broken"] = [name for name in packages["broken"] if not is_driver(name)]
        look["persistence"]["unit"] = None
        return
    exact = actions["match"]
    version = exact if re.fullmatch(r"\d{3}\.[\d.]+", exact) else exact + ".10.05"
    packages["broken"] = []
    packages["driver"] = [one for one in packages["driver"] if one["name"] not in actions["conflicting"]]
    there = {one["name"] for one in packages["driver"]}
    packages["driver"] += [
        world.package(root["name"], version)
        for root in actions["packages"]
        if root["name"] not in there and not root["name"].startswith("linux-headers-")
    ]
    for one in packages["driver"]:
        one["held"] = actions["hold"]
        if re.fullmatch(r"\d{3}\.\d{2,3}(\.\d+)?", one["upstream"] or "") and one["upstream"] not in one["name"]:
            one["upstream"] = version
    kernel = look["kernel"]
    kernel["headers"].append(actions["kernel"])
    built = {"kernel": actions["kernel"], "version": version, "flavour": actions["flavour"], "path": "", "kind": ""}
    look["driver"]["on_disk"].append(built)
    _load(look, version, actions["flavour"])
    if look["persistence"]["unit"] is None:
        look["persistence"]["unit"] = world.unit(persistence.UNIT, unit_file_state="static", exec_start="/d --x")


def _fabric(actions: Actions, look: Look) -> None:
    for name in actions["units"]:
        look["units"][name] = world.unit(name)


def _persistence(actions: Actions, look: Look) -> None:
    unit = look["persistence"]["unit"]
    if unit is None:
        return
    if actions["state"] == "absent":
        unit["dropins"] = [path for path in unit["dropins"] if path != persistence.DROPIN]
        return
    content = persistence.drop_in(unit)
    if content:
        unit["dropins"] = [*unit["dropins"], persistence.DROPIN]
        unit["exec_start"] = re.findall("ExecStart=(.+)", content)[-1]
    unit.update(unit_file_state="enabled", active_state="active")
    for gpu in look["smi"]["gpus"]:
        gpu["persistence"] = True


def _handler(name: str, runtime: Dict[str, Any], *, present: bool, default: bool) -> None:
    if name == "docker":
        config = runtime["config"] = dict(runtime["config"] or {})
        there = config.get("runtimes")
        runtimes = there if isinstance(there, dict) else {}
        config["runtimes"] = {key: value for key, value in runtimes.items() if key != "nvidia"}
        if present:
            config["runtimes"]["nvidia"] = {}
            config["default-runtime"] = "nvidia" if default else "runc"
        return
    runtime["handlers"].pop("nvidia", None)
    if present:
        runtime["handlers"]["nvidia"] = {"binary": None}
        runtime.update(cri_enabled=True, cdi_enabled=True, default_handler="nvidia" if default else "runc")


def _toolkit(actions: Actions, look: Look) -> None:
    packages = look["packages"]
    for wanted in actions["runtimes"]:
        runtime = look["runtimes"].get(wanted["name"])
        if runtime:
            present = actions["state"] == "present"
            _handler(wanted["name"], runtime, present=present, default=wanted["set_default"])
    if actions["state"] == "absent":
        look.setdefault("own_files", {}).pop(RECORD, None)
        packages["toolkit"] = []
        packages["broken"] = [name for name in packages["broken"] if name not in TOOLKIT]
        return
    packages["toolkit"] = [world.package(one["name"], one["version"]) for one in actions["packages"]]
    for one in packages["toolkit"]:
        one["held"] = actions["hold"]


STEPS: Dict[str, Callable[[Actions, Look], None]] = {
    "nvidia_repository": _sources,
    "nvidia_driver": _driver,
    "nvidia_fabric": _fabric,
    "nvidia_persistence": _persistence,
    "nvidia_container_toolkit": _toolkit,
}


def apply(plan: Plan, look: Look, *, headers_offered: bool = True) -> Look:
    """Pure: the look is copied. `headers_offered`: whether a source has what brings the headers of new kernels."""
    after: Look = copy.deepcopy(look)
    _kernel_modules(plan, after)
    running = after["driver"]["running"]
    if running and plan.needs_reboot:
        _load(after, running["version"], running["flavour"])
    if headers_offered and plan.actions["nvidia_driver"]["state"] == "present":
        names = [one["name"] for one in plan.actions["nvidia_driver"]["packages"] if one.get("preferred")]
        after["packages"].setdefault("kernel", []).extend(world.package(name, "6.8") for name in names)
    for role, step in STEPS.items():
        if plan.actions[role]["state"] not in ("unmanaged", "preinstalled"):
            step(plan.actions[role], after)
    return after
