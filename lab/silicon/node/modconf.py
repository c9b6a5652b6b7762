# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""modprobe's configuration as the kernel's helpers see it: on disk, and in an initramfs image."""

from __future__ import annotations

import gzip
import lzma
import re
import subprocess
from pathlib import Path

DIRECTORIES = ("etc/modprobe.d", "run/modprobe.d", "usr/lib/modprobe.d", "lib/modprobe.d")


class Config:
    """Blocked modules, and options by module."""

    def __init__(self, texts: dict[str, str]) -> None:
        self.blocked: set[str] = set()
        self.options: dict[str, dict[str, str]] = {}
        for path in sorted(texts, key=lambda p: Path(p).name):
            for line in texts[path].splitlines():
                self._line(line.split("#", 1)[0].split())

    def _line(self, words: list[str]) -> None:
        if len(words) < 2:
            return
        module = words[1].replace("-", "_")
        if words[0] == "blacklist" or (
            words[0] == "install"
            and words[2:3]
            and words[2] in ("/bin/false", "/bin/true", "/usr/bin/false", "/usr/bin/true")
        ):
            self.blocked.add(module)
        elif words[0] == "options":
            self.options.setdefault(module, {}).update(dict(word.partition("=")[::2] for word in words[2:]))


def on_disk(root: Path) -> Config:
    texts: dict[str, str] = {}
    for directory in DIRECTORIES:
        for path in sorted((root / directory).glob("*.conf")):
            texts.setdefault(path.name, path.read_text())
    return Config(texts)


def in_image(path: Path) -> tuple[Config, set[str]]:
    """The image's configuration, and the modules that it holds."""
    texts: dict[str, str] = {}
    modules: set[str] = set()
    data = path.read_bytes()
    while data:
        data = data.lstrip(b"\0")
        if not data.startswith(b"070701"):
            data = _decompress(data)
            if not data.startswith(b"070701"):
                break
        data = _segment(data, texts, modules)
    return Config(texts), modules


def _decompress(data: bytes) -> bytes:
    if data.startswith(b"\x1f\x8b"):
        return gzip.decompress(data)
    if data.startswith(b"\xfd7zXZ"):
        return lzma.decompress(data)
    if data.startswith(b"\x28\xb5\x2f\xfd"):
        return subprocess.run(["zstd", "-dc"], input=data, capture_output=True, check=True).stdout
    return b""


def _segment(data: bytes, texts: dict[str, str], modules: set[str]) -> bytes:
    """Read one newc archive; what follows it comes back."""
    at = 0
    while True:
        size, length = int(data[at + 54 : at + 62], 16), int(data[at + 94 : at + 102], 16)
        name = data[at + 110 : at + 110 + length - 1].decode()
        start = (at + 110 + length + 3) & ~3
        if name == "TRAILER!!!":
            return data[start:]
        name = name.removeprefix("./")
        if name.endswith(".conf") and name.rpartition("/")[0] in DIRECTORIES:
            texts.setdefault(Path(name).name, data[start : start + size].decode("utf-8", "replace"))
        match = re.fullmatch(r"(?:usr/)?lib/modules/.*/([^/]+)\.ko(?:\.(?:zst|xz|gz))?", name)
        if match:
            modules.add(match[1].replace("-", "_"))
        at = (start + size + 3) & ~3
