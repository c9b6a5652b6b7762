# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of DKMS and of NVIDIA's own installer. Private to the collection."""

from __future__ import annotations

import re

_FOR_KERNEL = re.compile(r"make\.log for \S+ for kernel (\S+)")
_ERROR = re.compile(r"^.*\b(?:error|fatal)\b.*$", re.MULTILINE | re.IGNORECASE)
_CERTIFICATE = re.compile(r"^[ \t]*mok_certificate=[\"']?([^\s\"'#]+)", re.MULTILINE)
_INSTALLER = re.compile(r"^installer version:\s*(\d[\d.]*\d)", re.MULTILINE)


def parse_make_log(text: str) -> tuple[str | None, str]:
    """The kernel that was built for, and the first error, else the last words."""
    kernel, error = _FOR_KERNEL.search(text), _ERROR.search(text)
    lines = text.split("\n") if error is None else [error.group(0)]
    words = [line.strip() for line in lines if line.strip()] or ["an empty make.log"]
    return kernel.group(1) if kernel else None, words[-1][:200]


def parse_certificate_path(text: str) -> str | None:
    """mok_certificate of framework.conf and its drop-ins in one text; None where DKMS uses its own."""
    found = _CERTIFICATE.findall(text)
    return found[-1] if found else None


def parse_installer_log(text: str) -> str | None:
    """The version that nvidia-installer was of."""
    match = _INSTALLER.search(text)
    return match.group(1) if match else None
