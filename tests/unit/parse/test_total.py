# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever a file holds, a parser gives its result or ParseError: nothing else, and not slowly."""

from __future__ import annotations

import json
from typing import Any, Callable

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import ParseError
from ansible_collections.baremetal.gpu.plugins.module_utils._parse import (
    apt_lists,
    apt_preferences,
    boot,
    cdi,
    crio,
    dkms,
    dnf,
    dnf_files,
    docker,
    efi,
    json_object,
    package_locks,
    rpm,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from .test_nvidia_smi_speed import quickest

QUIETLY = settings(max_examples=100, deadline=None, derandomize=True, database=None)
TEXT: dict[str, tuple[Callable[[str], Any], str]] = {
    "grubenv": (boot.parse_grubenv, "saved_entry=x\n"),
    "grub default": (boot.parse_grub_default, 'GRUB_DEFAULT="x"\n'),
    "command line": (boot.parse_command_line, 'a.b="c d" modprobe.blacklist=x '),
    "rpm": (rpm.parse_rpm, "a\t0\t1\t1\tx\t(none)\t(none)\t5\n"),
    "versionlock.conf": (package_locks.parse_plugin_settings, "enabled = 1\n"),
    "versionlock.list": (package_locks.parse_versionlock_list, "a-0:1-1.*\n"),
    "versionlock.toml": (package_locks.parse_versionlock_toml, '[[packages]]\nname = "a"\n'),
    "repoquery": (dnf.parse_repoquery, "a\t0\t1\t1\tnoarch\n"),
    "transaction": (dnf.parse_transaction, "Installing:\n a x86_64 1-1 r 5 k\n"),
    "complaints": (dnf.complaints, "Error: x\n"),
    "rpm's version": (dnf.version_key, "1.2~rc1"),
    ".repo": (dnf_files.parse_repositories, "[a]\nbaseurl=b\n c\n"),
    ".module": (dnf_files.parse_streams, "[a]\nstream=b\nstate=enabled\n"),
    "zypp locks": (package_locks.parse_zypp_locks, "type: package\nsolvable_name: a\n\n"),
    "excludes": (package_locks.parse_excludes, "exclude=a,\n b\n"),
    "preferences": (apt_preferences.parse_preferences, "Package: a\nPin: version 1\nPin-Priority: 5\n\n"),
    "list name": (apt_lists.parse_list_name, "a_dists_b_main_binary-amd64_Packages"),
    "CDI, YAML": (cdi.parse_cdi_yaml, "kind: a/b\ndevices:\n- name: a\n  hostPath: /x\n"),
    "CDI, JSON": (cdi.parse_cdi_json, '{"kind": "a/b"}'),
    "CRI-O": (lambda text: crio.parse_crio([text]), "[crio.runtime]\n"),
    "make.log": (dkms.parse_make_log, "error\n"),
    "framework.conf": (dkms.parse_certificate_path, "mok_certificate=/a\n"),
    "installer log": (dkms.parse_installer_log, "installer version: 1.2\n"),
    "daemon.json": (docker.parse_daemon_json, '{"a": [1]}'),
}
BYTES: dict[str, Callable[[bytes], Any]] = {
    "signature list": efi.parse_signature_lists,
    "certificate": efi.parse_certificate,
    "Packages": lambda data: apt_lists.find_versions(data, {"a", "b"}),
}


def total(parser: Callable[[Any], Any], data: Any) -> None:
    try:
        parser(data)
    except ParseError as exc:
        assert exc.what and exc.where and exc.why


@pytest.mark.parametrize("name", TEXT)
@QUIETLY
@given(data=st.data())
def test_texts(name: str, data: st.DataObject) -> None:
    parser, example = TEXT[name]
    words = st.lists(st.sampled_from([*example, example, "\n", '"', "=", "\\"]) | st.text(max_size=5), max_size=30)
    total(parser, data.draw(words.map("".join)))


@pytest.mark.parametrize("name", BYTES)
@QUIETLY
@given(data=st.data())
def test_bytes(name: str, data: st.DataObject) -> None:
    pieces = [b"\xa1\x59\xc0\xa5\xe4\x94\xa7\x4a\x87\xb5\xab\x15\x5c\x2b\xf0\x72", b"\x2d\0\0\0", b"\0\0\0\0"]
    pieces += [b"-----BEGIN CERTIFICATE-----", b"-----END CERTIFICATE-----", b"\nPackage: a\n", b"Version: 1\n"]
    words = st.lists(st.sampled_from(pieces) | st.binary(max_size=20), max_size=12)
    total(BYTES[name], data.draw(words.map(b"".join)))


FLOORS = 120
"""Measured: up to 75 times the floor, where each line is a record; most take 1 to 20. A square would be thousands."""


def each_character(text: str) -> int:
    """The floor: what is linear, and no more."""
    count = 0
    for character in text:
        if character == "b":
            count += 1
    return count


@pytest.mark.parametrize("name", TEXT)
def test_long_texts_take_no_long_time(name: str) -> None:
    parser, example = TEXT[name]
    size = 100_000
    for text in (example * (size // len(example)), " " * size, '"' * size, "a" * size, "[" * size, "\n" * size):
        assert quickest(lambda long: total(parser, long), text, 2) <= FLOORS * quickest(each_character, text)


KEYS = st.sampled_from(["runtimes", "path", "default-runtime", "features", "cdi", "nvidia"])
LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4))


@QUIETLY
@given(JSON)
def test_settings_of_any_daemon_json(value: Any) -> None:
    if not isinstance(value, dict):
        with pytest.raises(ParseError, match="expected an object"):
            json_object.parse_object(json.dumps(value), "x")
        return
    seen = docker.settings(docker.parse_daemon_json(json.dumps(value)))
    assert "runc" in seen.handlers
