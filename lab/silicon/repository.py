# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The package repositories: laid out like the vendors', signed by the lab's own key, served over HTTP."""

from __future__ import annotations

import gzip
import hashlib
import http.client
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path

from lab import CACHE, GATEWAY, REPO, STATE, LabError
from lab.cluster.build import identity
from lab.host import process
from lab.host.locks import alone, locked
from lab.host.progress import step
from lab.silicon import el_repository, fabric, packages, toolkit
from lab.silicon.deb import Deb
from lab.silicon.ship import CAPTURE
from lab.silicon.ubuntu_cuda import ubuntu_cuda

HERE = Path(__file__).parent
PORT = 8099
SERVER = "repo"
PATIENCE = 20.0
GNUPG = CACHE / "gnupg"
OWNER = "baremetal.gpu lab <lab@example.org>"
PUBLISHED = STATE / "repo"
FLAT = {
    "cuda/debian12/x86_64": "cuda",
    "cuda/ubuntu2404/x86_64": "cuda-ubuntu",
    "toolkit/stable/deb/amd64": "toolkit",
}
SUITE = "ubuntu/dists/noble"


@dataclass(frozen=True)
class RepoInfo:
    path: Path
    fingerprint: str
    key_path: Path


def _gpg(*arguments: str) -> str:
    GNUPG.mkdir(parents=True, mode=0o700, exist_ok=True)
    done = subprocess.run(
        ["gpg", "--homedir", str(GNUPG), "--batch", "--quiet", *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise LabError("signing the lab's repositories", done.stderr.strip(), "python -m lab repo build")
    return done.stdout


def fingerprint() -> str:
    """The lab's key, made once: every lab of this machine signs with it."""
    with locked(GNUPG.with_suffix(".lock")):
        for _attempt in range(2):
            listed = _gpg("--list-keys", "--with-colons") if GNUPG.exists() else ""
            found = [line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr:")]
            if found:
                return found[0]
            _gpg("--passphrase", "", "--quick-generate-key", OWNER, "rsa3072", "sign", "never")
    raise LabError("making the lab's signing key", "gpg made none", "python -m lab repo build")


def pools(versions: Sequence[str]) -> dict[str, list[Deb]]:
    """Everything that each repository holds when only these driver versions are published."""
    return {
        "cuda": [deb for version in versions for deb in packages.debian(version)]
        + packages.debian_pins()
        + [fabric.NVLSM],
        "cuda-ubuntu": [deb for version in versions for deb in ubuntu_cuda(version)]
        + packages.debian_pins()
        + [fabric.NVLSM],
        "restricted": [deb for version in versions for deb in packages.ubuntu(version)],
        "main": packages.ubuntu_kernels(),
        "toolkit": [deb for version in toolkit.VERSIONS for deb in toolkit.toolkit(version)],
    }


def _index(debs: Iterable[Deb], folder: Path, prefix: str) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    stanzas = []
    for deb in debs:
        content = deb.build()
        (folder / deb.filename).write_bytes(content)
        fields = deb.control() | {
            "Filename": f"{prefix}{deb.filename}",
            "Size": str(len(content)),
            "SHA256": hashlib.sha256(content).hexdigest(),
        }
        stanzas.append("".join(f"{key}: {value}\n" for key, value in fields.items()))
    return "\n".join(stanzas)


def _release(folder: Path, files: dict[str, bytes], **fields: str) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    sums = "".join(f" {hashlib.sha256(content).hexdigest()} {len(content)} {name}\n" for name, content in files.items())
    text = (
        "".join(f"{key}: {value}\n" for key, value in fields.items())
        + f"Date: {formatdate(usegmt=True)}\nSHA256:\n{sums}"
    )
    (folder / "Release").write_text(text)
    (folder / "InRelease").unlink(missing_ok=True)
    _gpg("--local-user", fingerprint(), "--clearsign", "--output", str(folder / "InRelease"), str(folder / "Release"))


def _sign(file: Path) -> None:
    _gpg("--local-user", fingerprint(), "--armor", "--detach-sign", "--output", f"{file}.asc", str(file))


def build(versions: Sequence[str] = packages.VERSIONS, into: Path = PUBLISHED) -> RepoInfo:
    """Publish these driver versions; what was published before is replaced at once."""
    unknown = [version for version in versions if version not in packages.VERSIONS]
    if unknown:
        raise LabError(
            "publishing packages",
            f"no version {', '.join(unknown)}; there are {', '.join(packages.VERSIONS)}",
            "python -m lab repo publish",
        )
    with alone("repository"):
        _build(versions, into)
    return info()


def _build(versions: Sequence[str], into: Path) -> None:
    into.parent.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(dir=into.parent))
    new.chmod(0o755)
    with step(f"packages of {', '.join(versions)}"):
        debs = pools(versions)
        for path, pool in FLAT.items():
            text = _index(debs[pool], new / path, "./").encode()
            _release(
                new / path,
                {"Packages": text, "Packages.gz": gzip.compress(text, mtime=0)},
                Origin="NVIDIA",
                Label="NVIDIA CUDA" if pool.startswith("cuda") else "NVIDIA container toolkit",
                Suite="stable",
                Architectures="amd64",
            )
        indexes = {}
        for component in ("main", "restricted"):
            text = _index(debs[component], new / "ubuntu/pool" / component, f"pool/{component}/").encode()
            indexes[f"{component}/binary-amd64/Packages"] = text
            indexes[f"{component}/binary-amd64/Packages.gz"] = gzip.compress(text, mtime=0)
        _release(
            new / SUITE,
            indexes,
            Origin="Ubuntu",
            Label="Ubuntu",
            Suite="noble",
            Codename="noble",
            Architectures="amd64",
            Components="main restricted",
        )
        el_repository.publish(new, versions, GNUPG, fingerprint(), _sign)
        key = _gpg("--armor", "--export", fingerprint())
        (new / "key.asc").write_text(key)
        el_repository.publish_keys(new, key)
        (new / "versions").write_text("\n".join(versions) + "\n")
        (new / "made-from").write_text(_sources())
    old = into.with_name(into.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if into.exists():
        into.rename(old)
    new.rename(into)
    shutil.rmtree(old, ignore_errors=True)


def info() -> RepoInfo:
    return RepoInfo(PUBLISHED, fingerprint(), PUBLISHED / "key.asc")


def _sources() -> str:
    """A key of all that the packages are made from."""
    digest = hashlib.sha256(identity("container-toolkit").encode())
    for file in sorted(path for folder in (HERE, CAPTURE) for path in folder.rglob("*") if path.is_file()):
        if file.suffix != ".pyc":
            digest.update(str(file).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def ensure() -> RepoInfo:
    """Built from what lies here now, and served."""
    made_from = PUBLISHED / "made-from"
    with alone("repository"):
        if not made_from.exists() or made_from.read_text() != _sources():
            _build(packages.VERSIONS, PUBLISHED)
        serve()
    return info()


def running() -> bool:
    return process.running(SERVER) is not None


def serve(address: str = GATEWAY, port: int = PORT) -> None:
    """Start the HTTP server, detached, unless these packages are served there already."""
    if running():
        return
    step = "serving the lab's repositories"
    served, ours = _made_from(address, port), PUBLISHED / "made-from"
    if served is not None:
        if not ours.exists() or served != ours.read_text():
            raise LabError(step, f"{address}:{port} is taken by another server", "python -m lab repo serve")
        return
    process.start_detached(SERVER, [sys.executable, "-m", "lab.silicon.serve", address, str(port)], REPO)
    deadline = time.monotonic() + PATIENCE
    while _made_from(address, port) is None:
        if not running() or time.monotonic() > deadline:
            why = (STATE / f"{SERVER}.log").read_text(errors="replace")[-400:] or "it does not answer"
            raise LabError(step, why, "python -m lab repo serve")
        time.sleep(0.05)


def _made_from(address: str, port: int) -> str | None:
    """What the server there says that its packages are made from; None where nothing answers."""
    connection = http.client.HTTPConnection(address, port, timeout=5)
    try:
        connection.request("GET", "/made-from")
        return connection.getresponse().read().decode(errors="replace")
    except http.client.HTTPException:
        return ""
    except OSError:
        return None
    finally:
        connection.close()


def stop() -> None:
    process.stop_detached(SERVER)


def end_agent() -> None:
    """gpg leaves its agent running; it comes back when it is needed."""
    process.try_run(["gpgconf", "--homedir", str(GNUPG), "--kill", "all"])
