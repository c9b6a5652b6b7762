# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node with apt, simulated: it installs, holds and removes as apt does."""

from __future__ import annotations

from typing import Any, Mapping, Sequence

from ansible_collections.baremetal.gpu.plugins.module_utils._parse.dpkg import QUERY
from ansible_collections.baremetal.gpu.plugins.module_utils._runner import NOT_FOUND, Result

from ..apt.test_resolve import DEBIAN, Archive
from ..runtime.nodes import OK

HEADERS = "linux-headers-6.1.0-41-amd64"
TOOLKIT_NAMES = ("libnvidia-container1", "nvidia-container-toolkit")
SPOILED = "dpkg: error processing package {} (--configure):\n package is in a very bad inconsistent state"
ARCHIVE: dict[str, Any] = {**DEBIAN, **{name: (["1.20.0-1", "1.19.1-1"], {}) for name in TOOLKIT_NAMES}}


class Node(Archive):
    """`installed` is dpkg's database."""

    def __init__(self, installed: Mapping[str, str] | None = None) -> None:
        super().__init__(ARCHIVE, installed)
        self.held: set[str] = set()
        self.half: set[str] = set()
        """Unpacked and not configured"""
        self.lost: set[str] = set()
        """Half unpacked, so that dpkg cannot configure them"""
        self.spoiled: set[str] = set()
        """Unpacked, but dpkg did not get to say so"""
        self.stuck: set[str] = set()
        """What apt cannot configure either"""
        self.wished: set[str] = set()
        """What somebody asked for"""
        self.depends: dict[str, list[str]] = {}
        """What needs what, beside what the archive says"""
        self.also_removes: list[str] = []
        self.answers: dict[str, Result] = {}
        """What a command says instead, by a word of it"""
        self.loses: set[str] = set()
        """What apt does not install, and does not say so"""
        self.unholds = False
        """Whether apt takes the holds away of what it was told to change"""

    def did(self, *words: str) -> list[list[str]]:
        """Commands with all of these words, that are no simulation."""
        found = [argv for argv in self.commands if "--simulate" not in argv]
        return [argv for argv in found if set(words) <= set(argv)]

    def run(self, argv: Sequence[str], *, timeout: float = 30.0) -> Result:
        told = next((answer for word, answer in self.answers.items() if word in argv), None)
        if told:
            self.commands.append(list(argv))
            return told
        if tuple(argv) == QUERY:
            return Result(0, "".join(self._row(name) for name in sorted(self.installed)), "")
        if "showmanual" in argv or "--no-act" in argv:
            return self._asked(list(argv))
        removed = "".join(f"Remv {name} [1.0]\n" for name in self.also_removes)
        if "--simulate" in argv and "purge" in argv:
            self.commands.append(list(argv))
            names = [*argv[list(argv).index("purge") + 1 :]]
            return Result(0, removed + "".join(f"Purg {name} [1.0]\n" for name in names), "")
        if "--simulate" in argv or argv[0] == "apt-cache":
            there = self.installed
            self.installed = {name: version for name, version in there.items() if name not in self.half}
            seen = super().run(argv, timeout=timeout)
            self.installed = there
            return Result(seen.rc, (removed if "--simulate" in argv else "") + seen.out, seen.err)
        self.commands.append(list(argv))
        return self._act(list(argv))

    def _row(self, name: str) -> str:
        status = "h" if name in self.held else "i"
        status += "UR" if name in self.spoiled else "U " if name in self.half else "i "
        version = self.installed[name]
        return f"{status}\t{name}\tall\t{version}\t{name}\t{version}\t\tlibc6\n"

    def _asked(self, argv: list[str]) -> Result:
        """What somebody wants, or needs."""
        if "showmanual" in argv:
            return Result(0, "".join(f"{name}\n" for name in sorted(self.wished)), "")
        going = argv[argv.index("--purge") + 1 :]
        stay = [name for name in self.installed if name not in going]
        kept = {need for name in stay for need in self.depends.get(name, []) if need in going}
        said = "".join(f"dpkg: error processing package {name}:amd64 (--purge):\n" for name in sorted(kept))
        return Result(1 if kept else 0, "", said)

    def _bring_needs(self, names: list[str]) -> None:
        for name in names:
            for need in self.packages.get(name, ((), {}))[1]:
                if need not in self.installed and need not in self.loses:
                    self.installed[need] = self.packages[need][0][0]
                    names.append(need)

    def _act(self, argv: list[str]) -> Result:
        if argv[0] == "apt-mark":
            change = self.held.update if argv[1] == "hold" else self.held.difference_update
            change(argv[2:])
            return OK
        if argv[:3] == ["env", "DEBIAN_FRONTEND=noninteractive", "dpkg"]:
            return self._dpkg(argv[3:])
        if argv[:3] != ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]:
            return Result(NOT_FOUND, "", f"{argv[0]}: No such file or directory")
        self.held = set() if self.unholds else self.held
        if "install" in argv:
            words = argv[argv.index("install") + 1 :]
            return self._install(words, anew="--reinstall" in argv)
        self._remove(argv[argv.index("purge") + 1 :])
        return OK

    def _dpkg(self, words: list[str]) -> Result:
        if "--purge" in words:
            self._remove([word for word in words if not word.startswith("-")])
            return OK
        self.half &= self.lost
        return Result(1, "", "dpkg: error processing package x") if self.half or self.spoiled else OK

    def _remove(self, names: Sequence[str]) -> None:
        for name in set(names) - self.loses:
            del self.installed[name]
        self.half &= set(self.installed)
        self.spoiled &= set(self.installed)

    def _install(self, words: list[str], *, anew: bool) -> Result:
        self.spoiled -= {word.partition("=")[0] for word in words if anew}
        if self.spoiled:
            return Result(100, "", "".join(f"{SPOILED.format(name)}\nE: code (1)" for name in self.spoiled))
        for word in words:
            if word.endswith("-"):
                del self.installed[word[:-1]]
        pairs = (word.split("=") for word in words if not word.endswith("-"))
        self.installed.update({name: version for name, version in pairs if name not in self.loses})
        self._bring_needs([*self.installed])
        self.half &= self.stuck
        return OK
