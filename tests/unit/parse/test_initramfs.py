# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images as distributions build them."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import IO, ContextManager, Iterator, Sequence

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import CommandError, ParseError
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.initramfs import Filter, Image, read_image
from ansible_collections.baremetal.gpu.plugins.module_utils._runner import SubprocessRunner

from . import images

FILES = {
    "/etc/modprobe.d/our.conf": "blacklist nouveau\noptions nvidia NVreg_EnableGpuFirmware=0\n",
    "/usr/lib/modprobe.d/vendor.conf": "blacklist nova_core\n",
}
MODULES = ("nouveau", "nvidia", "nvidia_drm")


def no_command(argv: Sequence[str], stdin: IO[bytes]) -> ContextManager[IO[bytes]]:
    raise CommandError(f"{argv[0]}: not expected here")


@contextmanager
def pretend(argv: Sequence[str], stdin: IO[bytes]) -> Iterator[IO[bytes]]:
    """Stands for zstd and lz4: what follows the magic number is not compressed."""
    stdin.read(4)
    yield Pipe(stdin.read())


class Pipe(io.BytesIO):
    """Cannot seek, and reads short, as pipes do."""

    def seekable(self) -> bool:
        return False

    def seek(self, offset: int, whence: int = 0) -> int:
        raise OSError("a pipe")

    def read(self, size: int | None = -1) -> bytes:
        return super().read(size if size is None or size < 1000 else 1000)


def read(data: bytes, run: Filter = no_command) -> Image:
    return read_image(io.BytesIO(data), run)


@pytest.mark.parametrize(
    "data",
    [
        images.MAIN,
        images.MICROCODE + images.MAIN,
        images.MICROCODE + gzip.compress(images.MAIN, mtime=0),
        gzip.compress(images.MAIN, mtime=0),
        lzma.compress(images.MAIN, format=lzma.FORMAT_XZ),
        lzma.compress(images.MAIN, format=lzma.FORMAT_ALONE),
        bz2.compress(images.MAIN),
        gzip.compress(images.MAIN, mtime=0) + b"\0" * 700,
    ],
    ids=["plain", "microcode", "microcode+gzip", "gzip", "xz", "lzma", "bzip2", "padded"],
)
def test_images_that_python_reads_itself(data: bytes) -> None:
    seen = read(data)
    assert seen.files == FILES
    assert seen.modules == MODULES


@pytest.mark.parametrize("magic", [b"\x28\xb5\x2f\xfd", b"\x02\x21\x4c\x18"], ids=["zstd", "lz4"])
def test_images_that_a_command_reads(magic: bytes) -> None:
    seen = read(images.MICROCODE + magic + images.MAIN, pretend)
    assert (seen.files, seen.modules) == (FILES, MODULES)


@pytest.mark.skipif(shutil.which("zstd") is None, reason="zstd is not installed")
def test_a_real_zstd_image(tmp_path: Path) -> None:
    plain, packed = tmp_path / "plain", tmp_path / "packed"
    plain.write_bytes(images.MAIN)
    assert SubprocessRunner().run(["zstd", "-q", str(plain), "-o", str(packed)]).rc == 0
    image = tmp_path / "image"
    image.write_bytes(images.MICROCODE + packed.read_bytes())
    with image.open("rb", buffering=0) as file:
        seen = read_image(file, SubprocessRunner().stream)
    assert (seen.files, seen.modules) == (FILES, MODULES)


def test_a_file_split_over_two_archives() -> None:
    second = images.archive(images.member("etc/modprobe.d/more.conf", b"blacklist x\n"))
    seen = read(images.MAIN + gzip.compress(second, mtime=0))
    assert sorted(seen.files) == [
        "/etc/modprobe.d/more.conf",
        "/etc/modprobe.d/our.conf",
        "/usr/lib/modprobe.d/vendor.conf",
    ]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty"),
        (b"\0" * 5000, "empty"),
        (b"MZ\x90\0\0\0 not an image", "unknown compression b'MZ\\x90\\x00\\x00\\x00'"),
        (images.MAIN[:150], "ends within an entry"),
        (images.member("a") + b"garbage" * 30, "no entry begins here"),
        (b"070701" + b"zz" * 60, "a number in the header is not hexadecimal"),
        (b"070701" + b"F" * 104, "a name of 4294967295 bytes"),
        (gzip.compress(images.MAIN, mtime=0)[:-400], "ended before the end-of-stream marker"),
        (b"\x1f\x8b" + b"\0" * 30, "Unknown compression method"),
        (b"\xfd7zXZ\x00" + b"\1" * 30, ""),
    ],
)
def test_what_is_no_image(data: bytes, why: str) -> None:
    with pytest.raises(ParseError) as caught:
        read(data)
    assert why in caught.value.why


def test_a_missing_decompressor_is_told() -> None:
    with pytest.raises(CommandError):
        read(b"\x28\xb5\x2f\xfd" + images.MAIN)


LINK = 0o120777
THERE = images.member("etc/nvidia/current/load.conf", b"blacklist nouveau\n")


@pytest.mark.parametrize(
    ("members", "files"),
    [
        (
            [images.member("etc/modprobe.d/a.conf", b"../nvidia/current/load.conf", LINK), THERE],
            {"/etc/modprobe.d/a.conf": "blacklist nouveau\n"},
        ),
        (
            [
                THERE,
                images.member("etc/modprobe.d/a.conf", b"/etc/alternatives/a.conf", LINK),
                images.member("etc/alternatives/a.conf", b"../nvidia/current/load.conf", LINK),
            ],
            {"/etc/modprobe.d/a.conf": "blacklist nouveau\n"},
        ),
        ([images.member("etc/modprobe.d/a.conf", b"/etc/gone.conf", LINK), THERE], {}),
        ([images.member("etc/modprobe.d/a.conf", b"a.conf", LINK), THERE], {}),
        ([images.member("etc/modprobe.d/a.conf", b"../../../../x/../y", LINK), THERE], {}),
    ],
    ids=["relative", "chain", "dangling", "loop", "out of the image"],
)
def test_configuration_behind_links_is_read(members: list[bytes], files: dict[str, str]) -> None:
    assert dict(read(images.archive(*members)).files) == files
