# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secure Boot, shim's keys, and the keys of DKMS."""

from __future__ import annotations

import hashlib

import pytest

from . import node
from .looking import Node

SHIM = "605dab50-e046-4300-abb6-3dd810dd8b23"
LIST = f"{node.EFI}/MokListRT-{SHIM}"
WHOLE = "/sys/firmware/efi/mok-variables/MokListRT"
DB = f"{node.EFI}/db-d719b2cb-3d3a-4596-a3bc-dad00e67656f"
ATTRIBUTES = b"\x06\0\0\0"
OTHER = b"the distribution's certificate"
DKMS_KEY = "/var/lib/dkms/mok.pub"


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_a_key_that_shim_trusts(gpu_node: Node) -> None:
    efi = gpu_node.look()["efi"]
    assert efi == {
        "present": True,
        "secure_boot": False,
        "setup_mode": False,
        "shim_validation": True,
        "mok": [digest(node.MOK)],
        "enrolment_pending": False,
        "module_keys": [{"path": DKMS_KEY, "sha256": digest(node.MOK), "enrolled": True}],
    }


def test_a_key_that_waits_for_the_console(gpu_node: Node) -> None:
    gpu_node.files[LIST] = ATTRIBUTES + node.signature_list(OTHER)
    gpu_node.files[f"{node.EFI}/MokNew-{SHIM}"] = ATTRIBUTES + node.signature_list(node.MOK)
    efi = gpu_node.look()["efi"]
    assert (efi["enrolment_pending"], efi["module_keys"][0]["enrolled"]) == (True, False)


def test_a_key_that_the_firmware_trusts(gpu_node: Node) -> None:
    gpu_node.without(LIST)
    gpu_node.files[DB] = ATTRIBUTES + node.signature_list(OTHER, node.MOK)
    efi = gpu_node.look()["efi"]
    assert (efi["mok"], efi["shim_validation"], efi["enrolment_pending"]) == (None, None, None)
    assert efi["module_keys"][0]["enrolled"] is True


def test_a_long_list_in_parts_and_in_one_piece(gpu_node: Node) -> None:
    whole = node.signature_list(OTHER, node.MOK)
    gpu_node.files[LIST] = ATTRIBUTES + whole[:50]
    gpu_node.files[f"{node.EFI}/MokListRT1-{SHIM}"] = ATTRIBUTES + whole[50:]
    assert gpu_node.look()["efi"]["mok"] == [digest(OTHER), digest(node.MOK)]
    gpu_node.files[WHOLE] = node.signature_list(OTHER)
    assert gpu_node.look()["efi"]["mok"] == [digest(OTHER)]


def test_a_damaged_list_is_a_finding(gpu_node: Node) -> None:
    gpu_node.files[LIST] = ATTRIBUTES + b"short"
    seen = gpu_node.look()
    assert (seen["efi"]["mok"], seen["efi"]["module_keys"][0]["enrolled"]) == (None, None)
    assert "MokListRT" in [finding["subject"] for finding in seen["findings"]]


def test_shim_told_not_to_verify(gpu_node: Node) -> None:
    gpu_node.files[f"{node.EFI}/MokSBStateRT-{SHIM}"] = ATTRIBUTES + b"\x01"
    assert gpu_node.look()["efi"]["shim_validation"] is False


def test_a_key_of_ones_own(gpu_node: Node) -> None:
    gpu_node.files["/etc/dkms/framework.conf.d/own.conf"] = "mok_certificate=/root/own.der\n"
    gpu_node.files["/root/own.der"] = OTHER
    keys = {key["path"]: key["enrolled"] for key in gpu_node.look()["efi"]["module_keys"]}
    assert keys == {DKMS_KEY: True, "/root/own.der": False}


@pytest.mark.parametrize("content", [b"-----BEGIN CERTIFICATE-----abc-----END CERTIFICATE-----", None])
def test_a_key_that_cannot_be_read(gpu_node: Node, content: bytes | None) -> None:
    gpu_node.files[DKMS_KEY] = content
    seen = gpu_node.look()
    assert seen["efi"]["module_keys"] == [{"path": DKMS_KEY, "sha256": None, "enrolled": None}]
    assert DKMS_KEY in [finding["subject"] for finding in seen["findings"]]


def test_without_efi_there_is_nothing_to_trust(gpu_node: Node) -> None:
    gpu_node.without("/sys/firmware")
    efi = gpu_node.look()["efi"]
    assert (efi["present"], efi["secure_boot"], efi["mok"], efi["module_keys"][0]["enrolled"]) == (
        False,
        False,
        None,
        None,
    )
