# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where this collection keeps what a node has to remember. Private to the collection."""

from __future__ import annotations

FOLDER = "/var/lib/baremetal.gpu"
PROVEN = FOLDER + "/proven.json"
UPGRADE = FOLDER + "/upgrade.json"
BROUGHT = FOLDER + "/brought-{}.json"
"""What came beside the packages of a stack: driver, toolkit"""
