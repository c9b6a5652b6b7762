# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors with what was expected, what was found, and where. Private to the collection."""

from __future__ import annotations


class GpuError(Exception):
    """Base of every error that the collection raises on purpose."""


class ParseError(GpuError):
    """A text that is not in the expected format."""

    def __init__(self, what: str, where: str, why: str) -> None:
        super().__init__(f"{what}, {where}: {why}")
        self.what = what
        """What was read, for example `nvidia-smi -q -x`."""
        self.where = where
        """Line, offset or key."""
        self.why = why


class CommandError(GpuError):
    """A command that could not do what it was run for."""


class NotAvailableError(GpuError):
    """No package source has what was asked for."""
