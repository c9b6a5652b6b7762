# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Transactions of apt that were read before: carried out, or refused. Private to the collection."""

from __future__ import annotations

from typing import TYPE_CHECKING, List, Sequence

from .._errors import GpuError
from .._parse.apt import parse_simulation

if TYPE_CHECKING:
    from .._root import Root
    from .._runner import Result, Runner

_APT = (
    "env",
    "DEBIAN_FRONTEND=noninteractive",
    "apt-get",
    "--yes",
    "--option=Dpkg::Options::=--force-confdef",
    "--option=Dpkg::Options::=--force-confold",
)
_NOTES = "/var/lib/dpkg/updates"
_LIMIT = 7200.0
"""Seconds; building the modules for several kernels takes many minutes on a slow node."""
SIMULATION = 600.0
"""Seconds; it takes one or two, and a hundred times that on a node that is very busy."""
_TELLING = ("E:", "dpkg: error", "dpkg: dependency problems", "Error!", "Bad return status", "Consult ")


def _said(result: Result, limit: float) -> str:
    """The lines that say what failed, of apt, dpkg and dkms, with those indented below them."""
    if result.timed_out:
        return f"it did not end within {limit:.0f} s"
    lines = [line for line in (result.out + "\n" + result.err).splitlines() if line.strip()]
    telling: List[str] = []
    tells = False
    for line in lines:
        tells = line.startswith(_TELLING) or (tells and line.startswith(" "))
        telling += [line.strip()] if tells else []
    return " ".join(telling or [line.strip() for line in lines[-5:]]) or "it said nothing"


def _run(runner: Runner, argv: Sequence[str], what: str) -> None:
    result = runner.run(argv, timeout=_LIMIT)
    if result.rc != 0:
        raise GpuError(
            f"{what} failed with rc {result.rc}: {_said(result, _LIMIT)}. "
            "Mend that and run again, which goes on from here"
        )


def settle(root: Root, runner: Runner) -> None:
    """A dpkg that was killed leaves notes, which apt does not read and does not go past; any dpkg that writes does."""
    if any(name.isdigit() for name in root.listdir(_NOTES)):
        runner.run(["dpkg", "--set-selections"])


def configure_pending(runner: Runner) -> bool:
    """What an interrupted installation unpacked; whether dpkg got through.

    It does not where the interruption came before all of it was unpacked: that is for apt to fetch again.
    """
    argv = ["env", "DEBIAN_FRONTEND=noninteractive", "dpkg", "--configure", "--pending"]
    return runner.run([*argv, "--force-confdef", "--force-confold"], timeout=_LIMIT).rc == 0


def fix_broken(runner: Runner, lock_timeout: int) -> None:
    """What no name of ours mends; without removing anything."""
    flags = [f"--option=DPkg::Lock::Timeout={lock_timeout}", "--fix-broken", "--no-remove", "install"]
    _run(runner, [*_APT, *flags], "finishing an interrupted installation (apt-get --fix-broken install)")


def install(exact: Sequence[str], runner: Runner, lock_timeout: int, *, anew: bool) -> None:
    """Each as name=version, or name- for one that goes; through holds and in either direction.

    apt leaves alone what is at its version, though dpkg wants it unpacked anew, unless told so.
    """
    flags = ["--fix-broken", "--no-install-recommends", "--allow-downgrades", "--allow-change-held-packages"]
    flags += ["--reinstall"] if anew else []
    argv = [*_APT, f"--option=DPkg::Lock::Timeout={lock_timeout}", *flags, "install", *exact]
    _run(runner, argv, f"the installation of {len(exact)} packages")


def purge_takes(names: Sequence[str], runner: Runner) -> List[str]:
    """What apt would remove with these; held ones too."""
    flags = ["--simulate", "--fix-broken", "--allow-change-held-packages"]
    result = runner.run([*_APT, *flags, "purge", *names], timeout=SIMULATION)
    if result.rc != 0:
        raise GpuError(f"apt cannot remove {', '.join(names)}: {_said(result, SIMULATION)}")
    return list(parse_simulation(result.out).removals)


def purge(names: Sequence[str], runner: Runner, lock_timeout: int) -> None:
    wait = f"--option=DPkg::Lock::Timeout={lock_timeout}"
    _run(
        runner,
        [*_APT, wait, "--fix-broken", "--allow-change-held-packages", "purge", *names],
        f"the removal of {len(names)} packages",
    )


def purge_half(names: Sequence[str], runner: Runner) -> None:
    """By dpkg alone, which removes nothing else: apt first wants whole what was left half-way."""
    flags = ["--purge", "--force-remove-reinstreq", "--force-hold"]
    argv = ["env", "DEBIAN_FRONTEND=noninteractive", "dpkg", *flags, *names]
    _run(runner, argv, f"the removal of {len(names)} packages")
    configure_pending(runner)
