# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module documents is what it returns: every value, its type, its sample."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Iterator

import pytest

from . import node, sample, systems
from .fakes import out
from .looking import look_at

yaml = pytest.importorskip("yaml", reason="PyYAML comes with ansible-core, which the module needs")
pytest.importorskip("ansible", reason="the module needs ansible-core")

REPO = Path(__file__).resolve().parents[3]
ANY = "NAME"
ELSEWHERE = {"smi"}
"""Documented and tested with nvidia_smi_info."""
OF_THIS_MACHINE = {"os.arch", "privileged"}
FREE = {
    "packages.streams",
    "modprobe.disk.options",
    "modprobe.disk.install",
    "modprobe.image.options",
    "modprobe.image.install",
    "modprobe.command_line.options",
    "modules.loaded.NAME.parameters",
    "driver.running.params",
    "runtimes.docker.config",
    "own_files",
}
"""Keys and values as somebody wrote them."""
ALIKE = {
    "packages.toolkit": "packages.driver",
    "packages.repository": "packages.driver",
    "packages.kernel": "packages.driver",
    "units.NAME": "persistence.unit",
    "runtimes.docker.handlers": "runtimes.containerd.handlers",
    "runtimes.crio.handlers": "runtimes.containerd.handlers",
    "cluster.distributions.handlers": "runtimes.containerd.handlers",
}
"""Documented as another value's."""


def kind(value: object) -> str:
    """Ansible's names of types are Python's."""
    return type(value).__name__


def documented() -> Any:
    text = (REPO / "plugins" / "modules" / "gpu_node_info.yml").read_text(encoding="utf-8")
    return yaml.safe_load(text)["RETURN"]["observed"]["contains"]


def entry_at(path: str, contains: Any) -> Any:
    entry: Any = {"contains": contains}
    for key in path.split("."):
        entry = entry["contains"][key]
    return entry


def walk(seen: Any, contains: Any, root: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Path, documentation and value of everything that is seen; keys on one side only are found here."""
    for key, value in seen.items():
        name = ANY if ANY in contains else key
        here = f"{path}.{name}" if path else name
        assert name in contains, f"{here} is not documented"
        entry = contains[name]
        yield here, entry, value
        if here in ELSEWHERE | FREE:
            continue
        inner = entry_at(ALIKE[here], root).get("contains") if here in ALIKE else entry.get("contains")
        for one in value if isinstance(value, list) else (value,):
            if isinstance(one, dict):
                assert inner is not None, f"the keys of {here} are not documented"
                yield from walk(one, inner, root, here)
    if seen and ANY not in contains:
        assert set(contains) == set(seen), f"documented and not returned at {path or 'the top'}"


def values(seen: Any) -> Iterator[tuple[str, Any, Any]]:
    contains = documented()
    return walk(seen, contains, contains)


def looks(top: Path) -> Iterator[Any]:
    """The node that has everything, others, one without anything."""
    yield look_at(top / "sample", sample.files(), sample.answers(top / "sample"))
    for name, system in systems.SYSTEMS.items():
        yield look_at(top / name, system.files, system.answers)
    bad = {**sample.files(), "/etc/docker/daemon.json": "{", "/etc/crio/crio.conf": "=", "/etc/cdi/x.json": "["}
    failing = {**sample.answers(top / "bad"), "containerd": out("", 1), "modinfo": out("", 1)}
    yield look_at(top / "bad", bad, failing)
    yield look_at(top / "bare", {"/usr": None}, {})


def test_every_value_has_its_type_and_says_when_it_is_absent(tmp_path: Path) -> None:
    for seen in looks(tmp_path):
        for path, entry, value in values(seen):
            if value is None:
                assert entry.get("returned"), f"{path} can be null, and its documentation does not say when"
                continue
            assert kind(value) == entry["type"], f"{path} is {value!r}"
            for item in value if "elements" in entry else ():
                assert kind(item) == entry["elements"], f"{path} is {value!r}"


def test_every_sample_is_what_the_node_that_has_everything_gives(tmp_path: Path) -> None:
    seen: dict[str, list[Any]] = {}
    samples = {}
    for path, entry, value in values(look_at(tmp_path, sample.files(), sample.answers(tmp_path))):
        seen.setdefault(path, []).append(value)
        if "sample" in entry and path not in OF_THIS_MACHINE and not path.startswith(tuple(ALIKE)):
            samples[path] = entry["sample"]
    wrong = {path: seen[path] for path, wanted in samples.items() if wanted not in seen[path]}
    assert wrong == {}, "the sample is none of these"
    assert len(samples) > 100


def test_every_entry_was_seen(tmp_path: Path) -> None:
    """So that none of the other tests passed over it."""
    seen = {path for path, _entry, _value in values(look_at(tmp_path, sample.files(), sample.answers(tmp_path)))}

    def paths(contains: Any, path: str = "") -> Iterator[str]:
        for key, entry in contains.items():
            here = f"{path}.{key}" if path else key
            yield here
            yield from paths(entry.get("contains", {}), here)

    of_findings = {"findings.subject", "findings.why"}
    assert set(paths(documented())) - seen <= of_findings


def test_nothing_is_documented_that_never_says_anything(tmp_path: Path) -> None:
    entries = [(path, entry) for path, entry, _value in values(look_at(tmp_path, sample.files(), {}))]
    empty = [path for path, entry in entries if entry.get("returned") == "never" or "Always" in entry["description"]]
    assert empty == []


def test_an_undocumented_value_would_be_found(tmp_path: Path) -> None:
    seen = look_at(tmp_path, node.files(), node.answers(str(tmp_path)))
    seen["kernel"]["more"] = json.loads("1")
    with pytest.raises(AssertionError, match=r"kernel\.more is not documented"):
        list(values(seen))
    del seen["kernel"]["more"], seen["kernel"]["next"]
    with pytest.raises(AssertionError, match="documented and not returned at kernel"):
        list(values(seen))
