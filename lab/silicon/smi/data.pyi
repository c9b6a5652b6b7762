# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the packing writes into each nvidia-smi."""

from typing import Any

VERSION: str
CUDA: str
FIELDS: list[list[str]]
GPU_XML: list[Any]
GPU_TEXT: list[str]
HELP: str
