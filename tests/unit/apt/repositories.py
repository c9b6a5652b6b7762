# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An apt that reads sources as apt does: a repository must answer, and be signed by the key that its source names."""

from __future__ import annotations

from pathlib import Path
from typing import IO, ContextManager, Sequence

from ansible_collections.baremetal.gpu.plugins.module_utils._errors import ParseError
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.openpgp import parse_fingerprints
from ansible_collections.baremetal.gpu.plugins.module_utils._runner import Result

KEYS = Path(__file__).resolve().parents[2] / "fixtures" / "keys"
ONE = "CE7FA8A8EF377D781D0472F6D6796C94F5F5B0CB"
RSA = "4C2706508B29EB16136149DCBFE292239C034383"


def source(uri: str, key_path: Path) -> str:
    return f"Types: deb\nURIs: {uri}\nSuites: /\nSigned-By: {key_path}\n"


class Apt:
    """`signers`: address of a repository → fingerprint of the key that signs it; others do not answer."""

    def __init__(self, signers: dict[str, str]) -> None:
        self.signers = signers
        self.alone: list[list[str]] = []
        """Names of the sources of each update that reads only some"""
        self.whole = 0
        """Updates that read everything"""
        self.complaint: str | None = "E: some other source of the site does not answer"
        """What an update that reads everything complains of"""
        self.answer: Result | None = None

    def run(self, argv: Sequence[str], *, timeout: float = 30.0) -> Result:
        if list(argv) == ["apt-get", "update"]:
            self.whole += 1
            failed = (self.complaint or "").startswith("E:")
            return Result(100 if failed else 0, "Get:1 http://x\n", f"{self.complaint}\n" if self.complaint else "")
        assert list(argv[:4]) == ["apt-get", "update", "-o", "APT::Update::Error-Mode=any"]
        options = dict(word.partition("=")[::2] for word in argv if "=" in word)
        assert (options["Dir::Etc::sourcelist"], options["APT::Get::List-Cleanup"]) == ("/dev/null", "0")
        files = sorted(Path(options["Dir::Etc::sourceparts"]).iterdir())
        self.alone.append([file.name for file in files])
        wrong = [self._read(file) for file in files]
        return self.answer or Result(100 if any(wrong) else 0, "Get:1 http://x\n", "".join(wrong))

    def _read(self, file: Path) -> str:
        fields = dict(line.split(": ", 1) for line in file.read_text().splitlines())
        uri = fields["URIs"]
        if uri not in self.signers:
            return f"W: Failed to fetch {uri}/InRelease\nE: Some index files failed to download.\n"
        try:
            known = parse_fingerprints(Path(fields["Signed-By"]).read_bytes())
        except (OSError, ParseError):
            known = ()
        signer = self.signers[uri]
        return "" if signer in known else f"W: GPG error: {uri}: NO_PUBKEY {signer[-16:]}\n"

    def stream(self, argv: Sequence[str], stdin: IO[bytes]) -> ContextManager[IO[bytes]]:
        raise AssertionError(f"nothing here filters a file through {argv[0]}")
