# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The drivers of the kernel's own that would take the GPU first. Private to the collection."""

from __future__ import annotations

from typing import Any, List, Mapping, Optional, Tuple

from . import cmdline
from .types import AS_IT_IS, Observed, Options, Part

COMPONENT = "nouveau"
BLOCKED: Tuple[str, ...] = ("nouveau", "nova_core", "nova", "nova_drm")
"""nova_core binds Turing and later at boot from Linux 6.15 on; what stands on it is called nova, later nova_drm."""
PATH = "/etc/modprobe.d/baremetal-gpu-nouveau.conf"
CONTENT = "".join(f"blacklist {module}\n" for module in BLOCKED) + "options nouveau modeset=0\n"


def _missing(configuration: Optional[Mapping[str, Any]]) -> List[str]:
    listed = (configuration or {}).get("blacklist", [])
    return [module for module in BLOCKED if module not in listed]


def compare(options: Options, observed: Observed) -> Part:
    """Blocked on disk, blocked in the initramfs that boots next, and not loaded; or our file gone from both."""
    part = Part(COMPONENT)
    present = options["state"] == "present"
    disk, image = observed["modprobe"]["disk"], observed["modprobe"]["image"]
    # Blocked by another's hand they stay so, without a file of ours beside that.
    by_others = present and not _missing(disk) and PATH not in disk["files"]
    part.actions = {"state": AS_IT_IS if by_others else options["state"], "path": PATH, "content": CONTENT}
    if present:
        _compare_present(part, options, disk, image, observed)
    elif PATH in disk["files"]:
        part.drift(PATH, want="absent", have="present", why="nouveau_state is absent")
    if not present and image and PATH in image["files"]:
        part.drift("initramfs " + image["path"], want="without " + PATH, have="holds it", why="nouveau_state is absent")
    part.actions["arguments"] = cmdline.compare(
        part, observed, BLOCKED, present=present, asked=options["kernel_arguments"]
    )
    part.actions["initramfs"] = any(drift.subject.startswith("initramfs") for drift in part.drifts)
    return part


def _compare_present(
    part: Part, options: Options, disk: Mapping[str, Any], image: Optional[Mapping[str, Any]], observed: Observed
) -> None:
    missing = _missing(disk)
    if missing:
        part.drift(
            "modprobe configuration",
            want="blocked",
            have="not blocked: " + ", ".join(missing),
            why="the module would take the GPU at boot",
        )
    if image:
        # dracut leaves /etc/modprobe.d out of an image that is for any host.
        entry = observed["modprobe"].get("next_command_line") if options["kernel_arguments"] is not False else None
        told = entry["blacklist"] if entry else ()
        missing = [module for module in _missing(image) if module not in told]
        if missing:
            part.drift(
                "initramfs " + image["path"],
                want="blocked",
                have="not blocked: " + ", ".join(missing),
                why="the kernel loads modules from the initramfs before it reads /etc/modprobe.d",
            )
    loaded = [module for module in BLOCKED if module in observed["modules"]["loaded"]]
    if loaded:
        part.drift(
            "loaded modules",
            want="none of " + ", ".join(BLOCKED),
            have=", ".join(loaded),
            why="a loaded module keeps the GPU until the next boot",
            needs_reboot=True,
        )
