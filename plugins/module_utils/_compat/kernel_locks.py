# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What keeps a driver's kernels: a file of pins for apt, rules with a comment for dnf. Private to the collection.

Neither holds nor bare rules: so ours are told from those of others, and go without them.
"""

from __future__ import annotations

import re
from typing import Iterable, Tuple

PATH = "/etc/apt/preferences.d/baremetal-gpu-kernel.pref"
_RELEASE = re.compile(r"-\d+\.\d+\.\d+")


def content(packages: Iterable[Tuple[str, str]]) -> str:
    """Of names and versions: the metapackages that would bring another kernel.

    Packages with a kernel's release in their name come in no other version.
    """
    meta = {name: version for name, version in sorted(packages) if not _RELEASE.search(name)}
    return "\n".join(
        f"Package: {name}\nPin: version {version}\nPin-Priority: 1001\n" for name, version in sorted(meta.items())
    )


def rule(text: str) -> str:
    """A rule as it stands in versionlock's list, or as a look tells it of versionlock.toml."""
    return text.replace(", evr = ", "-").replace(".*", "")


def rules(packages: Iterable[Tuple[str, str]]) -> Tuple[str, ...]:
    """Of names and versions, each as name-epoch:version-release: a rule allows what it names, and no other version."""
    return tuple(sorted({f"{name}-{version if ':' in version else '0:' + version}" for name, version in packages}))
