# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""containerd and Docker: what to write, how to validate it, how to see that it is in force.

Private to the collection.
"""

from __future__ import annotations

import glob
import os
import re
import tempfile
from typing import TYPE_CHECKING, Any, Dict, List, Mapping, Optional, Sequence, Type

from .._dataclass import dataclass
from .._errors import GpuError, ParseError
from .._parse.containerd import failed_cri_plugins, parse_settings
from .._parse.docker import parse_daemon_json
from . import containerd, docker
from .files import FileChange, read, words, write

if TYPE_CHECKING:
    from .._runner import Runner

BINARY = "/usr/bin/nvidia-container-runtime"
HANDLER = "nvidia"
_MEND = "Nothing was changed. Mend the file, or set nvidia_container_toolkit_runtimes"


@dataclass(frozen=True)
class Wish:
    """What was asked for."""

    present: bool
    set_default: bool
    check: bool


class Daemon:
    """One runtime; subclasses know its files."""

    service = ""

    def __init__(self, runner: Runner, wish: Wish) -> None:
        self.runner = runner
        self.wish = wish

    def plan(self) -> List[FileChange]:
        raise NotImplementedError

    def validate(self, todo: Sequence[FileChange]) -> None:
        """Refuse files that the daemon would not start with."""

    def proof(self) -> Optional[str]:
        """What is wrong with the running daemon, or None."""
        raise NotImplementedError

    def version(self, program: str) -> str:
        result = self.runner.run([program, "--version"])
        found = re.search(r"\d+\.\d+\.\d+", result.out)
        if result.rc != 0 or not found:
            said = (result.err or result.out).strip()
            raise GpuError(f"{program} --version: expected a version, found {said!r}")
        return found.group(0)


class Containerd(Daemon):
    service = "containerd.service"
    config = "/etc/containerd/config.toml"
    backup = config + ".before-baremetal-gpu"

    def plan(self) -> List[FileChange]:
        try:
            main, kept = read(self.config), read(self.backup)
            new_main = self._wanted(main) if self.wish.present else self._restored(main, kept)
        except ParseError as error:
            raise GpuError(f"{self.config} does not parse: {error}. {_MEND}") from error
        if self.wish.present:
            new_kept = main if main and containerd.is_old_schema(main) else kept
            new_drop_in = self._drop_in(new_main or "")
        else:
            new_kept = None if new_main == kept else kept
            new_drop_in = None
        return [
            FileChange(self.backup, kept, new_kept),
            FileChange(self.config, main, new_main),
            FileChange(containerd.DROP_IN, read(containerd.DROP_IN), new_drop_in),
            FileChange(containerd.LEFTOVER, read(containerd.LEFTOVER), None),
        ]

    def _wanted(self, text: Optional[str]) -> str:
        if text and containerd.is_old_schema(text):
            text = "" if containerd.has_only_disabled_plugins(text) else self._migrated()
        return containerd.with_drop_in(text or "")

    def _restored(self, text: Optional[str], kept: Optional[str]) -> Optional[str]:
        """What was there before us; other drop-ins keep the import that they need too."""
        others = set(glob.glob(containerd.GLOB)) - {containerd.DROP_IN}
        if text is None or (others and containerd.GLOB in text):
            return text
        return kept if text == containerd.NEW_FILE else containerd.without_import(text, containerd.GLOB)

    def _migrated(self) -> str:
        """containerd's own translation of a first-schema file, which has every default in it, and imports itself."""
        result = self.runner.run(["containerd", "--config", self.config, "config", "dump"])
        if result.rc != 0:
            said = words(result, "containerd config dump")
            raise GpuError(f"{self.config} is not read by containerd: {said}. {_MEND}")
        return containerd.without_import(result.out, self.config)

    def _drop_in(self, main: str) -> Optional[str]:
        """Rendered by nvidia-ctk from the main file, since containerd before 2.0 replaces whole sections on import."""
        with tempfile.TemporaryDirectory() as folder:
            source, target = os.path.join(folder, "config.toml"), os.path.join(folder, "conf.d", "99-nvidia.toml")
            write(source, containerd.with_runtime(main))
            os.makedirs(os.path.dirname(target))
            argv = ["nvidia-ctk", "--quiet", "runtime", "configure", "--runtime=containerd", "--config-source=file"]
            argv += ["--config=" + source, "--drop-in-config=" + target, "--nvidia-runtime-path=" + BINARY]
            if self.wish.set_default:
                argv.append("--nvidia-set-as-default")
            if containerd.needs_cdi_switch(self.version("containerd")):
                argv.append("--cdi.enabled")
            result = self.runner.run(argv)
            text = read(target)
        if result.rc == 127 and self.wish.check:
            return "# rendered by nvidia-ctk, which is not installed yet\n"
        if result.rc != 0 or not text:
            said = (result.err or result.out).strip() or "it wrote nothing"
            raise GpuError(f"nvidia-ctk runtime configure failed with rc {result.rc}: {said}. Nothing was changed")
        return text

    def validate(self, todo: Sequence[FileChange]) -> None:
        """Have containerd read the candidates, with the import pointing at the candidate drop-in."""
        after = {change.path: change.after for change in todo}
        main = after.get(self.config, read(self.config)) or ""
        drop_in = after.get(containerd.DROP_IN, read(containerd.DROP_IN))
        with tempfile.TemporaryDirectory() as folder:
            config = os.path.join(folder, "config.toml")
            for imported in (containerd.GLOB, containerd.DROP_IN):
                main = main.replace(imported, os.path.join(folder, "conf.d", os.path.basename(imported)))
            write(config, main)
            if drop_in is not None:
                write(os.path.join(folder, "conf.d", os.path.basename(containerd.DROP_IN)), drop_in)
            problem = self._problem(config)
        if problem:
            raise GpuError(f"the new configuration of containerd is not good: {problem}. Nothing was changed")

    def _problem(self, config: str) -> Optional[str]:
        # A file that is named must be there; the one at the default place need not.
        named = ["--config", config] if os.path.exists(config) else []
        result = self.runner.run(["containerd", *named, "config", "dump"])
        if result.rc != 0:
            return words(result, "containerd config dump")
        try:
            settings = parse_settings(result.out)
        except ParseError as error:
            return f"containerd config dump: {error}"
        if self.wish.present and not settings.cri_enabled:
            return "the CRI plugin is off"
        if self.wish.present != (HANDLER in settings.handlers):
            return "runtime handlers are {}".format(", ".join(sorted(settings.handlers)) or "none")
        return None

    def proof(self) -> Optional[str]:
        """`config dump` is only what it read; whether the CRI plugin started with it is another matter."""
        result = self.runner.run(["ctr", "plugins", "ls"], timeout=10.0)
        if result.rc != 0:
            return words(result, "ctr plugins ls")
        failed = failed_cri_plugins(result.out)
        return "the CRI plugin did not start" if failed else self._problem(self.config)


class Docker(Daemon):
    service = "docker.service"

    def plan(self) -> List[FileChange]:
        try:
            text = read(docker.PATH)
            config = parse_daemon_json(text or "")
            wanted = self._wanted(config) if self.wish.present else docker.without(config)
        except ParseError as error:
            raise GpuError(f"{docker.PATH}, {error.where}: {error.why}. {_MEND}") from error
        return [FileChange(docker.PATH, text, text if wanted == config else docker.render(wanted))]

    def _wanted(self, config: Mapping[str, Any]) -> Dict[str, Any]:
        cdi = docker.has_cdi_feature(self.version("dockerd"))
        return docker.merged(config, binary=BINARY, set_default=self.wish.set_default, cdi=cdi)

    def proof(self) -> Optional[str]:
        result = self.runner.run(["docker", "info", "--format", "{{json .Runtimes}}"], timeout=10.0)
        if result.rc != 0:
            return words(result, "docker info")
        there = f'"{HANDLER}"' in result.out
        return None if there == self.wish.present else f"docker info lists the runtimes {result.out.strip()}"


DAEMONS: Dict[str, Type[Daemon]] = {"containerd": Containerd, "docker": Docker}
