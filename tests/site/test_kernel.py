# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A kernel that no module can come for: where it came by itself, it is said and not booted; else it does not come."""

from __future__ import annotations

import pytest

from lab.nodes import boot_id
from tests.nodes import MakeNode
from tests.site.conftest import sh
from tests.site.kernels import NEXT, stand_in
from tests.site.provision import Provision

WITHOUT: dict[str, tuple[str, str, str]] = {
    "debian12": ("6.1.0-299-amd64", "linux-headers-6.1.0-299-amd64", "install a kernel whose headers it has"),
    "ubuntu24": (
        "6.8.0-299-generic",
        "linux-modules-nvidia-580-server-open-6.8.0-299-generic",
        "set nvidia_driver_modules to dkms",
    ),
}
"""What is missing by DKMS, and prebuilt; and the way out."""


@pytest.mark.parametrize("system", WITHOUT)
def test_a_node_is_not_rebooted_into_a_kernel_without_its_driver(
    system: str, make_node: MakeNode, provision: Provision
) -> None:
    node = make_node(f"kernel-{system}", system, "h100-sxm")
    assert provision(node).rc == 0
    kernel, *said = WITHOUT[system]
    stand_in(node, kernel)
    before = boot_id(node)

    done = provision(node)
    assert done.failed == [node.name]
    for words in said:
        assert words in done.said

    # An upgrade, which would drain it, does not begin.
    done = provision(node, name="upgrade", nvidia_driver_version="580.173.02")
    assert done.failed == [node.name]
    for words in (*said, "Nothing was changed on any node"):
        assert words in done.said
    assert "Begin |" not in done.said
    assert sh(node, "nvidia-smi --query-gpu=driver_version --format=csv,noheader") == "580.159.04"

    # Nor where somebody else looks after the driver, and something else asks for a reboot.
    sh(node, "ln --symbolic /bin/true /usr/sbin/update-grub")
    done = provision(node, nvidia_driver_state="unmanaged", nouveau_kernel_arguments=True)
    assert done.failed == [node.name]
    for words in (f"kernel {kernel} boots next and has no module nvidia", f"headers of {kernel} are not installed"):
        assert words in done.said
    assert boot_id(node) == before


def test_dnf_brings_no_kernel_where_modules_are_prebuilt(make_node: MakeNode, provision: Provision) -> None:
    node = make_node("kernel-el9", "el9", "h100-sxm")
    wanted = {"nvidia_driver_modules": "prebuilt", "nvidia_driver_flavour": "proprietary"}
    assert provision(node, **wanted).rc == 0
    kernel = sh(node, NEXT)
    sh(node, "dnf --quiet --assumeyes update")
    assert sh(node, NEXT) == kernel
    assert provision(node, **wanted).changed == {node.name: 0}

    assert provision(node, **wanted, nvidia_driver_hold_kernel="never", check=True).changed[node.name] > 0
    assert provision(node, nvidia_driver_state="absent").rc == 0
    sh(node, "dnf --quiet --assumeyes update")
    assert sh(node, NEXT) != kernel
