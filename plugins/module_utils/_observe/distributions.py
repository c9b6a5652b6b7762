# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""k3s, RKE2 and k0s: where each keeps its own containerd. Private to the collection."""

from __future__ import annotations

import re
from typing import Mapping

from .._dataclass import dataclass
from .._errors import ParseError
from .._parse.containerd import parse_settings
from .context import Context
from .runtime_types import Distribution, Handler
from .types import Unit

_DATA_PATH = re.compile(r"^data-dir:\s*[\"']?([^\s\"'#]+)", re.MULTILINE)


@dataclass(frozen=True)
class _Places:
    """`{}` is the folder of its data."""

    data: str
    config: str
    endpoint: str
    containerd: tuple[str, ...]
    templates: tuple[str, ...]
    units: tuple[str, ...]


_RANCHER = "{}/agent/etc/containerd/"
_TEMPLATES = (_RANCHER + "config.toml.tmpl", _RANCHER + "config-v3.toml.tmpl")
_PLACES = {
    "k3s": _Places(
        data="/var/lib/rancher/k3s",
        config="/etc/rancher/k3s/config.yaml",
        endpoint="unix:///run/k3s/containerd/containerd.sock",
        containerd=(_RANCHER + "config.toml",),
        templates=_TEMPLATES,
        units=("k3s.service", "k3s-agent.service"),
    ),
    "rke2": _Places(
        data="/var/lib/rancher/rke2",
        config="/etc/rancher/rke2/config.yaml",
        endpoint="unix:///run/k3s/containerd/containerd.sock",
        containerd=(_RANCHER + "config.toml",),
        templates=_TEMPLATES,
        units=("rke2-server.service", "rke2-agent.service"),
    ),
    "k0s": _Places(
        data="/var/lib/k0s",
        config="/etc/k0s/k0s.yaml",
        endpoint="unix:///run/k0s/containerd.sock",
        containerd=("/etc/k0s/containerd.toml", "/run/k0s/containerd-cri.toml"),
        templates=(),
        units=("k0scontroller.service", "k0sworker.service"),
    ),
}
_K0S_DROPINS = "/etc/k0s/containerd.d"


def _handlers(look: Context, paths: list[str]) -> dict[str, Handler]:
    found = {}
    for path in paths:
        text = look.root.text(path)
        try:
            settings = None if text is None else parse_settings(text)
        except ParseError as exc:
            look.note(path, str(exc))
            continue
        for name, binary in (settings.handlers if settings else {}).items():
            found[name] = Handler(binary)
    return found


def _distribution(look: Context, name: str, places: _Places, units: Mapping[str, Unit | None]) -> Distribution | None:
    installed = [unit for unit in (units.get(unit) for unit in places.units) if unit is not None]
    moved = _DATA_PATH.search(look.root.text(places.config) or "")
    data = moved.group(1) if moved else places.data
    if not installed and not look.root.isdir(data):
        return None
    containerd = [path.format(data) for path in places.containerd]
    there = [path for path in containerd if look.root.exists(path)]
    templates = [path.format(data) for path in places.templates]
    if name == "k0s":
        templates = [f"{_K0S_DROPINS}/{file}" for file in look.root.listdir(_K0S_DROPINS) if file.endswith(".toml")]
    return Distribution(
        name=name,
        active=any(unit.active_state == "active" for unit in installed) if installed else None,
        data_path=data,
        config_path=places.config if look.root.exists(places.config) else None,
        runtime_endpoint=places.endpoint,
        containerd_config=there[0] if there else None,
        containerd_templates=tuple(path for path in templates if look.root.exists(path)),
        handlers=_handlers(look, [*there, *(templates if name == "k0s" else [])]),
    )


def distributions(look: Context, units: Mapping[str, Unit | None]) -> tuple[Distribution, ...]:
    found = (_distribution(look, name, places, units) for name, places in _PLACES.items())
    return tuple(one for one in found if one is not None)
