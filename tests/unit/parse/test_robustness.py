# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No text makes a parser do anything but parse or raise ParseError."""

from __future__ import annotations

import io
from contextlib import contextmanager, suppress
from typing import IO, Any, Callable, Iterator, Sequence

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import ParseError
from ansible_collections.baremetal.gpu.plugins.module_utils._parse import (
    apt_sources,
    containerd,
    debian_version,
    docker,
    dpkg,
    initramfs,
    modinfo,
    modprobe,
    nvidia_smi_conditions,
    nvidia_smi_text,
    nvidia_smi_xml,
    openpgp,
    os_release,
    proc_driver,
    systemd,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from . import images
from .documents import FIXTURES, capture, document, gpu, run

EXAMPLES = 80


@contextmanager
def _same(_argv: Sequence[str], stdin: IO[bytes]) -> Iterator[IO[bytes]]:
    yield stdin


TEXT_PARSERS: list[tuple[Callable[[str], Any], str]] = [
    (os_release.parse_os_release, 'ID=debian\nPRETTY_NAME="x"\n'),
    (proc_driver.parse_version, "NVRM version: NVIDIA UNIX x86_64 Kernel Module  580.173.02  Tue\n"),
    (proc_driver.parse_params, 'A: 1\nB: "x"\n'),
    (modinfo.parse_modinfo, "filename: /a\nversion: 1\n"),
    (
        lambda text: modprobe.parse_modprobe({"/etc/modprobe.d/a.conf": text}),
        'options a b="c d" \\\n e=1\nblacklist x\n',
    ),
    (dpkg.parse_dpkg, "ii \ta\tall\t1\ta\t1\t\tb (= 1) | c\n"),
    (dpkg.parse_dependency, "a:any (>= 1) | b"),
    (apt_sources.parse_deb822, "Types: deb\nURIs: x\nSuites: y\nSigned-By:\n -----BEGIN PGP\n"),
    (apt_sources.parse_one_line, "deb [a=b] http://x y z # c\n"),
    (systemd.parse_show, "Id=a\nExecStart={ path=x ; argv[]=x ; ignore_errors=no }\n\nId=b\n"),
    (docker.parse_daemon_json, '{"a": [1, {"b": null}]}'),
    (containerd.parse_settings, "a = [1, {b = '''x'''}]\n[plugins.cri.containerd]\n[[c]]\nd = 0x1\n"),
    (containerd.parse_config_file, 'version = 2\nimports = ["a"]\n'),
    (nvidia_smi_text.parse_list, run("nvidia-smi -L")[1] + "  MIG 1g.10gb  Device  0: (UUID: MIG-1)\n"),
    (nvidia_smi_text.parse_query, "a, b [MiB]\n1, [N/A]\n"),
    (lambda text: nvidia_smi_conditions.classify(1, text, ""), "No devices were found\n"),
    (nvidia_smi_xml.parse_xml, capture()),
    (nvidia_smi_xml.parse_xml, document(gpu("<processes><process_info><pid>1</pid></process_info></processes>"))),
    (lambda text: debian_version.compare_versions(text, "1:2.3-4"), "1:2.3-4~5"),
]


@pytest.mark.parametrize(("parser", "sample"), TEXT_PARSERS)
def test_any_text(parser: Callable[[str], Any], sample: str) -> None:
    """Arbitrary text, and the sample with pieces cut out, doubled and replaced."""

    @settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None)
    @given(st.text(max_size=60), st.integers(0, len(sample)), st.integers(0, 80))
    def check(noise: str, at: int, cut: int) -> None:
        for text in (noise, sample[:at] + noise + sample[at + cut :], sample[:at] + sample[max(0, at - cut) :]):
            with suppress(ParseError):
                parser(text)

    parser(sample)
    check()


BYTE_PARSERS: list[tuple[Callable[[bytes], Any], bytes]] = [
    (openpgp.parse_fingerprints, (FIXTURES / "keys" / "rsa.gpg").read_bytes()),
    (openpgp.parse_fingerprints, (FIXTURES / "keys" / "one.asc").read_bytes()),
    (lambda data: initramfs.read_image(io.BytesIO(data), _same), images.MICROCODE[:700] + images.MAIN[:700]),
]


@pytest.mark.parametrize(("parser", "sample"), BYTE_PARSERS)
def test_any_bytes(parser: Callable[[bytes], Any], sample: bytes) -> None:
    @settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None)
    @given(st.binary(max_size=60), st.integers(0, len(sample)), st.integers(0, 80))
    def check(noise: bytes, at: int, cut: int) -> None:
        for data in (noise, sample[:at] + noise + sample[at + cut :], sample[:at]):
            with suppress(ParseError):
                parser(data)

    check()
