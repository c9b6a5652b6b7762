# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stand-in for nv-fabricmanager: runs on NVSwitch systems whose driver has its own version."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

VERSION = "@VERSION@"
RUN = Path("/run/nvidia-fabricmanager")


def main() -> int:
    lines = [line.split("\t") for line in Path("/run/silicon/state").read_text().splitlines()]
    driver = next((line[1] for line in lines if line[0] == "driver"), "")
    switches = next((int(line[1]) for line in lines if line[0] == "switches"), 0)
    if not driver or not switches:
        why = "WARNING Nothing to do [NV_WARN_NOTHING_TO_DO]"
        said = f"request to query NVSwitch device information from NVSwitch driver failed with error:{why}"
        print(said, file=sys.stderr)
        return 1
    if driver != VERSION:
        said = f"fabric manager NVIDIA GPU driver interface version {VERSION} don't match with driver version {driver}."
        print(said, "Please update with matching NVIDIA driver package.", file=sys.stderr)
        return 1
    RUN.mkdir(mode=0o755, exist_ok=True)
    child = os.fork()
    if child:
        (RUN / "nv-fabricmanager.pid").write_text(f"{child}\n")
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
