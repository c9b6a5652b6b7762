# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of DKMS and of NVIDIA's installer."""

from __future__ import annotations

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.dkms import (
    parse_certificate_path,
    parse_installer_log,
    parse_make_log,
)


@pytest.mark.parametrize(
    ("text", "kernel", "why"),
    [
        (
            "DKMS make.log for nvidia-580.159.04 for kernel 6.1.0-41-amd64 (x86_64)\nmake: x\n"
            "nv.c:5:1: error: implicit declaration of 'f'\nmake[1]: *** [nv.o] Error 1\n",
            "6.1.0-41-amd64",
            "nv.c:5:1: error: implicit declaration of 'f'",
        ),
        (
            "DKMS (dkms-3.2.0) make.log for nvidia/580 for kernel 6.8.0 (x86_64)\nTue Nov\nKilled\n\n",
            "6.8.0",
            "Killed",
        ),
        ("", None, "an empty make.log"),
        ("x" * 300, None, "x" * 200),
    ],
)
def test_make_log(text: str, kernel: str | None, why: str) -> None:
    assert parse_make_log(text) == (kernel, why)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", None),
        ("# mok_certificate=/a\n", None),
        ("mok_certificate=/var/lib/shim-signed/mok/MOK.der\n", "/var/lib/shim-signed/mok/MOK.der"),
        ("mok_certificate=\"/a\"\n  mok_certificate='/b' # x\n", "/b"),
    ],
)
def test_certificate_path(text: str, wanted: str | None) -> None:
    assert parse_certificate_path(text) == wanted


def test_installer_log() -> None:
    text = "nvidia-installer log file '/var/log/nvidia-installer.log'\ninstaller version: 535.161.07\n"
    assert parse_installer_log(text) == "535.161.07"
    assert parse_installer_log("installer version: none\n") is None
