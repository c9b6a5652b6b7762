# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian's own driver: its sections beside those that a node reads already. Private to the collection."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional, Set

from .types import Observed

COMPONENTS = ("contrib", "non-free", "non-free-firmware")
ORIGINAL = "http://deb.debian.org/debian"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


def _reads(observed: Observed, suite: str, ours: str) -> List[Mapping[str, Any]]:
    """The node's own sources of a suite, in an order that does not depend on the look's."""
    found = [one for one in observed["repositories"] if one["enabled"] and suite in one["suites"] and one["uris"]]
    return sorted((one for one in found if one["path"] != ours), key=lambda one: (one["path"], one["uris"]))


def archive(observed: Observed, ours: str) -> Optional[Dict[str, Any]]:
    """What the file `ours` has to say, or None where the node's own sources have the sections already.

    Taken from the source that the node has its main section from: a second value of Signed-By for one archive makes
    apt refuse both.
    """
    suite = observed["os"]["codename"]
    if not suite:
        return None
    reads = _reads(observed, suite, ours)
    sections: Set[str] = {name for one in reads for name in one["components"]}
    if sections.issuperset(COMPONENTS):
        return None
    base = next((one for one in reads if "main" in one["components"]), None)
    uri = base["uris"][0] if base else ORIGINAL
    updates = f"{suite}-updates"
    same = [one for one in _reads(observed, updates, ours) if uri in one["uris"]]
    return {
        "uri": uri,
        "suites": [suite, *([updates] if same else [])],
        "components": list(COMPONENTS),
        "key_path": (base["signed_by"] if base else KEYRING) or "",
    }
