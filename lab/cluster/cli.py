# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m lab cluster …`."""

from __future__ import annotations

from lab.cluster import build
from lab.host.progress import say


def main(argv: list[str]) -> int:
    if argv[:1] == ["build"]:
        return build.main(argv[1:])
    say("usage: python -m lab cluster build [GRAPH…]")
    return 2
