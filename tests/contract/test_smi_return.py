# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What nvidia_smi_info documents is what it returns, and its sample is what it makes of our own capture."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any, get_type_hints

import yaml
from ansible_collections.baremetal.gpu.plugins.module_utils._parse import nvidia_smi_types
from ansible_collections.baremetal.gpu.plugins.modules import nvidia_smi_info

from tools import smi_sample

if TYPE_CHECKING:
    from collections.abc import Iterator

TYPES: dict[str, Any] = {"str": str, "int": int, "float": (int, float), "bool": bool, "dict": dict, "list": list}


def documented() -> Any:
    return yaml.safe_load(nvidia_smi_info.RETURN)["smi"]


def classes(cls: type, above: str = "") -> Iterator[tuple[str, type]]:
    """Every dataclass within one, by its path; lists of them too."""
    yield above, cls
    for name, hint in get_type_hints(cls, vars(nvidia_smi_types)).items():
        parts = [hint, *getattr(hint, "__args__", ())]
        inner = next((part for part in parts if is_dataclass(part)), None)
        if isinstance(inner, type):
            yield from classes(inner, f"{above}{name.rstrip('_')}/")


def test_every_value_of_nvidia_smi_is_documented() -> None:
    top = documented()
    seen = list(classes(nvidia_smi_types.SmiReport))
    assert {"gpus/", "gpus/ecc/volatile/", "gpus/mig/devices/", "gpus/processes/"} <= {path for path, _cls in seen}
    for path, cls in seen:
        entry = top
        for step in path.split("/")[:-1]:
            entry = entry["contains"][step]
        assert list(entry["contains"]) == [field.name for field in fields(cls)], path
        for name, value in entry["contains"].items():
            assert value["description"], name
            assert value["type"] in ("str", "int", "float", "bool", "dict", "list"), name


def test_the_sample_is_what_the_module_says_of_the_capture() -> None:
    text = smi_sample.MODULE.read_text(encoding="utf-8")
    assert smi_sample.render(text) == text, "run make smi-sample"
    assert documented()["sample"] == smi_sample.sample()


def test_another_sample_would_be_found() -> None:
    text = smi_sample.MODULE.read_text(encoding="utf-8")
    other = text.replace("'1650000000001'", "'1650000000002'")
    assert other != text
    assert smi_sample.render(other) == text


def check(entry: dict[str, Any], value: Any, path: str) -> None:
    """A value is of the type that is documented, and so is all within it."""
    if value is None:
        return
    assert isinstance(value, TYPES[entry["type"]]), path
    assert isinstance(value, bool) is (entry["type"] == "bool"), path
    for element in value if entry["type"] == "list" else [value]:
        for name, inner in entry.get("contains", {}).items():
            check(inner, element[name], f"{path}.{name}")


def test_the_sample_has_the_documented_types() -> None:
    smi = documented()
    check(smi, smi["sample"], "smi")
