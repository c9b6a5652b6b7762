# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of this folder."""

from __future__ import annotations

from .fixtures import containerd_node, docker_node, node_root

__all__ = ["containerd_node", "docker_node", "node_root"]
