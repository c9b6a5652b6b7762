# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CRI-O's files, merged."""

from __future__ import annotations

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import ParseError
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.crio import parse_crio

MAIN = """
[crio.runtime]
default_runtime = "runc"
cdi_spec_dirs = ["/etc/cdi"]
[crio.runtime.runtimes.runc]
runtime_path = "/usr/bin/runc"
monitor_path = "x"
[crio.runtime.runtimes.crun]
"""
DROPIN = """
[crio.runtime]
default_runtime = "crun"
[crio.runtime.runtimes.nvidia]
runtime_path = "/usr/bin/nvidia-container-runtime"
[crio.runtime.runtimes.runc]
runtime_type = "oci"
"""


def test_later_files_win_by_value_and_by_whole_handler() -> None:
    seen = parse_crio([MAIN, DROPIN])
    assert seen.default_handler == "crun"
    assert seen.handlers == {"runc": None, "crun": None, "nvidia": "/usr/bin/nvidia-container-runtime"}
    assert seen.cdi_directories == ("/etc/cdi",)
    assert parse_crio([DROPIN, MAIN]).default_handler == "runc"


@pytest.mark.parametrize(
    "text", ["", "crio = 5\n", '[crio.runtime]\ndefault_runtime = ""\nruntimes = 1\ncdi_spec_dirs = "x"\n', "[crio]\n"]
)
def test_what_says_nothing(text: str) -> None:
    seen = parse_crio([text])
    assert (seen.handlers, seen.default_handler, seen.cdi_directories) == ({}, None, None)
    assert parse_crio([]) == seen


def test_a_handler_of_the_wrong_type() -> None:
    text = "[crio.runtime.runtimes]\na = 5\n[crio.runtime.runtimes.b]\nruntime_path = 5\n"
    assert parse_crio([text]).handlers == {"a": None, "b": None}


def test_what_is_no_toml() -> None:
    with pytest.raises(ParseError, match="line 1"):
        parse_crio(["= 5"])
