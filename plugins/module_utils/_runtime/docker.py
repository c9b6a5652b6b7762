# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Docker's daemon.json: our keys merged into the user's. Pure. Private to the collection."""

from __future__ import annotations

import copy
import json
from typing import Any, Dict, Mapping, Optional

from .._errors import ParseError

PATH = "/etc/docker/daemon.json"


def _table(config: Mapping[str, Any], key: str) -> Dict[str, Any]:
    value = config.get(key)
    if value is not None and not isinstance(value, dict):
        raise ParseError("daemon.json", f"key {key!r}", f"expected an object, found {type(value).__name__}")
    return dict(value or {})


def merged(config: Mapping[str, Any], *, binary: str, set_default: bool, cdi: bool) -> Dict[str, Any]:
    """The user's configuration with the handler; `features` and other runtimes are kept."""
    result = copy.deepcopy(dict(config))
    result["runtimes"] = {**_table(result, "runtimes"), "nvidia": {"path": binary, "args": []}}
    if set_default:
        result["default-runtime"] = "nvidia"
    elif result.get("default-runtime") == "nvidia":
        del result["default-runtime"]
    if cdi:
        result["features"] = {**_table(result, "features"), "cdi": True}
    return result


def without(config: Mapping[str, Any]) -> Dict[str, Any]:
    """Our keys taken back, where the handler says that they are ours."""
    result = copy.deepcopy(dict(config))
    if "nvidia" not in _table(result, "runtimes"):
        return result
    for key, ours in (("runtimes", "nvidia"), ("features", "cdi")):
        rest = {name: value for name, value in _table(result, key).items() if name != ours}
        if rest:
            result[key] = rest
        else:
            result.pop(key, None)
    if result.get("default-runtime") == "nvidia":
        del result["default-runtime"]
    return result


def render(config: Mapping[str, Any]) -> Optional[str]:
    """The file; None when nothing is left to say."""
    return json.dumps(config, indent=4) + "\n" if config else None


def has_cdi_feature(version: str) -> bool:
    """The feature exists from Docker 25 on."""
    major = version.split(".", 1)[0]
    return major.isdigit() and int(major) >= 25
