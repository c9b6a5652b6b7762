# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sources and keys: plan the file changes, make them, read the repositories, or take all back.

Private to the collection.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from typing import Callable, Iterator, List, Optional, Sequence

from ._dataclass import dataclass
from ._errors import GpuError, ParseError
from ._parse.openpgp import parse_fingerprints

Fetch = Callable[[str, str], bytes]


@dataclass(frozen=True)
class Place:
    """One source with its key; no `key` where the content names one that the node trusts already."""

    path: str
    content: str
    key_path: str
    key: str
    fingerprint: str
    variables: str


@dataclass(frozen=True)
class Change:
    """One file: None is absent."""

    path: str
    before: Optional[bytes]
    after: Optional[bytes]
    variables: str = ""
    source: str = ""
    """The source that is read anew for it"""
    since: float = 0.0
    """When the file that goes was written, in seconds since the epoch"""

    @staticmethod
    def text(content: Optional[bytes]) -> str:
        """For a diff."""
        return "" if content is None else content.decode("utf-8", "replace")


def _read(path: str) -> Optional[bytes]:
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except FileNotFoundError:
        return None


def _key_is(content: Optional[bytes], fingerprint: str) -> bool:
    if content is None:
        return False
    try:
        return list(parse_fingerprints(content)) == [fingerprint.upper()]
    except ParseError:
        return False


def _key(source: Place, fetch: Optional[Fetch]) -> bytes:
    is_url = source.key.startswith(("http://", "https://"))
    if is_url and fetch is None:
        return f"key {source.fingerprint} from {source.key}\n".encode()
    content = fetch(source.key, source.variables) if is_url and fetch else source.key.encode()
    try:
        found = list(parse_fingerprints(content))
    except ParseError as error:
        raise GpuError(f"{source.variables}_key: {source.key[:80]} is no OpenPGP public key: {error}") from error
    if found != [source.fingerprint.upper()]:
        raise GpuError(
            "{}_key_fingerprint: the key has fingerprint {}, expected {}. Nothing was changed. "
            "Set the fingerprint only after comparing it with the repository's owner".format(
                source.variables, ", ".join(found) or "none", source.fingerprint
            )
        )
    return content


def plan(sources: Sequence[Place], remove: Sequence[str], *, fetch: Optional[Fetch]) -> List[Change]:
    """File changes, keys first; a key that is there with the right fingerprint is not fetched again."""
    changes: List[Change] = []
    for source in sources:
        have = _read(source.key_path) if source.key else None
        if source.key and not _key_is(have, source.fingerprint):
            changes.append(Change(source.key_path, have, _key(source, fetch), source.variables, source.path))
        have = _read(source.path)
        if have != source.content.encode():
            changes.append(Change(source.path, have, source.content.encode(), source.variables, source.path))
    changes += [
        Change(path, _read(path), None, since=os.stat(path).st_mtime) for path in remove if os.path.exists(path)
    ]
    return changes


def _write(path: str, content: Optional[bytes]) -> None:
    if content is None:
        if os.path.exists(path):
            os.unlink(path)
        return
    os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=os.path.dirname(path))
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        os.chmod(temporary, 0o644)
        os.rename(temporary, path)
    except OSError:
        os.unlink(temporary)
        raise


@contextmanager
def placed(changes: Sequence[Change]) -> Iterator[None]:
    """Write; what fails while they are there has them put back."""
    try:
        for change in changes:
            _write(change.path, change.after)
        yield
    except (GpuError, OSError) as error:
        for change in changes:
            _write(change.path, change.before)
        what = str(error) if isinstance(error, GpuError) else f"the sources cannot be written: {error}"
        raise GpuError(f"{what.rstrip('.')}. The node's package sources were put back as they were") from error
