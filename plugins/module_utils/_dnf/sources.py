# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""dnf reads the repositories that were written, and is asked what they have. Private to the collection."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Dict, Iterable, Mapping, Optional, Sequence, Set

from .._errors import GpuError, ParseError
from .._parse.dnf import complaints
from .._parse.dnf_files import parse_repositories
from .._parse.openpgp import parse_fingerprints
from .resolve import Resolver
from .transaction import Dnf

if TYPE_CHECKING:
    from .._packages.stacks import Stack
    from .._root import Root
    from .._runner import Runner
    from .._sources import Change

_FOLDER = "/etc/yum.repos.d"
_KEYS = ("rpm", "--query", "gpg-pubkey", "--queryformat", "%{VERSION} %{RELEASE} %{INSTALLTIME}\\n")
"""By rpm the version is the end of the fingerprint, or all of it."""


def _fingerprints(content: Optional[bytes]) -> Sequence[str]:
    with suppress(ParseError):
        return parse_fingerprints(content or b"")
    return ()


def _still_named(root: Root) -> Set[str]:
    """Fingerprints of the keys that the repositories which stay name by a file."""
    texts = (root.text(f"{_FOLDER}/{name}") for name in root.listdir(_FOLDER) if name.endswith(".repo"))
    keys = (key for text in texts for one in parse_repositories(text or "") for key in one.keys)
    paths = {key[len("file://") :] for key in keys if key.startswith("file://")}
    return {fingerprint for path in paths for fingerprint in _fingerprints(root.bytes_(path))}


def _erase_keys(since: Mapping[str, float], runner: Runner) -> None:
    """Of these fingerprints, what dnf took into rpm's database after the file was there: before, somebody else did."""
    listed = runner.run(_KEYS, timeout=60.0)
    for line in listed.out.splitlines() if listed.rc == 0 else ():
        version, release, taken = line.split()
        if any(key.endswith(version.upper()) and float(taken) >= int(when) for key, when in since.items()):
            result = runner.run(["rpm", "--erase", f"gpg-pubkey-{version}-{release}"], timeout=60.0)
            if result.rc != 0:
                raise GpuError(f"rpm cannot erase the key gpg-pubkey-{version}-{release}: {result.err.strip()}")


def forget(changes: Iterable[Change], root: Root, runner: Runner) -> None:
    """The keys whose files went, once no repository names them."""
    since: Dict[str, float] = {}
    for change in changes:
        if change.after is None:
            since.update(dict.fromkeys(_fingerprints(change.before), change.since))
    named = _still_named(root) if since else ()
    gone = {key: when for key, when in since.items() if key not in named}
    if gone:
        _erase_keys(gone, runner)


def read(changes: Sequence[Change], runner: Runner) -> None:
    """Each repository of ours alone, so that nobody else's trouble is taken for ours; its key is a file on the node."""
    written = {change.source: change.variables for change in changes if change.source}
    for path, variables in written.items():
        with open(path, encoding="utf-8") as stream:
            ours = parse_repositories(stream.read())
        for one in ours:
            argv = ["dnf", "--assumeyes", "--disablerepo=*", f"--enablerepo={one.id}", "--refresh", "makecache"]
            result = runner.run(argv, timeout=300.0)
            if result.rc != 0:
                said = complaints(result.err + "\n" + result.out) or result.err.strip() or f"nothing, rc {result.rc}"
                raise GpuError(f"the repository {one.id} cannot be read. Check {variables}_uri. dnf said: {said}")


def check(stack: Stack, packages: Sequence[Mapping[str, Any]], match: str, root: Root, runner: Runner) -> None:
    Resolver(Dnf(root, runner), stack).exact(packages, (), match)
