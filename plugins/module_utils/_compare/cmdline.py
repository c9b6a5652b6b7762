# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules blocked on the kernel's command line as well, on request. Private to the collection.

The initramfs is enough where it can be rebuilt; the command line also holds for one that cannot.
"""

from __future__ import annotations

from typing import Any, Dict, Mapping, Optional, Sequence

from .types import Observed, Part

PATH = "/etc/default/grub.d/baremetal-gpu-nouveau.cfg"
_VARIABLE = "nouveau_kernel_arguments"


def content(modules: Sequence[str]) -> str:
    return 'GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX modprobe.blacklist={}"\n'.format(",".join(modules))


def compare(part: Part, observed: Observed, modules: Sequence[str], *, wanted: bool) -> Dict[str, Any]:
    """What GRUB has to be told, by a drop-in of ours or by grubby; and whether this boot was told."""
    family = observed["os"]["family"]
    own: Mapping[str, str] = observed.get("own_files") or {}
    text: Optional[str] = content(modules) if wanted and family == "debian" else None
    blocked = (observed["modprobe"].get("command_line") or {}).get("blacklist") or ()
    missing = [module for module in modules if module not in blocked] if wanted else []
    if wanted and family not in ("debian", "redhat"):
        part.refuse(
            "kernel arguments",
            value=True,
            why="only GRUB on Debian, Ubuntu and Enterprise Linux is known, and this is " + observed["os"]["pretty"],
            remedy=f"set {_VARIABLE} to false, and the boot loader by other means",
        )
        missing = []
    if own.get(PATH) != text:
        part.drift(
            PATH,
            want="present" if text else "absent",
            have="absent" if PATH not in own else "other text" if text else "present",
            why=f"{_VARIABLE} is {str(wanted).lower()}",
        )
    if missing:
        part.drift(
            "kernel command line",
            want="modprobe.blacklist=" + ",".join(modules),
            have="not blocked: " + ", ".join(missing),
            why=f"{_VARIABLE} is true",
            needs_reboot=True,
        )
    names = ",".join(modules)
    arguments = f"rd.driver.blacklist={names} modprobe.blacklist={names}"
    return {
        "path": PATH,
        "content": text,
        "grub": own.get(PATH) != text,
        "grubby": arguments if missing and family == "redhat" else None,
    }
