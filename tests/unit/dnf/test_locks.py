# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules for exact versions in versionlock's files, beside those of others."""

from __future__ import annotations

from ansible_collections.baremetal.gpu.plugins.module_utils._dnf.locks import (
    kernel_list_text,
    kernel_toml_text,
    list_text,
    toml_text,
)
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


KERNELS = ["kernel-core-0:5.14.0-570.12.1.el9_6", "kernel-devel-matched-0:5.14.0-570.12.1.el9_6"]


def test_rules_for_kernels_are_ours_by_their_comment() -> None:
    """So that the same rule of somebody else stays; the driver's rules stay beside them."""
    made = kernel_list_text(THEIRS, KERNELS)
    assert made == THEIRS + "".join(f"# baremetal.gpu: kernel\n{rule}.*\n" for rule in KERNELS)
    assert kernel_list_text(made, KERNELS) == made
    assert kernel_list_text(made, ()) == THEIRS
    assert (
        kernel_list_text("# baremetal.gpu: kernel\n# Added on Mon\nbash-0:5-1.*\n", ())
        == "# Added on Mon\nbash-0:5-1.*\n"
    )
    assert kernel_list_text(list_text(made, OURS, NEW), ()) == list_text(THEIRS, OURS, NEW)
    assert [rule.comment for rule in parse_versionlock_list(made)] == [
        "Added on Mon",
        "",
        "baremetal.gpu: kernel",
        "baremetal.gpu: kernel",
    ]


def test_rules_for_kernels_in_toml() -> None:
    theirs = 'version = "1.0"\n\n' + BLOCK.format("kernel-core", "=", "0:5.14.0-570.12.1.el9_6")
    made = kernel_toml_text(theirs, KERNELS)
    assert [(rule.comment == "baremetal.gpu: kernel", rule.evr) for rule in parse_versionlock_toml(made)] == [
        (False, "0:5.14.0-570.12.1.el9_6"),
        (True, "0:5.14.0-570.12.1.el9_6"),
        (True, "0:5.14.0-570.12.1.el9_6"),
    ]
    assert kernel_toml_text(made, KERNELS) == made
    assert kernel_toml_text(made, ()).strip() == theirs.strip()
    assert len(parse_versionlock_toml(kernel_toml_text("", KERNELS))) == 2
