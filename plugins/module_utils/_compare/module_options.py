# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of the driver's kernel modules: on disk, in the initramfs, and in force. Private to the collection."""

from __future__ import annotations

import re
from typing import Any, Dict, List, Mapping, Optional, Tuple

from .types import Observed, Options, Part

PATH = "/etc/modprobe.d/zz-baremetal-gpu-options.conf"
"""Read after the files of others, so that it wins."""
PEERMEM = "/etc/modules-load.d/baremetal-gpu-peermem.conf"
MODULES = ("nvidia", "nvidia_uvm", "nvidia_modeset", "nvidia_drm", "nvidia_peermem")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_VALUE = re.compile(r"[^\"'\\#\n]*")
_BARE = re.compile(r"[A-Za-z0-9_.,:;=+/-]*")
_SHOWN_AS = {"NVreg_RestrictProfilingToAdminUsers": "RmProfilingAdminOnly"}
_NO_PROOF = ("NVreg_EnableGpuFirmware", "NVreg_OpenRmEnableUnsupportedGpus")
"""/proc/driver/nvidia/params shows what was asked for, whether or not the driver heeds it."""
_FALSE, _TRUE = ("0", "N", "n", "false", "False"), ("1", "Y", "y", "true", "True")
Wanted = Dict[str, Dict[str, str]]


def _text(value: Any) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


def wanted(options: Options, part: Part) -> Wanted:
    """Module → option → value; what modprobe or the kernel would not take is refused on `part`."""
    found: Wanted = {}
    for module, given in (options.get("module_options") or {}).items():
        name = str(module).replace("-", "_")
        if name not in MODULES or not isinstance(given, Mapping):
            _refuse(part, f"{module}: {given}", "expected one of {} with its options".format(", ".join(MODULES)))
            continue
        for option, value in given.items():
            why = _against(name, str(option), value)
            if why:
                _refuse(part, f"{name}: {option}: {value}", why)
            else:
                found.setdefault(name, {})[str(option)] = _text(value)
    return found


def _refuse(part: Part, value: str, why: str) -> None:
    part.refuse("module option", value=value, why=why, remedy="set nvidia_driver_module_options")


def _against(module: str, option: str, value: Any) -> Optional[str]:
    if option == "NVreg_EnableGpuFirmware":
        return "the GSP firmware has a variable of its own, nvidia_gsp_mode"
    if not _NAME.fullmatch(option):
        return "an option's name has letters, digits and underscores"
    if module == "nvidia" and not option.startswith("NVreg_"):
        return "every option of the module nvidia starts with NVreg_"
    if not isinstance(value, (str, int, float)) or not _VALUE.fullmatch(_text(value)):
        return "a value is a number or a text of one line, without quotes, backslashes and #"
    return None


def content(options: Wanted) -> Optional[str]:
    """The file; None for no file."""
    lines = []
    for module in sorted(options):
        pairs = [
            f"{option}={value}" if _BARE.fullmatch(value) else f'{option}="{value}"'
            for option, value in sorted(options[module].items())
        ]
        lines.append("options {} {}\n".format(module, " ".join(pairs)))
    return "".join(lines) or None


def _flat(options: Mapping[str, Mapping[str, str]], only: Wanted) -> Dict[str, Optional[str]]:
    """What a configuration says of the options asked for."""
    return {f"{m} {o}": options.get(m, {}).get(o) for m, pairs in only.items() for o in pairs}


def _differing(have: Mapping[str, Optional[str]], want: Mapping[str, Optional[str]]) -> Tuple[str, str]:
    names = sorted(name for name in want if have.get(name) != want[name])
    return (
        ", ".join(f"{name}={want[name]}" for name in names),
        ", ".join(f"{n}={have[n]}" if have.get(n) is not None else f"{n} not set" for n in names),
    )


def compare(part: Part, options: Options, observed: Observed) -> List[Dict[str, Optional[str]]]:
    """Drifts on `part`; the files that have to be so, each with its text or None for none."""
    asked = wanted(options, part)
    own: Mapping[str, str] = observed.get("own_files") or {}
    disk, image = observed["modprobe"]["disk"], observed["modprobe"]["image"]
    want = _flat(asked, asked)
    have = _flat(disk["options"], asked)
    text = content(asked)
    if text and have == want and PATH not in own:
        text = None  # Another's file does it, and ours beside that would be one more to keep.
    ours = own.get(PATH)
    if ours != text:
        missing, there = _differing(have, want)
        part.drift(
            PATH,
            want=missing or "no other options" if text else "absent",
            have=there or "other options" if text else "present",
            why="nvidia_driver_module_options",
            needs_reboot=observed["driver"]["running"] is not None
            and not (ours is None and _loaded_so(asked, observed)),
        )
    elif have != want:
        missing, there = _differing(have, want)
        part.refuse(
            "module option",
            value=missing,
            why=f"another file of modprobe sets {there}, and is read after {PATH}",
            remedy="take it away, or set nvidia_driver_module_options to the same",
        )
    if image and any(module in image["modules"] for module in asked):
        inside = _flat(image["options"], asked)
        if inside != want:
            missing, there = _differing(inside, want)
            part.drift("initramfs " + image["path"], want=missing, have=there, why="it holds the driver's modules")
    _running(part, asked, observed)
    return [{"path": PATH, "content": text}, _peermem(part, options, own)]


def _peermem(part: Part, options: Options, own: Mapping[str, str]) -> Dict[str, Optional[str]]:
    text = "nvidia_peermem\n" if options.get("peermem") else None
    if own.get(PEERMEM) != text:
        part.drift(
            PEERMEM,
            want="present" if text else "absent",
            have="present" if PEERMEM in own else "absent",
            why="nvidia_driver_peermem",
        )
    return {"path": PEERMEM, "content": text}


def _in_force(observed: Observed, module: str, option: str) -> Optional[str]:
    """As the kernel shows it; None where that is hidden or no proof."""
    if option in _NO_PROOF:
        return None
    found: Optional[str] = None
    if module == "nvidia":
        shown = _SHOWN_AS.get(option, option[len("NVreg_") :])
        found = observed["driver"]["running"]["params"].get(shown)
    if found is None:
        loaded = observed["modules"]["loaded"].get(module) or {}
        found = (loaded.get("parameters") or {}).get(option)
    return found


def _same(want: str, have: str) -> bool:
    for values in (_FALSE, _TRUE):
        if want in values and have in values:
            return True
    try:
        return int(want, 0) == int(have, 0)
    except ValueError:
        return want == have


def _loaded_so(asked: Wanted, observed: Observed) -> bool:
    """Whether the modules in memory are seen to have all of it, as after our file was lost."""
    in_force = (
        (value, _in_force(observed, m, option)) for m, pairs in asked.items() for option, value in pairs.items()
    )
    return all(have is not None and _same(value, have) for value, have in in_force)


def _running(part: Part, asked: Wanted, observed: Observed) -> None:
    if observed["driver"]["running"] is None:
        return
    for module, pairs in sorted(asked.items()):
        for option, value in sorted(pairs.items()):
            have = _in_force(observed, module, option)
            if have is not None and not _same(value, have):
                part.drift(
                    f"option {option} of the loaded module {module}",
                    want=value,
                    have=have,
                    why="a module reads its options when it is loaded",
                    needs_reboot=True,
                )
