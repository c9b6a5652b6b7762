# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""containerd's main file: the few lines of it that a drop-in needs. Pure. Private to the collection.

Everything else of the user's file stays byte for byte.
"""

from __future__ import annotations

import re
from typing import Any, Dict, List, Tuple

from .._errors import ParseError
from .._parse.containerd import CRI_PLUGINS, parse_config_file
from .._parse.toml import parse_toml

DROP_IN_DIR = "/etc/containerd/conf.d"
DROP_IN = DROP_IN_DIR + "/99-nvidia.toml"
GLOB = DROP_IN_DIR + "/*.toml"
LEFTOVER = "/etc/containerd/config.d/99-nvidia.toml"
"""Where toolkit 1.18.0 wrote its drop-in."""
NEW_FILE = f'# Made by the Ansible collection baremetal.gpu.\nversion = 2\nimports = ["{GLOB}"]\n'
_CRI = (*CRI_PLUGINS, "io.containerd.cri.v1.images")
_TYPES = (("disabled_plugins", list, "a list"), ("imports", list, "a list"), ("plugins", dict, "a table"))
_SCHEMA_2_CRI = "io.containerd.grpc.v1.cri"
_FIRST_TABLE = re.compile(r"^\s*\[", re.MULTILINE)


def _top(text: str) -> Tuple[str, str]:
    """Top-level keys, and the tables after them."""
    match = _FIRST_TABLE.search(text)
    # A list over several lines has brackets at the start of lines too, but only after an `=`.
    while match and re.search(r"=\s*\[[^\]]*\Z", text[: match.start()]):
        match = _FIRST_TABLE.search(text, match.end())
    return (text[: match.start()], text[match.start() :]) if match else (text, "")


def _set_list(text: str, key: str, values: List[str]) -> str:
    """The file with a top-level list replaced, or added below `version`."""
    top, rest = _top(text)
    line = "{} = [{}]".format(key, ", ".join(f'"{value}"' for value in values))
    pattern = re.compile(rf"^[ \t]*{key}[ \t]*=[ \t]*\[[^\]]*\]", re.MULTILINE)
    if pattern.search(top):
        return pattern.sub(lambda _match: line, top, count=1) + rest
    version = re.compile(r"^[ \t]*version[ \t]*=.*\n?", re.MULTILINE).search(top)
    at = version.end() if version else 0
    head = top[:at] + ("" if top[:at].endswith("\n") or not at else "\n")
    return head + line + "\n" + top[at:] + rest


def _document(text: str) -> Dict[str, Any]:
    """A file in which the keys that matter here are what containerd takes."""
    document = parse_toml(text)
    for key, type_, expected in _TYPES:
        if key in document and not isinstance(document[key], type_):
            raise ParseError("TOML", f"key {key!r}", f"expected {expected}, found {document[key]!r}")
    return document


def is_old_schema(text: str) -> bool:
    """Without a `version` it is schema 1, which has no imports."""
    return bool(text.strip()) and parse_config_file(text).version < 2


def has_only_disabled_plugins(text: str) -> bool:
    """As the packages of Docker leave it: nothing is set but which plugins are off."""
    return set(parse_toml(text)) <= {"disabled_plugins"}


def with_drop_in(text: str) -> str:
    """A file of schema 2 or later that imports the drop-in and has the CRI plugin on."""
    if not text.strip():
        return NEW_FILE
    document = _document(text)
    disabled = [str(name) for name in document.get("disabled_plugins", [])]
    kept = [name for name in disabled if name not in _CRI]
    if kept != disabled:
        text = _set_list(text, "disabled_plugins", kept)
    imports = list(parse_config_file(text).imports)
    if GLOB not in imports and DROP_IN not in imports:
        text = _set_list(text, "imports", [*imports, GLOB])
    return text


def with_runtime(text: str) -> str:
    """The file with its default runtime spelled out, to render a drop-in from.

    containerd before 2.0 replaces the whole CRI section by the drop-in's, and with it the runtime that it has by
    default.
    """
    cri = parse_toml(text).get("plugins", {}).get(_SCHEMA_2_CRI, {})
    if parse_config_file(text).version > 2 or cri.get("containerd", {}).get("runtimes"):
        return text
    table = f'[plugins."{_SCHEMA_2_CRI}".containerd.runtimes.runc]'
    return f'{text}\n{table}\nruntime_type = "io.containerd.runc.v2"\n'


def without_import(text: str, name: str) -> str:
    """The file without one of its imports."""
    imports = [str(path) for path in _document(text).get("imports", [])]
    if name not in imports:
        return text
    kept = [path for path in imports if path != name]
    if kept:
        return _set_list(text, "imports", kept)
    return re.sub(r"^[ \t]*imports[ \t]*=[ \t]*\[[^\]]*\]\r?\n?", "", text, count=1, flags=re.MULTILINE)


def needs_cdi_switch(version: str) -> bool:
    """1.7 has CDI but off; before there is none, from 2.0 on it is on."""
    return version.startswith("1.7.")
