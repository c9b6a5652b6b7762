# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small files of ours that come and go with packages. Private to the collection."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Sequence

from ._errors import GpuError
from ._runtime.files import FileChange, changes, read, write


def place(files: Sequence[Mapping[str, Any]], *, dry: bool) -> List[FileChange]:
    """What differs, and is written unless only looked at."""
    found = changes([FileChange(str(one["path"]), read(str(one["path"])), one["content"]) for one in files])
    for change in () if dry else found:
        try:
            write(change.path, change.after)
        except OSError as error:
            raise GpuError(f"{change.path} cannot be written: {error.strerror}. It is as it was") from error
    return found


def diff_of(change: FileChange) -> Dict[str, str]:
    return {
        "before_header": change.path,
        "after_header": change.path,
        "before": change.before or "",
        "after": change.after or "",
    }
