# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read files below a root directory. Private to the collection."""

from __future__ import annotations

import errno
import os
import stat
from typing import IO


class Root:
    """The file system of the node, or a tree that stands for it in a test.

    What does not exist is None. What exists and cannot be read is None as well, and is noted in `unreadable`.
    """

    def __init__(self, top: str = "/") -> None:
        self.top = top.rstrip("/")
        self.unreadable: list[str] = []

    def path(self, path: str) -> str:
        """Where a path of the node really is."""
        return self.top + path

    def _failed(self, path: str, error: OSError) -> None:
        if not isinstance(error, (FileNotFoundError, NotADirectoryError)) and path not in self.unreadable:
            self.unreadable.append(path)

    def bytes_(self, path: str) -> bytes | None:
        try:
            with open(self.path(path), "rb") as file:
                return file.read()
        except OSError as exc:
            self._failed(path, exc)
            return None

    def text(self, path: str) -> str | None:
        data = self.bytes_(path)
        return None if data is None else data.decode("utf-8", "replace")

    def line(self, path: str) -> str | None:
        """A one-line file, as /sys has them, without the blanks around it."""
        text = self.text(path)
        return None if text is None else text.strip()

    def open(self, path: str) -> IO[bytes] | None:
        """Open for reading, unbuffered, so that a child process goes on where we stopped."""
        try:
            return open(self.path(path), "rb", buffering=0)
        except OSError as exc:
            self._failed(path, exc)
            return None

    def listdir(self, path: str) -> list[str]:
        """Sorted names in a directory; empty where there is none."""
        try:
            return sorted(os.listdir(self.path(path)))
        except OSError as exc:
            self._failed(path, exc)
            return []

    def exists(self, path: str) -> bool:
        """Also for a link that leads nowhere."""
        try:
            os.lstat(self.path(path))
        except OSError as exc:
            self._failed(path, exc)
            return False
        return True

    def isdir(self, path: str) -> bool:
        status = self.stat(path)
        return status is not None and stat.S_ISDIR(status.st_mode)

    def readlink(self, path: str) -> str | None:
        """Where a link leads; None as well for what is no link."""
        try:
            return os.readlink(self.path(path))
        except OSError as exc:
            if exc.errno != errno.EINVAL:
                self._failed(path, exc)
            return None

    def stat(self, path: str) -> os.stat_result | None:
        try:
            return os.stat(self.path(path))
        except OSError as exc:
            self._failed(path, exc)
            return None

    def free_mib(self, path: str) -> int | None:
        """Space that root may still use."""
        try:
            status = os.statvfs(self.path(path))
        except OSError as exc:
            self._failed(path, exc)
            return None
        return status.f_bfree * status.f_frsize // (1024 * 1024)
