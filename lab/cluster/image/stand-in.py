# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stand-in for dcgm-exporter and mig-manager: answers on the exporter's port, and does nothing else."""

from __future__ import annotations

import http.server
import os
import signal


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"# stand-in\n")

    def log_message(self, *args: object) -> None:
        """Quiet."""


# A first process of a container ends on no signal that it does not ask for.
signal.signal(signal.SIGTERM, lambda *_args: os._exit(0))
http.server.ThreadingHTTPServer(("", 9400), Answer).serve_forever()
