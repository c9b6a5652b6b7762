# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node to spoil and look at."""

from __future__ import annotations

from pathlib import Path

import pytest

from .looking import Node


@pytest.fixture
def gpu_node(tmp_path: Path) -> Node:
    return Node(tmp_path)
