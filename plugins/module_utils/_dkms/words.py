# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What DKMS says of the driver's modules. Private to the collection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterable, List

from .._observe.context import Context
from .._observe.dkms import dkms

if TYPE_CHECKING:
    from .._observe.driver_types import DkmsModule
    from .._root import Root
    from .._runner import Runner

_LINES = 15


def words(modules: Iterable[DkmsModule]) -> List[str]:
    """Its status, one sentence per module and kernel."""
    found = []
    for module in modules:
        where = f" for {module.kernel}" if module.kernel else ""
        why = f" ({module.why})" if module.why else ""
        found.append(f"dkms: {module.name}/{module.version}{where} {module.state}{why}")
    return found


def failures(root: Root, runner: Runner) -> List[str]:
    """The end of the log of each build that failed; nothing where none did."""
    found = []
    for module in dkms(Context(root, runner)):
        path = f"/var/lib/dkms/{module.name}/{module.version}/build/make.log"
        log = root.text(path) if module.state == "failed" else None
        if log is not None:
            end = [line.rstrip() for line in log.splitlines() if line.strip()][-_LINES:]
            found.append("the end of {}:\n{}".format(path, "\n".join(end)))
    return found
