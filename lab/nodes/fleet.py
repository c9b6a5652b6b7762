# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's own four nodes."""

from __future__ import annotations

import ipaddress

from lab import SUBNET
from lab.nodes.node import Node


def address(number: int) -> str:
    """The lab's address of this number."""
    return str(ipaddress.ip_network(SUBNET)[number])


FLEET = {
    node.name: node
    for node in (
        Node("debian-h100", "debian12", "h100-sxm*8+nvswitch*4", address(11)),
        Node("ubuntu-l40s", "ubuntu24", "l40s*2", address(12)),
        Node("ubuntu-t4-docker", "ubuntu24-docker", "t4", address(13)),
        Node("no-gpu", "debian12", "", address(14)),
    )
}
