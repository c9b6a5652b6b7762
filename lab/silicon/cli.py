# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m lab repo …`."""

from __future__ import annotations

import argparse

from lab import GATEWAY
from lab.host.progress import say
from lab.silicon import packages, repository


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m lab repo", description="The package repositories of the simulated silicon."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("build", help="build and publish every driver version")
    publish = commands.add_parser("publish", help="publish these driver versions only")
    publish.add_argument("versions", nargs="*", default=list(packages.VERSIONS), metavar="VERSION")
    serve = commands.add_parser("serve", help="serve over HTTP, in the background")
    serve.add_argument("--address", default=GATEWAY)
    serve.add_argument("--port", type=int, default=repository.PORT)
    commands.add_parser("stop", help="stop serving")
    commands.add_parser("status", help="what is published, and the key's fingerprint")
    given = parser.parse_args(argv)
    if given.command in ("build", "publish"):
        repository.build(getattr(given, "versions", packages.VERSIONS))
    elif given.command == "serve":
        repository.serve(given.address, given.port)
    elif given.command == "stop":
        repository.stop()
    published = repository.PUBLISHED / "versions"
    versions = published.read_text().split() if published.exists() else []
    say(
        f"published: {', '.join(versions) or 'nothing'}; served: {'yes' if repository.running() else 'no'}; "
        f"key {repository.fingerprint()}"
    )
    return 0
