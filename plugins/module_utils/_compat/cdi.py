# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Since when container runtimes know CDI without being told. Private to the collection.

Source: the release notes of Docker Engine 28.2 and of containerd 2.0 and 2.4.
"""

from __future__ import annotations

from typing import Tuple

DOCKER_DEFAULT: Tuple[int, int] = (28, 2)
CONTAINERD_ALWAYS: Tuple[int, int] = (2, 4)
"""The setting is gone from the configuration, so its absence says nothing before."""
