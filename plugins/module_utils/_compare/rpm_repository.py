# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A package source as a .repo file. Private to the collection."""

from __future__ import annotations

from typing import Any, Mapping, Optional

from .types import Observed

PATHS = {"dnf": "/etc/yum.repos.d/{}.repo", "zypper": "/etc/zypp/repos.d/{}.repo"}
KEY_PATH = "/etc/pki/rpm-gpg/RPM-GPG-KEY-{}"
TOOLKIT_URI = "https://nvidia.github.io/libnvidia-container/stable/rpm/$basearch"
_CHECKS = {"driver": (True, False), "toolkit": (False, True)}
"""Whether packages, and whether metadata are signed: the toolkit's packages are not."""


def render(source: Mapping[str, Any], manager: str) -> str:
    """One section; its key is a file that was compared with the fingerprint."""
    packages, metadata = _CHECKS[source["prefix"]]
    return (
        "[{name}]\nname={name}\nbaseurl={uri}\nenabled=1\ngpgcheck={0:d}\nrepo_gpgcheck={1:d}\ngpgkey=file://{key_path}\n{2}"
    ).format(packages, metadata, "autorefresh=1\ntype=rpm-md\n" if manager == "zypper" else "", **source)


def wrong(observed: Observed, source: Mapping[str, Any]) -> Optional[str]:
    """What is wrong with the source's file on the node, or None."""
    found = [one for one in observed["repositories"] if one["path"] == source["path"]]
    if not found:
        return "absent"
    have = found[0]
    is_ = (
        [uri.rstrip("/") for uri in have["uris"]],
        have["enabled"],
        (bool(have["package_check"]), bool(have["metadata_check"])),
        have["signed_by"],
    )
    want = ([source["uri"].rstrip("/")], True, _CHECKS[source["prefix"]], source["key_path"])
    if len(found) > 1 or is_ != want:
        words = (" ".join([*one["uris"], "" if one["enabled"] else "disabled"]).strip() for one in found)
        return "; ".join(sorted(words)) + " with other checks or another key"
    return None
