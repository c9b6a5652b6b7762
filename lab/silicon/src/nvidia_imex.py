# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stand-in for nvidia-imex: runs where the driver is loaded and the list of nodes has one."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

NODES = Path("/etc/nvidia-imex/nodes_config.cfg")


def main() -> int:
    if not Path("/proc/driver/nvidia/version").exists():
        print("Failed to open the NVIDIA driver.", file=sys.stderr)
        return 1
    if not NODES.exists() or not NODES.read_text().strip():
        print(f"No IP addresses were found in the node configuration file {NODES}.", file=sys.stderr)
        return 1
    if os.fork():
        return 0
    os.setsid()
    # Only the path: no driver of this machine's answers behind the device.
    _held = [os.open(path, os.O_PATH) for path in sorted(Path("/dev").glob("nvidia[0-9c]*"))]
    for stream in (0, 1, 2):
        os.dup2(os.open(os.devnull, os.O_RDWR), stream)
    signal.signal(signal.SIGTERM, lambda *_args: os._exit(0))
    while True:
        signal.pause()


sys.exit(main())
