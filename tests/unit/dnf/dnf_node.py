# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node with dnf, simulated: it resolves and installs as dnf does."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Set

from ansible_collections.baremetal.gpu.plugins.module_utils._dnf.work import Work
from ansible_collections.baremetal.gpu.plugins.module_utils._packages.outcome import Outcome
from ansible_collections.baremetal.gpu.plugins.module_utils._packages.stacks import STACKS
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.rpm import QUERY
from ansible_collections.baremetal.gpu.plugins.module_utils._runner import Result

from ..observe.fakes import make_root

VERSIONS = ("580.159.04", "580.173.02", "595.71.05")
BASE = ("nvidia-driver-cuda", "nvidia-kmod-common", "nvidia-modprobe")
OPEN, LATEST = "kmod-nvidia-open-dkms", "kmod-nvidia-latest-dkms"
STREAMS = {
    "580-open": ((*BASE, OPEN), VERSIONS[:2]),
    "open-dkms": ((*BASE, OPEN), VERSIONS),
    "580-dkms": ((*BASE, LATEST), VERSIONS[:2]),
}
BY_580 = ["nvidia-driver:580-open", "nvidia-driver:open-dkms"]
TOOLKIT = "nvidia-container-toolkit"
PLUGIN = "python3-dnf-plugin-versionlock"
LIST = "etc/dnf/plugins/versionlock.list"
MODULE = "etc/dnf/modules.d/nvidia-driver.module"


def asked(match: str, *names: str) -> List[Dict[str, Any]]:
    return [{"name": name, "version": match} for name in names]


