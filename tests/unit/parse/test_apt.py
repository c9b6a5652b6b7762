# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What apt says of versions, and of what it would do."""

from __future__ import annotations

from ansible_collections.baremetal.gpu.plugins.module_utils._parse.apt import (
    Install,
    Transaction,
    parse_madison,
    parse_simulation,
    upstream,
)


def test_versions_in_the_order_of_apt() -> None:
    text = (
        "nvidia-open | 580.2-1 | http://x y Packages\nnvidia-open | 580.2-1 | http://z y Packages\n"
        "nvidia-open | 580.1-1 | http://x y Packages\n | 1 | nothing\nN: a note\n"
    )
    assert parse_madison(text) == {"nvidia-open": ["580.2-1", "580.1-1"]}


def test_what_an_installation_would_do() -> None:
    text = (
        "NOTE: This is only a simulation!\nInst libc6:amd64 [2.1] (2.2 Debian:12 [amd64])\n"
        "Inst nvidia-open (580.2-1 x:y [all])\nRemv nouveau-firmware [1]\nConf nvidia-open (580.2-1 x:y [all])\n"
    )
    assert parse_simulation(text) == Transaction(
        (Install("libc6", "2.1", "2.2"), Install("nvidia-open", None, "580.2-1")), ("nouveau-firmware",)
    )


def test_upstream_versions() -> None:
    assert [upstream(version) for version in ("1:580.2-1", "580.2-0ubuntu1", "580.2")] == ["580.2"] * 3
