# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules blocked on the kernel's command line as well. Private to the collection.

By a drop-in of GRUB's on Debian and Ubuntu. By grubby where the boot loader has entries: dracut copies
/etc/modprobe.d only into images that are for one host, and the entries say what the next boot will be told.
"""

from __future__ import annotations

from typing import Any, Dict, Mapping, Optional, Sequence

from .types import Observed, Part

PATH = "/etc/default/grub.d/baremetal-gpu-nouveau.cfg"
_ARGUMENT = "module_blacklist"
"""Heeded by the kernel itself, and not by the packages of the driver, which set modprobe.blacklist as they like."""
_VARIABLE = "nouveau_kernel_arguments"


def content(modules: Sequence[str]) -> str:
    return 'GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX modprobe.blacklist={}"\n'.format(",".join(modules))


def compare(
    part: Part, observed: Observed, modules: Sequence[str], *, present: bool, asked: Optional[bool]
) -> Dict[str, Any]:
    """What GRUB has to be told, by a drop-in of ours or by grubby."""
    family, entry = observed["os"]["family"], observed["modprobe"].get("next_command_line")
    by_grubby = family == "redhat" and entry is not None
    wanted = present and (by_grubby if asked is None else asked)
    if wanted and family != "debian" and not by_grubby:
        part.refuse(
            "kernel arguments",
            value=True,
            why="only GRUB on Debian and Ubuntu, and on Enterprise Linux with an entry for the next kernel in "
            "/boot/loader/entries, is known, and this is " + observed["os"]["pretty"],
            remedy=f"set {_VARIABLE} to false, and the boot loader by other means",
        )
    why = f"{_VARIABLE} is {str(bool(wanted)).lower()}"
    text = content(modules) if wanted and family == "debian" else None
    changes = _drop_in(part, observed, text, why)
    if text:
        _told(part, observed, modules, why)
    return {
        "path": PATH,
        "content": text,
        "grub": changes,
        "grubby": _grubby(part, entry, modules, wanted=wanted) if by_grubby and entry else None,
    }


def _drop_in(part: Part, observed: Observed, text: Optional[str], why: str) -> bool:
    own: Mapping[str, str] = observed.get("own_files") or {}
    if own.get(PATH) == text:
        return False
    have = "absent" if PATH not in own else "other text" if text else "present"
    part.drift(PATH, want="present" if text else "absent", have=have, why=why)
    return True


def _told(part: Part, observed: Observed, modules: Sequence[str], why: str) -> None:
    """Whether this boot was told."""
    blocked = (observed["modprobe"].get("command_line") or {}).get("blacklist") or ()
    missing = [module for module in modules if module not in blocked]
    if missing:
        part.drift(
            "kernel command line",
            want="modprobe.blacklist=" + ",".join(modules),
            have="not blocked: " + ", ".join(missing),
            why=why,
            needs_reboot=True,
        )


def _grubby(part: Part, entry: Mapping[str, Any], modules: Sequence[str], *, wanted: bool) -> Optional[str]:
    """The option for grubby. What others list there stays; a list without one of ours is none of ours."""
    listed: Sequence[str] = entry["module_blacklist"]
    missing = [module for module in modules if module not in entry["blacklist"]]
    if wanted and missing:
        after = [*listed, *(module for module in modules if module not in listed)]
        have, why = (
            "not blocked: " + ", ".join(missing),
            "kernels that come later inherit it, and any initramfs heeds it",
        )
    elif not wanted and set(modules) <= set(listed):
        after = [module for module in listed if module not in modules]
        have, why = ",".join(listed), "they are not to be blocked there"
    else:
        return None
    argument = f"{_ARGUMENT}=" + ",".join(after)
    part.drift("boot loader entries", want=argument if after else f"no {_ARGUMENT}", have=have, why=why)
    return f"--args={argument}" if after else f"--remove-args={_ARGUMENT}"
