# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What nvidia-smi printed, read without a node."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible.errors import AnsibleFilterError
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import GpuError
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.smi import conclude, without_document
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.nvidia_smi_kinds import read_any
from ansible_collections.baremetal.gpu.plugins.module_utils._plain import plain

if TYPE_CHECKING:
    from collections.abc import Callable


def nvidia_smi(text: object, *, unparsed: bool = True) -> dict[str, Any]:
    """The dictionary that nvidia_smi_info returns as `smi`."""
    if not isinstance(text, str):
        raise AnsibleFilterError(f"baremetal.gpu.nvidia_smi: expected a text, found {type(text).__name__}")
    try:
        reading = read_any(text)
    except GpuError as error:
        raise AnsibleFilterError(f"baremetal.gpu.nvidia_smi: {error}") from error
    if reading.document is None:
        seen: dict[str, Any] = plain(without_document(reading.condition))
    else:
        seen = plain(conclude(reading.document, unparsed=unparsed))
    return seen


class FilterModule:
    """The collection's filter over texts of nvidia-smi."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"nvidia_smi": nvidia_smi}
