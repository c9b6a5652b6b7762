# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An exact set of packages, as the module reports it."""

from __future__ import annotations

import importlib
from typing import Any

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._runner import Result

from ..apt.test_resolve import DEBIAN, ROOTS, Archive
from .conftest import MODULES, Run

pytest.importorskip("ansible", reason="the modules need ansible-core")

NAME = "apt_resolve"
WANTED = {"packages": ROOTS, "match": "580.159.04"}


def archive(monkeypatch: pytest.MonkeyPatch, installed: dict[str, str] | None = None, **more: Any) -> Archive:
    made = Archive({**DEBIAN, **more}, installed)
    monkeypatch.setattr(importlib.import_module(f"{MODULES}.{NAME}"), "SubprocessRunner", lambda: made)
    return made


@pytest.mark.parametrize("check", [False, True])
def test_what_would_be_installed_is_a_change_only_as_a_prediction(
    run: Run, monkeypatch: pytest.MonkeyPatch, check: bool
) -> None:
    archive(monkeypatch, {"libcuda1": "595.71.05-1"})
    seen = run(NAME, check=check, **WANTED)
    assert (seen["changed"], seen["version"], seen["removals"]) == (check, "580.159.04", [])
    assert sorted(seen["install"]) == [
        "libcuda1=580.159.04-1",
        "linux-headers-6.1.0-41-amd64=6.1.158-1",
        "nvidia-driver-cuda=580.159.04-1",
        "nvidia-kernel-open-dkms=580.159.04-1",
        "nvidia-persistenced=580.159.04-1",
    ]
    assert "nvidia-driver-cuda absent -> 580.159.04-1" in seen["transaction"]
    assert seen["diff"] == {"before": "", "after": "".join(f"{line}\n" for line in seen["transaction"])}


def test_nothing_to_do(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = {**dict.fromkeys(DEBIAN, "580.159.04-1"), "linux-headers-6.1.0-41-amd64": "6.1.158-1"}
    archive(monkeypatch, installed)
    seen = run(NAME, check=True, **WANTED)
    assert (seen["changed"], seen["install"], seen["transaction"], seen["diff"]["after"]) == (False, [], [], "")


@pytest.mark.parametrize(("match", "variable"), [("570", "nvidia_driver_branch"), ("570.1.2", "nvidia_driver_version")])
def test_what_no_source_has_is_a_failure_and_in_check_mode_a_note(
    run: Run, monkeypatch: pytest.MonkeyPatch, match: str, variable: str
) -> None:
    """In check mode the source may be one that is yet to come."""
    archive(monkeypatch)
    told = run(NAME, check=True, packages=ROOTS, match=match)
    done = run(NAME, packages=ROOTS, match=match)
    assert done["msg"].startswith(f"{variable} {match}: no source has nvidia-driver-cuda of it; available are 595")
    assert (told["changed"], told["install"], told["unresolved"]) == (True, [], done["msg"])
    assert told["diff"]["after"].splitlines() == [
        "nvidia-driver-cuda=580.159.04",
        "nvidia-kernel-open-dkms=580.159.04",
        "linux-headers-6.1.0-41-amd64=*",
    ]


@pytest.mark.parametrize("check", [False, True])
def test_a_removal_of_a_stranger_is_refused(run: Run, monkeypatch: pytest.MonkeyPatch, check: bool) -> None:
    made = archive(monkeypatch)
    answer = made.run

    def removing(argv: Any, *, timeout: float = 30.0) -> Result:
        seen = answer(argv, timeout=timeout)
        gone = "Remv libcuda-old [1.0]\nRemv postgresql [15]\n" if "--simulate" in argv else ""
        return Result(seen.rc, gone + seen.out, seen.err)

    monkeypatch.setattr(made, "run", removing)
    msg = run(NAME, check=check, allow_remove=["libcuda-old"], **WANTED)["msg"]
    assert "the installation of 580.159.04 would remove postgresql, which are not of the driver" in msg
    allowed = run(NAME, check=check, allow_remove=["libcuda-old", "postgresql"], **WANTED)
    assert allowed["removals"] == ["libcuda-old", "postgresql"]


@pytest.mark.parametrize("check", [False, True])
def test_an_apt_that_fails_is_a_failure_in_check_mode_too(
    run: Run, monkeypatch: pytest.MonkeyPatch, check: bool
) -> None:
    made = archive(monkeypatch)
    monkeypatch.setattr(made, "run", lambda _argv, timeout: Result(100, "", "E: The lists are damaged\n"))
    assert run(NAME, check=check, **WANTED)["msg"] == "apt-cache madison failed with rc 100: E: The lists are damaged"
