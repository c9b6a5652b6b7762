# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CDI specifications, and whether they fit the driver. Private to the collection."""

from __future__ import annotations

from .._parse.cdi import CdiDocument, parse_cdi_json, parse_cdi_yaml
from .context import Context
from .driver_types import Driver
from .runtime_types import Cdi, CdiSpec

_DIRECTORIES = ("/etc/cdi", "/var/run/cdi")
_NVIDIA = "nvidia.com/"
_MOST_PATHS = 400


def _changed(look: Context, driver: Driver) -> tuple[int, str] | None:
    """When the newest part of the driver came to be where it is; a file's own date is the packager's."""
    paths = [module.path for module in driver.on_disk] + ([driver.library.path] if driver.library else [])
    times = [(status.st_ctime, path) for path, status in ((path, look.root.stat(path)) for path in paths) if status]
    return (int(max(times)[0]), max(times)[1]) if times else None


def _stale(look: Context, spec: CdiDocument, mtime: int | None, driver: Driver) -> str | None:
    """Why a specification does not fit. That it names the driver's own version counts for more than its age."""
    missing = [path for path in spec.host_paths[:_MOST_PATHS] if not look.root.exists(path)]
    if missing:
        return f"it names {missing[0]}, which is not there" + (f", and {len(missing) - 1} more" if missing[1:] else "")
    installed = driver.library.version if driver.library else None
    if spec.driver_versions and installed:
        if spec.driver_versions == (installed,):
            return None
        return f"it is for driver {', '.join(spec.driver_versions)}, and {installed} is installed"
    changed = _changed(look, driver)
    if mtime is not None and changed and mtime < changed[0]:
        return f"it is older than {changed[1]}"
    return None


def _spec(look: Context, path: str, text: str, driver: Driver) -> CdiSpec:
    document = look.parse(parse_cdi_json if path.endswith(".json") else parse_cdi_yaml, text, path)
    status = look.root.stat(path)
    mtime = int(status.st_mtime) if status else None
    if document is None:
        return CdiSpec(path, None, mtime)
    ours = _NVIDIA in (document.kind or "")
    why = _stale(look, document, mtime, driver) if ours else None
    return CdiSpec(
        path=path,
        kind=document.kind,
        mtime=mtime,
        version=document.version,
        devices=document.devices,
        driver_versions=document.driver_versions,
        stale=why is not None if ours else None,
        why=why,
    )


def cdi(look: Context, driver: Driver) -> Cdi:
    specs = []
    for folder in _DIRECTORIES:
        for name in look.root.listdir(folder):
            path = f"{folder}/{name}"
            text = look.root.text(path) if name.endswith((".yaml", ".json")) else None
            if text is not None:
                specs.append(_spec(look, path, text, driver))
    kinds = [spec.kind for spec in specs]
    for kind in sorted({kind for kind in kinds if kind and kinds.count(kind) > 1}):
        look.note("CDI", "{} is defined by {}".format(kind, " and by ".join(s.path for s in specs if s.kind == kind)))
    return Cdi(tuple(specs))
