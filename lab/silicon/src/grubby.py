# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stand-in for grubby: reads and changes the boot loader's entries, and what later kernels inherit."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

ENTRIES = Path("/boot/loader/entries")
ENVIRONMENT = Path("/boot/grub2/grubenv")
INHERITED = Path("/etc/kernel/cmdline")
DEFAULTS = Path("/etc/default/grub")


def key(path: Path) -> list[tuple[int, int, str]]:
    words = re.findall(r"\d+|[a-z]+", path.stem.partition("-")[2])
    return [(0, int(word), "") if word.isdigit() else (1, 0, word) for word in words]


def changed(arguments: str, add: list[str], remove: list[str]) -> str:
    """grubby replaces an argument of the same name, and removes by name or by name and value."""
    names = {word.partition("=")[0] for word in add}
    gone = {word for word in remove if "=" in word}
    gone_names = {word for word in remove if "=" not in word}
    kept = [word for word in arguments.split() if word.partition("=")[0] not in names | gone_names and word not in gone]
    return " ".join(kept + add)


def rewrite(path: Path, pattern: str, add: list[str], remove: list[str]) -> None:
    if path.exists():

        def line(found: re.Match[str]) -> str:
            return found[1] + changed(found[2], add, remove) + found[3]

        path.write_text(re.sub(pattern, line, path.read_text(), flags=re.MULTILINE))


def entry_of(path: Path) -> dict[str, str]:
    return dict(line.split(None, 1) for line in path.read_text().splitlines() if " " in line)


def default(entries: list[Path]) -> Path:
    """The saved entry; without one the newest."""
    text = ENVIRONMENT.read_text() if ENVIRONMENT.exists() else ""
    saved = re.search(r"^saved_entry=(.*)$", text, re.MULTILINE)
    return next((path for path in entries if saved and path.stem == saved[1].strip()), entries[-1])


def tell(entries: list[Path], chosen: list[Path]) -> None:
    for path in reversed(chosen):
        entry = entry_of(path)
        index = list(reversed(entries)).index(path)
        words = entry.get("options", "").split()
        root = next((word.removeprefix("root=") for word in words if word.startswith("root=")), "")
        arguments = " ".join(word for word in words if not word.startswith("root="))
        print(f'index={index}\nkernel="/boot{entry["linux"]}"\nargs="{arguments}"\nroot="{root}"')
        print(f'initrd="/boot{entry["initrd"]}"\ntitle="{entry["title"]}"\nid="{path.stem}"')


def main() -> int:
    parser = argparse.ArgumentParser(prog="grubby")
    parser.add_argument("--update-kernel")
    parser.add_argument("--info")
    parser.add_argument("--args", default="")
    parser.add_argument("--remove-args", default="")
    parser.add_argument("--set-default")
    for option in ("--default-kernel", "--default-index", "--default-title"):
        parser.add_argument(option, action="store_true")
    given = parser.parse_args()
    entries = sorted(ENTRIES.glob("*.conf"), key=key)
    if not entries:
        print("grubby: no boot loader entries", file=sys.stderr)
        return 1
    texts = {path: entry_of(path) for path in entries}
    first = default(entries)
    answers = {
        "default_kernel": "/boot" + texts[first]["linux"],
        "default_index": str(list(reversed(entries)).index(first)),
        "default_title": texts[first]["title"],
    }
    for option, answer in answers.items():
        if getattr(given, option):
            print(answer)
            return 0
    asked = given.update_kernel or given.info or given.set_default or ""
    chosen = [path for path in entries if asked in ("ALL", "/boot" + texts[path]["linux"], texts[path]["linux"])]
    chosen = [first] if asked == "DEFAULT" else chosen
    if not chosen:
        print(f"The param {asked} is incorrect", file=sys.stderr)
        return 1
    if given.set_default:
        ENVIRONMENT.write_text(f"# GRUB Environment Block\nsaved_entry={chosen[0].stem}\n")
        return 0
    if given.info:
        tell(entries, chosen)
        return 0
    add, remove = given.args.split(), given.remove_args.split()
    for path in chosen:
        rewrite(path, r"^(options )(.*)()$", add, remove)
    if asked == "ALL":
        rewrite(INHERITED, r"\A()(.*)()$", add, remove)
        rewrite(DEFAULTS, r'^(GRUB_CMDLINE_LINUX=")(.*)(")$', add, remove)
    return 0


sys.exit(main())
