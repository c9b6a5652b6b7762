# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules for exact versions in versionlock's files, beside those of others."""

from __future__ import annotations

from ansible_collections.baremetal.gpu.plugins.module_utils._dnf.locks import list_text, toml_text
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.package_locks import (
    parse_versionlock_list,
    parse_versionlock_toml,
)

OURS = ("libnvidia-ml", "nvidia-driver-cuda")
NEW = [("libnvidia-ml", "3:580.173.02-1.el9"), ("nvidia-driver-cuda", "3:580.173.02-1.el9")]
THEIRS = "# Added on Mon\nkernel-core-0:5.14-1.el9.*\n!bash-0:5-1.*\nnvidia*\n"


def test_the_list() -> None:
    old = THEIRS + "libnvidia-ml-3:580.159.04-1.el9.*\nnvidia-driver-cuda-3:580.173.02-1.el9.*\n"
    new = list_text(old, OURS, NEW)
    assert new == THEIRS + "nvidia-driver-cuda-3:580.173.02-1.el9.*\nlibnvidia-ml-3:580.173.02-1.el9.*\n"
    assert list_text(new, OURS, NEW) == new
    assert list_text(new, OURS, []) == THEIRS
    assert list_text("", OURS, NEW[:1]) == "libnvidia-ml-3:580.173.02-1.el9.*\n"
    held = parse_versionlock_list(new)
    assert any(rule.holds("libnvidia-ml", 3, "580.173.02", "1.el9", "x86_64") for rule in held[1:])


BLOCK = '[[packages]]\nname = "{}"\n[[packages.conditions]]\nkey = "evr"\ncomparator = "{}"\nvalue = "{}"\n\n'


def test_the_toml() -> None:
    theirs = 'version = "1.0"\n\n' + BLOCK.format("bash", "=", "0:5-1") + BLOCK.format("libnvidia-ml", ">=", "3:570")
    old = theirs + BLOCK.format("libnvidia-ml", "=", "3:580.159.04-1.el9")
    new = toml_text(old, OURS, NEW)
    assert new.startswith(theirs.rstrip("\n"))
    assert "580.159.04" not in new
    rules = parse_versionlock_toml(new)
    assert [rule.evr for rule in rules] == ["0:5-1", None, "3:580.173.02-1.el9", "3:580.173.02-1.el9"]
    assert toml_text(new, OURS, NEW) == new
    assert parse_versionlock_toml(toml_text(new, OURS, [])) == rules[:2]
    assert len(parse_versionlock_toml(toml_text("", OURS, NEW))) == 2
