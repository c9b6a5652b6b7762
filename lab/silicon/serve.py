# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Serves the published repositories; the folder may be replaced while it runs."""

from __future__ import annotations

import functools
import http.server
import sys

from lab.silicon.repository import PUBLISHED


def main() -> None:
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(PUBLISHED))
    http.server.ThreadingHTTPServer((sys.argv[1], int(sys.argv[2])), handler).serve_forever()


if __name__ == "__main__":
    main()
