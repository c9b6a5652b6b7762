# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether an initramfs holds the modprobe configuration that is on disk, as far as GPUs are concerned.

Private to the collection.
"""

from __future__ import annotations

from typing import Any, Dict, Mapping, Optional

_PREFIXES = ("nvidia", "nouveau", "nova")
DRACUT_PATH = "/etc/dracut.conf.d/baremetal-gpu.conf"
DRACUT_CONTENT = """\
# An image that is for any host (hostonly=no) leaves /etc/modprobe.d out, and the GPUs' settings with it.
install_optional_items+=" $(grep -lsE '{}' /etc/modprobe.d/*.conf | tr '\\n' ' ') "
""".format("|".join(_PREFIXES))
"""dracut reads it as bash."""


def _ours(module: str) -> bool:
    return module.startswith(_PREFIXES)


def gpu_lines(configuration: Mapping[str, Any]) -> str:
    """What concerns GPU modules, one sorted line each; the same text means the same effect."""
    lines = [f"blacklist {module}" for module in configuration["blacklist"] if _ours(module)]
    lines += [f"install {m} {command}" for m, command in configuration["install"].items() if _ours(m)]
    options: Dict[str, Mapping[str, str]] = configuration["options"]
    lines += [f"options {m} {k}={v}" for m, o in options.items() if _ours(m) for k, v in o.items()]
    return "".join(line + "\n" for line in sorted(lines))


def stale(disk: Mapping[str, Any], image: Optional[Mapping[str, Any]]) -> bool:
    return image is None or gpu_lines(disk) != gpu_lines(image)
