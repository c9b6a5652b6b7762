# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A reader for the TOML that container runtimes write. Private to the collection.

Python has its own from 3.11 on, nodes may have 3.8. Dates stay texts.
"""

from __future__ import annotations

import re
from typing import Any

from .._errors import ParseError

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_WORD = re.compile(r"[^\s,\]}#]+")
_SPACE = re.compile(r"[ \t]*")
_BLANK = re.compile(r"(?:\s|#[^\n]*)*")
_ESCAPE = re.compile(r'\\(?:(["\\bfnrt/])|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|[ \t]*\n\s*)')
_ESCAPED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_STRINGS = (
    ('"""', re.compile(r'"""\n?((?:[^\\]|\\.)*?"{0,2})"""(?!")', re.DOTALL), True),
    ("'''", re.compile(r"'''\n?(.*?'{0,2})'''(?!')", re.DOTALL), False),
    ('"', re.compile(r'"((?:[^"\\\n]|\\.)*)"'), True),
    ("'", re.compile(r"'([^'\n]*)'"), False),
)
_DEEPEST = 64


def _unescape(text: str) -> str:
    def one(match: re.Match[str]) -> str:
        char, short, long = match.groups()
        if char:
            return _ESCAPED.get(char, char)
        code = int(short or long or "0", 16)
        return chr(code) if 0 < code < 0x110000 else ""

    return _ESCAPE.sub(one, text)


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text.replace("\r\n", "\n")
        self.at = 0
        self.depth = 0
        self.top: dict[str, Any] = {}

    def error(self, why: str) -> ParseError:
        return ParseError("TOML", "line {}".format(self.text.count("\n", 0, self.at) + 1), why)

    def skip(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self.text, self.at)
        self.at = match.end() if match else self.at

    def take(self, token: str) -> bool:
        if self.text.startswith(token, self.at):
            self.at += len(token)
            return True
        return False

    def expect(self, token: str) -> None:
        if not self.take(token):
            raise self.error(f"expected {token!r}, found {self.text[self.at : self.at + 20]!r}")

    def end_of_line(self) -> None:
        self.skip(_SPACE)
        if self.at < len(self.text) and self.text[self.at] not in "\n#":
            raise self.error(f"expected the end of the line, found {self.text[self.at : self.at + 20]!r}")

    def string(self) -> str | None:
        for opening, pattern, escapes in _STRINGS:
            if self.text.startswith(opening, self.at):
                match = pattern.match(self.text, self.at)
                if match is None:
                    raise self.error("a text that does not end")
                self.at = match.end()
                return _unescape(match.group(1)) if escapes else match.group(1)
        return None

    def key(self) -> list[str]:
        parts = []
        while True:
            self.skip(_SPACE)
            part = self.string()
            if part is None:
                match = _BARE.match(self.text, self.at)
                if match is None:
                    raise self.error(f"expected a key, found {self.text[self.at : self.at + 20]!r}")
                self.at = match.end()
                part = match.group(0)
            parts.append(part)
            self.skip(_SPACE)
            if not self.take("."):
                return parts

    def value(self) -> Any:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise self.error("nested too deeply")
        text = self.string()
        if text is not None:
            result: Any = text
        elif self.take("["):
            result = self.array()
        elif self.take("{"):
            result = self.inline_table()
        else:
            result = self.word()
        self.depth -= 1
        return result

    def word(self) -> Any:
        match = _WORD.match(self.text, self.at)
        if match is None:
            raise self.error("expected a value")
        word = match.group(0)
        self.at = match.end()
        if word in ("true", "false"):
            return word == "true"
        for read in (lambda text: int(text, 0), float):
            try:
                return read(word)
            except ValueError:
                continue
        if word[0].isdigit():
            return word
        raise self.error(f"{word!r} is no value")

    def array(self) -> list[Any]:
        items: list[Any] = []
        while True:
            self.skip(_BLANK)
            if self.take("]"):
                return items
            items.append(self.value())
            self.skip(_BLANK)
            if not self.take(","):
                self.expect("]")
                return items

    def inline_table(self) -> dict[str, Any]:
        table: dict[str, Any] = {}
        while True:
            self.skip(_BLANK)
            if self.take("}"):
                return table
            self.assign(table)
            self.skip(_BLANK)
            if not self.take(","):
                self.expect("}")
                return table

    def assign(self, table: dict[str, Any]) -> None:
        *parents, last = self.key()
        self.expect("=")
        self.skip(_SPACE)
        table = self.descend(table, parents)
        if last in table:
            raise self.error(f"key {last!r} is set twice")
        table[last] = self.value()

    def descend(self, table: dict[str, Any], keys: list[str]) -> dict[str, Any]:
        for key in keys:
            inner = table.setdefault(key, {})
            if isinstance(inner, list) and inner:
                inner = inner[-1]
            if not isinstance(inner, dict):
                raise self.error(f"key {key!r} is a value and a table")
            table = inner
        return table

    def header(self) -> dict[str, Any]:
        many = self.take("[")
        keys = self.key()
        self.expect("]]" if many else "]")
        if not many:
            return self.descend(self.top, keys)
        tables: Any = self.descend(self.top, keys[:-1]).setdefault(keys[-1], [])
        if not isinstance(tables, list):
            raise self.error(f"key {keys[-1]!r} is a table and a list of tables")
        table: dict[str, Any] = {}
        tables.append(table)
        return table

    def document(self) -> dict[str, Any]:
        table = self.top
        while True:
            self.skip(_BLANK)
            if self.at >= len(self.text):
                return self.top
            if self.take("["):
                table = self.header()
            else:
                self.assign(table)
            self.end_of_line()


def parse_toml(text: str) -> dict[str, Any]:
    """The document as nested dicts and lists; ParseError names the line."""
    return _Reader(text).document()
