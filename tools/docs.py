# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes docs/variables.md from the argument specs of the roles.

.venv/bin/python tools/docs.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml
from antsibull_docs_parser import dom
from antsibull_docs_parser.parser import Context, parse

REPO = Path(__file__).resolve().parent.parent
PAGE = REPO / "docs" / "variables.md"
INTRODUCTION = """\
<!-- Written by tools/docs.py from roles/*/meta/argument_specs.yml. -->

# Variables of the roles

Set them in the inventory; each begins with the name of its role. `null` means that the role finds out, as described.
`ansible-doc -t role baremetal.gpu.ROLE` says the same.
"""


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def plain(text: str) -> str:
    """ansible-doc's markup as Markdown's code, and what names a plugin or role as its name."""
    (paragraph,) = parse([text], Context(), errors="exception")
    return "".join(_part(part) for part in paragraph)


def _part(part: dom.AnyPart) -> str:
    match part:
        case dom.ModulePart():
            return f"`{part.fqcn}`"
        case dom.PluginPart():
            return f"`{part.plugin.fqcn}`"
        case dom.OptionValuePart():
            return f"`{part.value}`"
        case dom.OptionNamePart() | dom.ReturnValuePart() | dom.EnvVariablePart():
            return f"`{part.name}`"
        case dom.CodePart():
            return f"`{part.text}`"
        case dom.TextPart() | dom.BoldPart() | dom.ItalicPart():
            return part.text
    raise ValueError(f"{part.source}: no plain text for {type(part).__name__}")


def kind(option: dict[str, Any]) -> str:
    """The type, of lists also the elements', and what may be chosen."""
    found = option["type"] + (f" of {option['elements']}" if "elements" in option else "")
    choices = ", ".join(f"`{choice}`" for choice in option.get("choices", []))
    return f"{found}: {choices}" if choices else found


def default(option: dict[str, Any]) -> str:
    return "required" if option.get("required") else f"`{json.dumps(option['default'])}`"


def row(role: str, variable: str, option: dict[str, Any]) -> str:
    cells = [f"`{role}`", f"`{variable}`", kind(option), default(option), plain(" ".join(option["description"]))]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def section(role: str, entries: dict[str, Any]) -> str:
    """One role, every entry point."""
    options = {name: option for entry in entries.values() for name, option in entry["options"].items()}
    table = ["| role | variable | type | default | description |", "| --- | --- | --- | --- | --- |"]
    table += [row(role, name, option) for name, option in options.items()]
    return "\n".join([f"## {role}", "", plain(entries["main"]["short_description"]) + ".", "", *table])


def render() -> str:
    specs = sorted(REPO.glob("roles/*/meta/argument_specs.yml"))
    sections = [section(path.parts[-3], load(path)["argument_specs"]) for path in specs]
    return "\n\n".join([INTRODUCTION.rstrip("\n"), *sections]) + "\n"


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