class Node:
    """`installed` is rpm's database; like dnf, what is not named comes at the stream's newest version."""

    def __init__(self, top: Path, *, modules: bool = True, five: bool = False) -> None:
        files: Dict[str, Any] = {
            "/etc/os-release": 'ID="rocky"\nID_LIKE="rhel centos fedora"\nVERSION_ID="9.6"\n',
            "/usr/bin/rpm": "",
            "/usr/bin/dnf": "",
            "/etc/dnf/modules.d": None,
            "/etc/dnf/plugins": None,
        }
        if five:
            files.update({"/usr/bin/dnf5": "", "/usr/bin/dnf": "-> dnf5"})
        self.root = make_root(top, files)
        self.top = top
        self.modules = modules
        self.five = five
        self.installed: Dict[str, List[str]] = {"glibc": ["2.34"]}
        self.needs: Dict[str, List[str]] = {"nvidia-driver-cuda": ["nvidia-kmod-common", "nvidia-modprobe"]}
        self.stay: Dict[str, str] = {}
        """What needs something that is to be there: name → a dependency of its"""
        self.wished: List[str] = []
        """What somebody asked for"""
        self.strangers: List[str] = []
        self.moves: List[str] = []
        """What comes at a new version though nobody asked"""
        self.fails = False
        self.loses: Set[str] = set()
        """What stays as it is, and dnf does not say so"""
        self.breaks: Optional[BaseException] = None
        """What cuts a transaction short that is no failure of dnf's"""
        self.dropped: Set[str] = set()
        """Versions that the repositories do not have any more"""
        self.problem = ""
        self.done: List[str] = []

    def run(self, argv: Sequence[str], *, timeout: float = 30.0) -> Result:
        if tuple(argv) == QUERY:
            return Result(
                0, "".join(self._row(n, v, i) for n, vs in self.installed.items() for i, v in enumerate(vs)), ""
            )
        if argv[0] == "rpm":
            return self._rpm(list(argv))
        assert argv[:2] == ["env", "COLUMNS=400"]
        words = list(argv[3:])
        if "--userinstalled" in words:
            return Result(0, "".join(f"{name} {name}-1.0-1.el9.x86_64\n" for name in self.wished), "")
        if "makecache" in words:
            return Result(0, "", "")
        if "repoquery" in words:
            there = {**dict.fromkeys([*BASE, OPEN, LATEST], VERSIONS), TOOLKIT: ("1.19.1", "1.20.0")}
            found = [(n, v) for n, vs in there.items() if n in words for v in vs if v not in self.dropped]
            return Result(0, "".join(f"{n}\t3\t{v}\t1.el9\t{os.uname().machine}\n\n" for n, v in found), "")
        if self.breaks and "--assumeyes" in words:
            raise self.breaks
        if argv[2] == "dnf5":
            verb = "install" if "install" in words else "remove"
            lines = [f"{verb} {' '.join(w for w in words if not w.startswith('-') and w != verb)}"]
        else:
            assert "--disableplugin=versionlock" in words
            lines = Path(words[-1]).read_text().splitlines()
        return self._transaction(lines, dry="--assumeno" in words)

    def _plugin(self, *, comes: bool, goes: bool) -> None:
        path = self.top / "etc/dnf/plugins/versionlock.conf"
        if comes:
            path.write_text("[main]\nenabled = 1\n")
        elif goes:
            path.unlink()

    def _rpm(self, argv: List[str]) -> Result:
        """Whether a removal would break anything, and what provides something; here everything provides its name."""
        if argv[1] == "--erase" and "--test" not in argv:
            name, version = re.fullmatch(r"(.+)-([\d.]+)-1\.el9\.x86_64", argv[-1]).groups()  # type: ignore[union-attr]  # else the test fails
            self.installed[name].remove(version)
            return Result(0, "", "")
        if "--whatprovides" in argv:
            there = [name for name in argv if name in self.installed]
            return Result(0, "".join(f"{name}\n{name}-1.0-1.el9.x86_64\n" for name in there), "")
        broken = {
            need
            for name, need in self.stay.items()
            if name not in argv and set(re.findall(r"[\w-]+", need)) & set(argv)
        }
        said = "".join(f"\t{need} is needed by (installed) x-1-1.x86_64\n" for need in sorted(broken))
        return Result(1, "", f"error: Failed dependencies:\n{said}") if broken else Result(0, "", "")

    @staticmethod
    def _row(name: str, version: str, at: int) -> str:
        epoch = 0 if name == "glibc" else 3
        return f"{name}\t{epoch}\t{version}\t1.el9\tx86_64\tNVIDIA\t{name}-1-1.src.rpm\t{1000 + at}\n"

    def _stream(self, lines: Sequence[str]) -> Optional[str]:
        told = next((line.split(":")[1] for line in lines if line.startswith("module enable")), None)
        return told or (re.findall(r"stream=(.+)", self.enabled) or [None])[0]

    @property
    def enabled(self) -> str:
        path = self.top / MODULE
        return path.read_text() if path.exists() else ""

    def _transaction(self, lines: Sequence[str], *, dry: bool) -> Result:
        words = {line.split()[0]: line.split()[1:] for line in lines if line.split()}
        had, stream = self.enabled, self._stream(lines)
        has, versions = STREAMS.get(stream or "", ((), ())) if self.modules else ((*BASE, OPEN, LATEST), VERSIONS)
        coming: Dict[str, str] = {}
        for path in words.get("install", []):
            spec = re.sub(r".*/(.+)-3_(.+)\.rpm", r"\1-3:\2", path) if Path(path).is_file() else path
            match = re.fullmatch(rf"(.+)-3:([\d.]+)-1\.el9\.{os.uname().machine}", spec)
            known = match and (match.group(1) == TOOLKIT or (match.group(1) in has and match.group(2) in versions))
            if match and not known:
                if not dry:
                    (self.top / MODULE).write_text("[nvidia-driver]\nstream=\nstate=\n")
                return Result(0, f"Error: Unable to find a match: {spec}\n", f"No match for argument: {spec}\n")
            if match:
                coming[match.group(1)] = match.group(2)
            else:
                coming[spec] = "1.0"
        for name in list(coming):
            for need in self.needs.get(name, []):
                if need not in self.installed:
                    coming.setdefault(need, versions[-1] if "nvidia" in need else "1.0")
        coming.update(dict.fromkeys(self.moves, "9"))
        coming = {name: version for name, version in coming.items() if self.installed.get(name) != [version]}
        removed = [*(name for name in words.get("remove", []) if name in self.installed), *self.strangers]
        table = "Installing:\n" + "".join(f" {n} x86_64 3:{v}-1.el9 cuda 5 k\n" for n, v in coming.items())
        table += "Removing:\n" + "".join(f" {n} x86_64 1-1 @cuda 5 k\n" for n in removed)
        switched = bool(stream) and f"stream={stream}" not in had
        table += "Enabling module streams:\n nvidia-driver x\n" if switched else ""
        if dry and self.problem:
            return Result(0, self.problem, "")
        if dry:
            return Result(0, table + "\nTransaction Summary\nError: Operation aborted.\n", "")
        twice = {spec.rsplit("-", 2)[0] for spec in words.get("install", [])} & set(words.get("reinstall", ()))
        if twice:
            return Result(0, f" Problem: cannot install both {twice}\nNothing to do.\nComplete!\n", "")
        self.done += [line for line in lines if line not in ("run", "exit", "")]
        if self.fails:
            first = next(iter(coming), None)
            self.installed.update({first: [coming[first]]} if first else {})
            return Result(0, "Error: Transaction failed\n", "")
        self.installed.update({name: [version] for name, version in coming.items() if name not in self.loses})
        for name in [name for name in removed if name not in self.loses]:
            del self.installed[name]
        self._plugin(comes=PLUGIN in coming, goes=PLUGIN in removed and PLUGIN not in self.installed)
        cache = self.top / "var/cache/dnf/cuda-1f/packages"
        cache.mkdir(parents=True, exist_ok=True)
        for name, version in coming.items():
            (cache / f"{name}-{version}-1.el9.{os.uname().machine}.rpm").write_text("")
        state = f"[nvidia-driver]\nstream={stream}\nstate=enabled\n" if stream else ""
        (self.top / MODULE).write_text("" if "module reset nvidia-driver" in lines else state)
        said = ("", "Complete!\n") if self.five else ("Complete!\n", "")
        return Result(0, table + "\nTransaction Summary\n" + said[0], said[1])

    @property
    def locked(self) -> List[str]:
        path = self.top / LIST
        return path.read_text().splitlines() if path.exists() else []

    def present(self, match: str, *names: str, dry: bool = False, hold: bool = True, **more: Any) -> Outcome:
        kept = more.get("locks_kernels", False)
        work = Work(STACKS["nvidia_driver"], self.root, self, 0, dry=dry, locks_kernels=kept)  # type: ignore[arg-type]  # it streams nothing
        packages = [*asked(match, *(names or ("nvidia-driver-cuda", OPEN))), *more.get("beside", [])]
        options: Dict[str, Any] = {"hold": hold, "revisions": more.get("revisions")}
        return work.present(packages, match, more.get("conflicting", []), more.get("streams", BY_580), **options)

    def absent(self, *, dry: bool = False) -> Outcome:
        return Work(STACKS["nvidia_driver"], self.root, self, 0, dry=dry).absent()  # type: ignore[arg-type]  # it streams nothing
