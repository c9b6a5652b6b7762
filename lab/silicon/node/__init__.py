# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the node image gets of the silicon."""

from __future__ import annotations

from pathlib import Path

from lab.silicon.ship import CAPTURE, package

HERE = Path(__file__).parent
LIBRARY = "/usr/lib/silicon"
WRAPPER = """#!/bin/sh
# Stand-in: modules that bind NVIDIA cards are played, everything else is real.
for word in "$@"; do
  case $word in
    --show-depends|-D|-n|--dry-run|-c|--showconfig|--show-modversions|--resolve-alias|-R)
      exec /usr/sbin/{name}.real "$@" ;;
  esac
done
for word in "$@"; do
  case $word in
    nvidia|nvidia[-_]*|nouveau|nova|nova[-_]*) exec /usr/lib/silicon/kernel {name} "$@" ;;
  esac
done
exec /usr/sbin/{name}.real "$@"
"""


def _params() -> str:
    text = (CAPTURE / "node.txt").read_text()
    section = text.split("===== /proc/driver/nvidia/params\n", 1)[1].split("=====", 1)[0]
    ours = {
        "NvLinkDisable: 1": "NvLinkDisable: 0",
        "RmProfilingAdminOnly: 0": "RmProfilingAdminOnly: 1",
        # With 1 the real runtime's hook masks the file in the container's own /proc, where no stand-in can put it.
        "ModifyDeviceFiles: 1": "ModifyDeviceFiles: 0",
    }
    for captured, default in ours.items():
        section = section.replace(captured, default)
    return section


def node_files() -> dict[str, tuple[bytes, int]]:
    """Path → content and mode."""
    names = ("models", "node/kernel", "node/devices", "node/inuse", "node/loader", "node/modconf", "node/state")
    files = {f"{LIBRARY}/{path}": (content, 0o644) for path, content in package(*names).items()}
    start = f'#!/bin/sh\nPYTHONPATH={LIBRARY} exec python3 -P -m lab.silicon.node.kernel "$@"\n'
    files[f"{LIBRARY}/kernel"] = (start.encode(), 0o755)
    files[f"{LIBRARY}/params"] = (_params().encode(), 0o644)
    files["/etc/systemd/system/silicon-boot.service"] = ((HERE / "silicon-boot.service").read_bytes(), 0o644)
    for name in ("modprobe", "rmmod"):
        files[f"{LIBRARY}/{name}"] = (WRAPPER.format(name=name).encode(), 0o755)
    return files


def node_setup() -> str:
    """Shell, for the image's build: the real modprobe and rmmod stay beside the played ones."""
    lines = [
        f"dpkg-divert --quiet --local --rename --divert /usr/sbin/{name}.real --add /usr/sbin/{name} && "
        f"ln -sf {LIBRARY}/{name} /usr/sbin/{name}"
        for name in ("modprobe", "rmmod")
    ]
    return " && ".join([*lines, "systemctl enable --quiet silicon-boot.service"])
