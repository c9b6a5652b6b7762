# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Output of modinfo for one or several module files. Private to the collection."""

from __future__ import annotations

from .._dataclass import dataclass


@dataclass(frozen=True)
class ModuleInfo:
    """What a module file says of itself."""

    path: str
    version: str | None
    license: str | None
    vermagic: str | None
    srcversion: str | None
    signer: str | None
    """Name in the certificate of the key that signed it"""

    @property
    def flavour(self) -> str | None:
        """Flavour of an NVIDIA module: the open one is licensed "Dual MIT/GPL", the other one "NVIDIA"."""
        if self.license is None:
            return None
        return "proprietary" if self.license == "NVIDIA" else "open"


def parse_modinfo(text: str) -> tuple[ModuleInfo, ...]:
    """One entry for each line `filename:`; lines before the first belong to nothing."""
    modules: list[dict[str, str]] = []
    for line in text.splitlines():
        name, colon, value = line.partition(":")
        if colon and name == "filename":
            modules.append({"path": value.strip()})
        elif colon and modules:
            modules[-1].setdefault(name.strip(), value.strip())
    return tuple(
        ModuleInfo(
            path=module["path"],
            version=module.get("version"),
            license=module.get("license"),
            vermagic=module.get("vermagic"),
            srcversion=module.get("srcversion"),
            signer=module.get("signer") or None,
        )
        for module in modules
    )
