# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""This machine's apt: installs what is missing, and says where packages come from, for the lab to use the same."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from lab import LabError
from lab.host.process import run
from lab.host.progress import say, step

SETTINGS = ("Acquire::http::Proxy", "Acquire::https::Proxy", "Acquire::Check-Valid-Until", "Acquire::Check-Date")


def install(wanted: Iterable[str], why: str, again: str = "") -> list[str]:
    """Announced, and without recommended packages; those of the wanted that the archive has, its names differ."""
    wanted = sorted(set(wanted))
    if shutil.which("apt-get") is None:
        raise LabError(why, f"needed and missing here: {', '.join(wanted)}; this machine has no apt-get", again)
    if os.geteuid() != 0:
        raise LabError(why, "installing packages needs root", f"sudo apt-get install {' '.join(wanted)}")
    with step("refreshing apt's lists", "5 s"):
        run(["apt-get", "update"], why)
    known = set(run(["apt-cache", "pkgnames"], why).split())
    packages = [package for package in wanted if package in known]
    if not packages:
        raise LabError(why, f"apt's archive has no {', '.join(wanted)}", again)
    say(f"installing with apt on this machine: {' '.join(packages)}")
    with step("apt-get install", "20 s"):
        run(
            ["apt-get", "--option=DPkg::Lock::Timeout=600", "install", "--yes", "--no-install-recommends", *packages],
            why,
            env={"DEBIAN_FRONTEND": "noninteractive"},
        )
    return packages


def mirror() -> str | None:
    """This machine's archive of Debian; None where it is no Debian, then debootstrap's own default holds."""
    return next((uri for uri, release in _targets() if "-" not in release), None)


def sources(suite: str, tree: Path) -> str:
    """sources.list for a node of that suite; `tree` is what debootstrap made, which says what it used."""
    found = _targets()
    archive = mirror() or re.findall(r"^deb (\S+)", (tree / "etc/apt/sources.list").read_text(), re.MULTILINE)[0]
    security = next((uri for uri, release in found if release.endswith("-security")), archive.rstrip("/") + "-security")
    lines = [
        f"deb {archive} {suite} main",
        f"deb {archive} {suite}-updates main",
        f"deb {security} {suite}-security main",
    ]
    return "\n".join(lines) + "\n"


def settings() -> str:
    """The part of this machine's apt configuration that a node needs to reach the archive as well."""
    dump = run(["apt-config", "dump"], "reading this machine's apt configuration").splitlines()
    lines = [line for line in dump if line.startswith(SETTINGS) and '""' not in line]
    proxy = os.environ.get("http_proxy")
    if proxy and not any("http::Proxy" in line for line in lines):
        lines.append(f'Acquire::http::Proxy "{proxy}";')
    return "\n".join(lines) + "\n"


def _targets() -> list[tuple[str, str]]:
    """(URI, release) of the Debian sources of this machine, as apt itself lists them."""
    fields = ["$(REPO_URI)", "$(CODENAME)", "$(SUITE)", "$(ORIGIN)"]
    listing = run(
        ["apt-get", "indextargets", "--format", " ".join(fields), "Identifier: Packages"],
        "reading this machine's package sources",
    )
    rows = [line.split() for line in listing.splitlines()]
    return [(row[0].rstrip("/"), row[1]) for row in rows if len(row) >= 4 and row[3] == "Debian"]
