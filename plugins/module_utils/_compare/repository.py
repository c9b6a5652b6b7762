# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Package sources and their keys. Private to the collection."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional

from .._compat.repositories import (
    CUDA_ARCHITECTURES,
    CUDA_BASE,
    DEFAULT_SOURCE,
    OLD_LIST_PREFIXES,
    OLD_LISTS,
    TOOLKIT_KEY,
    TOOLKIT_KEY_FINGERPRINT,
    TOOLKIT_URI,
    WITHOUT_CUDA,
    cuda_directory,
)
from .._compat.systems import system
from . import debian_archive, rpm_repository
from .types import UNMANAGED, Observed, Options, Part

COMPONENT = "nvidia_repository"
SOURCES_DIR = "/etc/apt/sources.list.d"
PATH = SOURCES_DIR + "/{}.sources"
KEY_PATH = "/etc/apt/keyrings/{}.asc"


def driver_source(options: Options, observed: Observed) -> str:
    """Who builds the driver packages: archive or cuda."""
    asked = str(options["driver_source"])
    return DEFAULT_SOURCE.get(observed["os"]["id"], "cuda") if asked == "auto" else asked


def _driver(options: Options, observed: Observed) -> Optional[Dict[str, Any]]:
    source = driver_source(options, observed)
    uri, key, fingerprint = options["driver_uri"], options["driver_key"], options["driver_key_fingerprint"]
    suites = ["/"] if _rpm(observed) else list(options["driver_suites"] or [])
    if source == "cuda":
        os = observed["os"]
        directory = cuda_directory(os)
        if directory:
            base = "{}/{}/{}".format(CUDA_BASE, directory.name, CUDA_ARCHITECTURES.get(os["arch"], os["arch"]))
            uri = uri or base
            key = key or (f"{base}/{directory.key_file}" if directory.key_file else None)
            fingerprint = fingerprint or directory.key_fingerprint
        suites = suites or ["/"]
    elif not uri:
        return _debian(observed) if observed["os"]["id"] == "debian" else None
    return {
        "name": "nvidia-driver",
        "uri": uri,
        "suites": suites or [name for name in (observed["os"]["codename"],) if name],
        "components": list(options["driver_components"] or []),
        "key": key,
        "fingerprint": fingerprint,
        "prefix": "driver",
        "cuda": source == "cuda",
    }


def _debian(observed: Observed) -> Optional[Dict[str, Any]]:
    """Elsewhere the distribution's own sources serve the driver."""
    name = "nvidia-driver"
    found = debian_archive.archive(observed, f"{SOURCES_DIR}/{name}.sources")
    return found and {"name": name, "key": "", "fingerprint": "", "prefix": "driver", "own_key": False, **found}


def _toolkit(options: Options, observed: Observed) -> Dict[str, Any]:
    return {
        "name": "nvidia-container-toolkit",
        "uri": options["toolkit_uri"] or (rpm_repository.TOOLKIT_URI if _rpm(observed) else TOOLKIT_URI),
        "suites": ["/"],
        "components": [],
        "key": options["toolkit_key"] or TOOLKIT_KEY,
        "fingerprint": options["toolkit_key_fingerprint"] or TOOLKIT_KEY_FINGERPRINT,
        "prefix": "toolkit",
    }


def _rpm(observed: Observed) -> bool:
    return observed["packages"]["manager"] in rpm_repository.PATHS


def render(source: Mapping[str, Any]) -> str:
    """One deb822 stanza."""
    lines = ["Types: deb", "URIs: " + source["uri"], "Suites: " + " ".join(source["suites"])]
    if source["components"]:
        lines.append("Components: " + " ".join(source["components"]))
    if source["key_path"]:
        lines.append("Signed-By: " + source["key_path"])
    return "\n".join(lines) + "\n"


def _fingerprint(text: Any) -> str:
    return str(text or "").replace(" ", "").replace(":", "").upper()


def _old_lists(observed: Observed, ours: List[str]) -> List[str]:
    old = []
    for repository in observed["repositories"]:
        path = repository["path"]
        name = path.rsplit("/", 1)[-1]
        if path not in ours and (name in OLD_LISTS or name.startswith(OLD_LIST_PREFIXES)):
            old.append(path)
    return sorted(set(old))


def _has(observed: Observed, source: Mapping[str, Any]) -> Optional[str]:
    """What is wrong with the source on the node, or None."""
    found = [r for r in observed["repositories"] if r["path"] == source["path"]]
    if not found:
        return "absent"
    have = found[0]
    want = (
        source["uri"].rstrip("/"),
        sorted(source["suites"]),
        sorted(source["components"]),
        source["key_path"] or None,
        True,
    )
    is_ = (
        have["uris"][0].rstrip("/") if have["uris"] else "",
        sorted(have["suites"]),
        sorted(have["components"]),
        have["signed_by"],
        have["enabled"],
    )
    if len(found) > 1 or len(have["uris"]) != 1 or is_ != want:
        words = ([*sorted(one["uris"]), *sorted(one["suites"]), *sorted(one["components"])] for one in found)
        return "; ".join(sorted(" ".join(line) for line in words))
    return None


