# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated silicon: packages, nvidia-smi, libnvidia-ml, and the kernel that a node plays."""

from __future__ import annotations

from lab.silicon.node import node_files, node_setup

__all__ = ["node_files", "node_setup"]
