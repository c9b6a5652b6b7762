# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's nodes: images, containers, hardware, reboot."""

from __future__ import annotations

from lab.nodes.node import Node, boot_id, create, destroy, exists, parse, reboot, reset, run, wait_until_up

__all__ = ["Node", "boot_id", "create", "destroy", "exists", "parse", "reboot", "reset", "run", "wait_until_up"]