def _key_differs(observed: Observed, source: Mapping[str, Any]) -> Optional[str]:
    if not source["own_key"]:
        return None
    keys = [key for key in observed["signing_keys"] if key["path"] == source["key_path"]]
    fingerprints = sorted(_fingerprint(text) for key in keys for text in key["fingerprints"])
    if fingerprints != [source["fingerprint"]]:
        return "key " + (", ".join(fingerprints) or "absent")
    return None


def compare(options: Options, observed: Observed, *, driver: bool = True) -> Part:
    """Our sources, each signed by its one key, and no list of an earlier guide beside them."""
    part = Part(COMPONENT)
    if options["state"] == UNMANAGED:
        part.actions = {"state": UNMANAGED, "manager": None, "sources": [], "remove": []}
        return part
    manager = observed["packages"]["manager"]
    sources = []
    for source in (_driver(options, observed) if driver else None, _toolkit(options, observed)):
        if source is None:
            continue
        source["path"] = rpm_repository.PATHS.get(manager, PATH).format(source["name"])
        if source.setdefault("own_key", True):
            source["key_path"] = (rpm_repository.KEY_PATH if _rpm(observed) else KEY_PATH).format(source["name"])
        source["fingerprint"] = _fingerprint(source["fingerprint"])
        sources.append(source)
    if options["state"] == "absent":
        return _compare_absent(part, sources, observed)
    possible = [source for source in sources if not _refused(part, source, observed)]
    for source in possible:
        source["content"] = rpm_repository.render(source, manager) if _rpm(observed) else render(source)
        wrong = rpm_repository.wrong(observed, source) if _rpm(observed) else _has(observed, source)
        wrong = wrong or _key_differs(observed, source)
        if wrong:
            part.drift(
                source["path"],
                want="{} signed by {}".format(source["uri"], source["fingerprint"] or "what the node trusts"),
                have=wrong,
                why="the packages come from here",
            )
    remove = _old_lists(observed, [s["path"] for s in sources]) if options["remove_old_lists"] else []
    for path in remove:
        part.drift(
            path,
            want="absent",
            have="present",
            why="a list of an earlier guide conflicts with ours (Signed-By) or serves other versions",
        )
    part.actions = {"state": "present", "manager": manager, "sources": possible, "remove": remove}
    return part


def _refused(part: Part, source: Mapping[str, Any], observed: Observed) -> bool:
    prefix = "nvidia_repository_" + source["prefix"]
    never = WITHOUT_CUDA.get(system(observed["os"])) if source.get("cuda") else None
    if never:
        part.refuse(
            "driver source",
            value="cuda",
            why=never,
            remedy="set nvidia_repository_driver_source to archive",
        )
    elif not source["uri"]:
        part.refuse(
            "driver source",
            value="cuda",
            why="NVIDIA's CUDA repository has no directory for {}".format(observed["os"]["pretty"]),
            remedy=f"set {prefix}_uri, {prefix}_key and {prefix}_key_fingerprint to a mirror, or "
            "nvidia_repository_driver_source to archive",
        )
    elif source["own_key"] and (not source["key"] or len(source["fingerprint"]) != 40):
        part.refuse(
            "signing key",
            value=source["fingerprint"] or None,
            why="a source needs a key and its full fingerprint of 40 hexadecimal digits; none is known here for "
            + (source["key"] or source["uri"]),
            remedy=f"set {prefix}_key (URL, or a file on the controller) and {prefix}_key_fingerprint, after comparing "
            "it with what the repository's owner publishes",
        )
    elif not source["suites"]:
        part.refuse(
            "suites",
            value=None,
            why="{} has no code name to take for the suite".format(observed["os"]["pretty"]),
            remedy=f"set {prefix}_suites",
        )
    else:
        return False
    return True


def _compare_absent(part: Part, sources: List[Dict[str, Any]], observed: Observed) -> Part:
    ours = [source["path"] for source in sources] + [source["key_path"] for source in sources if source["own_key"]]
    there = {item["path"] for item in list(observed["repositories"]) + list(observed["signing_keys"])}
    remove = [path for path in ours if path in there]
    for path in remove:
        part.drift(path, want="absent", have="present", why="nvidia_repository_state is absent")
    manager = observed["packages"]["manager"]
    part.actions = {"state": "absent", "manager": manager, "sources": [], "remove": remove}
    return part
