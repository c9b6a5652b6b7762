# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signing keys that are files on the controller. Private to the collection."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ansible_collections.baremetal.gpu.plugins.module_utils._errors import GpuError

if TYPE_CHECKING:
    from collections.abc import Mapping


def with_key(source: Mapping[str, Any]) -> dict[str, Any]:
    """A planned source with the key's text in place of its path; an address stays one."""
    key = str(source["key"])
    variables = f"nvidia_repository_{source['prefix']}"
    if key and not key.startswith(("http://", "https://")):
        try:
            key = Path(key).expanduser().read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError) as error:
            raise GpuError(
                f"{variables}_key: {key} is neither an URL nor a readable ASCII-armored key on the controller: {error}"
            ) from error
    written = {name: source[name] for name in ("path", "content", "key_path", "fingerprint")}
    return {**written, "key": key, "variables": variables}
