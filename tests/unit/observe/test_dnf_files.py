# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""dnf's repositories, keys, streams, and what an interrupted upgrade leaves in rpm's database."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Dict

from ansible_collections.baremetal.gpu.plugins.module_utils._observe import dnf_files, packages, sources
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.context import Context
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.rpm import QUERY

from ..apt.repositories import KEYS, ONE
from .fakes import FakeRunner, make_root, out

REPO = "[nvidia-driver]\nbaseurl=https://mirror/rhel9\ngpgcheck=1\nrepo_gpgcheck=0\ngpgkey=file:///etc/pki/k https://other\n"
STREAM = "[nvidia-driver]\nname=nvidia-driver\nstream=580-open\nstate=enabled\n"


def test_repositories_and_their_keys(tmp_path: Path) -> None:
    files: Dict[str, str | bytes | None] = {
        "/etc/yum.repos.d/nvidia-driver.repo": REPO,
        "/etc/yum.repos.d/old.repo.rpmsave": "[x]\n",
        "/etc/pki/k": (KEYS / "one.asc").read_bytes(),
    }
    look = Context(make_root(tmp_path, files), FakeRunner({}))
    (one,) = dnf_files.repositories(look)
    assert (one.path, one.uris, one.signed_by) == (
        "/etc/yum.repos.d/nvidia-driver.repo",
        ("https://mirror/rhel9",),
        "/etc/pki/k https://other",
    )
    assert (one.enabled, one.package_check, one.metadata_check) == (True, True, False)
    assert one.sha256 == hashlib.sha256(REPO.encode()).hexdigest()
    assert [(key.path, key.fingerprints) for key in sources.keys(look, (one,))] == [("/etc/pki/k", (ONE,))]


def test_streams(tmp_path: Path) -> None:
    files = {"/etc/dnf/modules.d/nvidia-driver.module": STREAM, "/etc/dnf/modules.d/README": STREAM.replace("580", "1")}
    look = Context(make_root(tmp_path, files), FakeRunner({}))
    assert dnf_files.streams(look) == {"nvidia-driver": "580-open"}


def _row(name: str, version: str, arch: str = "x86_64") -> str:
    return f"{name}\t3\t{version}\t1.el9\t{arch}\tNVIDIA\t{name}-1-1.src.rpm\t1000\n"


def test_both_versions_of_a_package(tmp_path: Path) -> None:
    files = {"/usr/bin/rpm": "", "/usr/bin/dnf": "", "/etc/os-release": "ID=rocky\nID_LIKE='rhel fedora'\n"}
    rows = [
        _row("libnvidia-ml", "580.159.04"),
        _row("libnvidia-ml", "580.173.02"),
        _row("nvidia-driver-libs", "580.173.02"),
        _row("nvidia-driver-libs", "580.173.02", "i686"),
        _row("kernel-core", "5.14"),
        _row("kernel-core", "5.15"),
    ]
    look = Context(make_root(tmp_path, files), FakeRunner({" ".join(QUERY): out("".join(rows))}))
    seen = packages.packages(look, packages.database(look))
    assert seen.manager == "dnf"
    assert seen.broken == ("libnvidia-ml",)
