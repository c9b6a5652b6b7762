# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What brings a new kernel's headers with it, so that DKMS builds the driver's module. Private to the collection.

Source: the metapackages of Debian's and Ubuntu's kernels; kernel.spec of Fedora and Enterprise Linux, of whose packages
an upgrade brings the newest one beside those that are there.
"""

from __future__ import annotations

import re
from typing import Collection, Dict, Tuple

from .rpm_names import IMAGE

_DEB = re.compile(r"linux-image-(?!\d|extra-|unsigned-)(?P<flavour>.+)(?<!-dbg)")


def followers(name: str) -> Tuple[str, ...]:
    """Packages of which one brings the headers of every kernel that this one brings; nothing if it brings none."""
    deb, rpm = _DEB.fullmatch(name), IMAGE.fullmatch(name)
    if rpm:
        return (f"{rpm[1]}-devel-matched", f"{rpm[1]}-devel")
    return (f"linux-headers-{deb['flavour']}",) if deb else ()


def unfollowed(installed: Collection[str]) -> Dict[str, Tuple[str, ...]]:
    """Of these packages those that bring kernels without headers, with what would bring them."""
    found = {name: followers(name) for name in sorted(installed)}
    return {name: wanted for name, wanted in found.items() if wanted and not any(one in installed for one in wanted)}
