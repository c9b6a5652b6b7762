# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stand-in for nvidia-persistenced: runs while the driver is loaded, with persistence mode on unless told otherwise."""

from __future__ import annotations

import os
import pwd
import signal
import sys
import syslog
from pathlib import Path

RUN = Path("/run/nvidia-persistenced")


def main() -> int:
    mode, user, words = "on", "", sys.argv[1:]
    while words:
        word = words.pop(0)
        if word == "--no-persistence-mode":
            mode = "off"
        elif word == "--persistence-mode":
            mode = "on"
        elif word == "--user":
            user = words.pop(0)
        elif word not in ("--verbose", "-V"):
            print(f"nvidia-persistenced: unrecognized option '{word}'", file=sys.stderr)
            return 1
    syslog.openlog("nvidia-persistenced")
    if not Path("/proc/driver/nvidia/version").exists():
        syslog.syslog(
            "Failed to query NVIDIA devices. Please ensure that the NVIDIA device files (/dev/nvidia*) exist, and that "
            "user 0 has read and write permissions for those files."
        )
        print("nvidia-persistenced failed to initialize. Check syslog for more details.", file=sys.stderr)
        return 1
    RUN.mkdir(mode=0o755, exist_ok=True)
    child = os.fork()
    if child:
        (RUN / "nvidia-persistenced.pid").write_text(f"{child}\n")
        (RUN / "mode").write_text(mode + "\n")
        return 0
    os.setsid()
    # Only the path: no driver of this machine's answers behind the device.
    _held = [os.open(path, os.O_PATH) for path in sorted(Path("/dev").glob("nvidia[0-9c]*"))]
    for stream in (0, 1, 2):
        os.dup2(os.open(os.devnull, os.O_RDWR), stream)
    if user:
        entry = pwd.getpwnam(user)
        os.setgid(entry.pw_gid)
        os.setuid(entry.pw_uid)
    signal.signal(signal.SIGTERM, lambda *_args: os._exit(0))
    while True:
        signal.pause()


sys.exit(main())
