# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Device ids of boards that are in data centres."""

from __future__ import annotations

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._compat.architectures import ARCHITECTURES
from ansible_collections.baremetal.gpu.plugins.module_utils._compat.gpus import DEVICE_BLOCKS, architecture


@pytest.mark.parametrize(
    ("device", "wanted"),
    [
        ("102d", "kepler"),  # K80
        ("13f2", "maxwell"),  # M60
        ("15f8", "pascal"),  # P100
        ("1b38", "pascal"),  # P40
        ("1db4", "volta"),  # V100
        ("1eb8", "turing"),  # T4
        ("20b0", "ampere"),  # A100
        ("2235", "ampere"),  # A40
        ("2330", "hopper"),  # H100
        ("2335", "hopper"),  # H200
        ("26b9", "ada"),  # L40S
        ("27b8", "ada"),  # L4
        ("2901", "blackwell"),  # B200
        ("2941", "blackwell"),  # GB200
        ("2bb5", "blackwell"),  # RTX PRO 6000 Server
        ("3182", "blackwell"),  # B300
        ("0000", None),
        ("ffff", None),
    ],
)
def test_boards(device: str, wanted: str | None) -> None:
    assert architecture(device) == wanted


def test_blocks_do_not_overlap_and_name_known_architectures() -> None:
    blocks = sorted(DEVICE_BLOCKS)
    assert all(first <= last for first, last, _name in blocks)
    assert all(one[1] < other[0] for one, other in zip(blocks, blocks[1:]))
    # A superchip's GPU is of its chip's architecture, and only its driver differs.
    assert {name for _first, _last, name in blocks} == set(ARCHITECTURES) - {"grace_hopper"}
