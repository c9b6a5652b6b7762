# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands for the get-pip that ansible-test would fetch from its own server: runs the wheel of pip beside this file."""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(next(Path(__file__).resolve().parent.glob("pip-*.whl"))))
    from pip._internal.cli.main import main

    # Options of get-pip that pip does not have.
    words = [word for word in sys.argv[1:] if word not in ("--no-setuptools", "--no-wheel")]
    sys.exit(main(["install", *words]))
