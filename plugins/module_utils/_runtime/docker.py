# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Docker's daemon.json: our keys merged into the user's. Pure. Private to the collection."""

from __future__ import annotations

import copy
import json
from typing import Any, Dict, Mapping, Optional

PATH = "/etc/docker/daemon.json"


def merged(config: Mapping[str, Any], *, binary: str, set_default: bool, cdi: bool) -> Dict[str, Any]:
    """The user's configuration with the handler; `features` and other runtimes are kept."""
    result = copy.deepcopy(dict(config))
    runtimes = dict(result.get("runtimes") or {})
    runtimes["nvidia"] = {"path": binary, "args": []}
    result["runtimes"] = runtimes
    if set_default:
        result["default-runtime"] = "nvidia"
    elif result.get("default-runtime") == "nvidia":
        del result["default-runtime"]
    if cdi:
        result["features"] = dict(result.get("features") or {}, cdi=True)
    return result


def without(config: Mapping[str, Any]) -> Dict[str, Any]:
    """Our keys taken back."""
    result = copy.deepcopy(dict(config))
    runtimes = {name: value for name, value in (result.get("runtimes") or {}).items() if name != "nvidia"}
    if runtimes:
        result["runtimes"] = runtimes
    else:
        result.pop("runtimes", None)
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
