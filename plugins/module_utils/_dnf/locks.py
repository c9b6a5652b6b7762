# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Locks of exact versions, in the files of dnf 4 and dnf 5. Private to the collection.

`dnf versionlock add NAME` locks every version that a repository has, so the files are written here, and only the rules
for one exact version of one package of ours; other rules are their owner's.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Container, Iterable, List, Sequence, Tuple

from .._compat.rpm_names import KERNEL_LOCK
from .._parse.package_locks import parse_plugin_settings
from .._parse.toml import parse_toml

if TYPE_CHECKING:
    from .._root import Root

LIST = "/etc/dnf/plugins/versionlock.list"
PLUGIN = "/etc/dnf/plugins/versionlock.conf"
TOML = "/etc/dnf/versionlock.toml"
Exact = Tuple[str, str]
"""Name, and epoch:version-release"""
_LINE = re.compile(r"(?P<name>[^\s*?\[\]!]+)-(?P<evr>\d+:[^\s:*?-]+-[^\s:*?-]+?)(?:\.\*|\.noarch|\.x86_64|\.aarch64)?")
_BLOCK = re.compile(r"^[ \t]*\[\[packages\]\][ \t]*$", re.MULTILINE)
_COMMENT = "baremetal.gpu"
_OFF = ("0", "false", "no", "off")


def file(root: Root, *, five: bool) -> str:
    """Where the rules are."""
    return TOML if five else parse_plugin_settings(root.text(PLUGIN) or "").get("locklist", LIST)


def heeded(root: Root) -> bool:
    """Whether dnf 4 heeds them: its plugin is installed, and not switched off."""
    settings = parse_plugin_settings(root.text(PLUGIN) or "")
    return root.exists(PLUGIN) and settings.get("enabled", "1").lower() not in _OFF


def list_text(text: str, ours: Container[str], wanted: Iterable[Exact]) -> str:
    """versionlock.list with exactly these rules about packages that are `ours`; every other line stays as it is."""
    missing = dict.fromkeys(f"{name}-{evr}" for name, evr in wanted)
    lines: List[str] = []
    for line in text.splitlines():
        rule = _LINE.fullmatch(line.strip())
        if rule and rule.group("name") in ours:
            key = "{name}-{evr}".format(**rule.groupdict())
            if key not in missing:
                continue
            del missing[key]
        lines.append(line)
    return "".join(line + "\n" for line in [*lines, *(f"{key}.*" for key in missing)])


def _exact(block: str) -> Exact:
    """What one [[packages]] block locks; two empty texts where it is another kind of rule."""
    packages = parse_toml(block).get("packages")
    one = packages[0] if isinstance(packages, list) and packages else {}
    conditions = one.get("conditions")
    if not isinstance(conditions, list) or len(conditions) != 1:
        return "", ""
    said = [conditions[0].get(key) for key in ("key", "comparator", "value")]
    return (str(one.get("name")), str(said[2])) if said[:2] == ["evr", "="] else ("", "")


def toml_text(text: str, ours: Container[str], wanted: Iterable[Exact]) -> str:
    """versionlock.toml with exactly these rules about packages that are `ours`; every other block stays as it is."""
    missing = dict.fromkeys(wanted)
    starts = [match.start() for match in _BLOCK.finditer(text)] + [len(text)]
    kept = [text[: starts[0]]]
    for start, end in zip(starts, starts[1:]):
        rule = _exact(text[start:end])
        if rule[0] in ours:
            if rule not in missing:
                continue
            del missing[rule]
        kept.append(text[start:end])
    return _with("".join(kept), missing, _COMMENT)


def _with(text: str, rules: Iterable[Exact], comment: str) -> str:
    for name, evr in rules:
        text = (text.rstrip("\n") if text.strip() else 'version = "1.0"') + (
            f'\n\n[[packages]]\nname = "{name}"\ncomment = "{comment}"\n'
            f'[[packages.conditions]]\nkey = "evr"\ncomparator = "="\nvalue = "{evr}"\n'
        )
    return text


def kernel_list_text(text: str, wanted: Sequence[str]) -> str:
    """versionlock.list with exactly these rules (name-epoch:version-release) that have the comment of kernels."""
    mark = f"# {KERNEL_LOCK}"
    lines, kept = text.splitlines(), []
    for before, line in zip(["", *lines], lines):
        if line.strip() != mark and (before.strip() != mark or line.startswith("#")):
            kept.append(line)
    kept += [line for rule in wanted for line in (mark, f"{rule}.*")]
    return "".join(line + "\n" for line in kept)


def kernel_toml_text(text: str, wanted: Sequence[str]) -> str:
    """The same in versionlock.toml."""
    starts = [match.start() for match in _BLOCK.finditer(text)] + [len(text)]
    blocks = [text[start:end] for start, end in zip(starts, starts[1:])]
    kept = [block for block in blocks if f'comment = "{KERNEL_LOCK}"' not in block]
    exact = [rule.rsplit("-", 2) for rule in wanted]
    return _with(text[: starts[0]] + "".join(kept), [(one[0], f"{one[1]}-{one[2]}") for one in exact], KERNEL_LOCK)
