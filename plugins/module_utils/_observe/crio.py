# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CRI-O, from its files: no command of it prints what is in force. Private to the collection."""

from __future__ import annotations

from .._errors import ParseError
from .._parse.crio import CrioSettings, parse_crio
from .context import Context
from .runtime_types import Crio, Handler
from .types import Unit
from .units import option

_FILE = "/etc/crio/crio.conf"
_DROPINS = "/etc/crio/crio.conf.d"
_MISPLACED = "/etc/crio/conf.d"
"""nvidia-ctk 1.18.0 to 1.19.0 wrote its drop-in here, where CRI-O does not look."""


def _below(look: Context, folder: str) -> list[str]:
    """Every file, whatever its name, in the order in which CRI-O walks a folder."""
    found = []
    for name in look.root.listdir(folder):
        path = f"{folder}/{name}"
        found += _below(look, path) if look.root.isdir(path) else [path]
    return found


def crio(look: Context, version: str | None, unit: Unit | None) -> Crio:
    file = option(unit, ("--config", "-c"), _FILE)
    folder = option(unit, ("--config-dir", "-d"), _DROPINS)
    paths = [path for path in (file, *_below(look, folder)) if look.root.exists(path)]
    for path in _below(look, _MISPLACED):
        look.note(path, f"CRI-O does not read it: drop-ins belong into {folder}")
    settings, error = CrioSettings({}, None, None), None
    read = [(path, look.root.text(path)) for path in paths]
    for path, text in read:
        try:
            parse_crio([text or ""])
        except ParseError as exc:
            error = f"{path}: {exc.where}, {exc.why}"
            break
    else:
        settings = parse_crio(text or "" for _path, text in read)
    return Crio(
        version=version,
        config_path=file,
        config_files=tuple(paths),
        handlers={name: Handler(binary) for name, binary in settings.handlers.items()},
        default_handler=settings.default_handler,
        cdi_enabled=settings.cdi_directories is None or bool(settings.cdi_directories),
        error=error,
    )
