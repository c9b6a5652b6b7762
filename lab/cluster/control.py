# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control plane: etcd, apiserver, controller-manager and scheduler as processes of this machine."""

from __future__ import annotations

import base64
import json
import shutil
import ssl
import time
import urllib.request

from lab import GATEWAY, KUBECONFIG, LOOPBACK, STATE, TOOLS, LabError
from lab.cluster import chart
from lab.cluster.build import binaries
from lab.host.process import run, running, start_detached, stop_detached, try_run
from lab.host.progress import step

HOME = STATE / "cluster"
NO_RIGHTS = STATE / "kubeconfig-no-rights"
API = f"https://{GATEWAY}:6443"
ETCD, PEERS = f"http://{LOOPBACK}:23790", f"http://{LOOPBACK}:23800"
SERVICE_RANGE = "10.96.0.0/16"
SERVICE_ADDRESS = "10.96.0.1"
TOKENS = {"lab-admin": ("lab-admin-token", "system:masters"), "lab-nobody": ("lab-nobody-token", "")}
"""Of a cluster that lives on this machine only."""
PROCESSES = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")
CERTIFICATE = HOME / "certs" / "apiserver.crt"


def _commands() -> dict[str, list[str]]:
    """Process → command line, in the order of start."""
    kube = binaries("kubernetes")
    key = str(HOME / "service-account.key")
    client = ["--kubeconfig", str(KUBECONFIG), "--leader-elect=false", "--bind-address", GATEWAY]
    return {
        "etcd": [
            str(binaries("etcd") / "etcd"),
            *("--data-dir", str(HOME / "etcd"), "--log-level", "error", "--unsafe-no-fsync"),
            *("--listen-client-urls", ETCD, "--advertise-client-urls", ETCD),
            *(
                "--listen-peer-urls",
                PEERS,
                "--initial-advertise-peer-urls",
                PEERS,
            ),
            *("--initial-cluster", f"default={PEERS}"),
        ],
        "kube-apiserver": [
            str(kube / "kube-apiserver"),
            *("--etcd-servers", ETCD, "--bind-address", GATEWAY, "--advertise-address", GATEWAY),
            *(
                "--secure-port",
                "6443",
                "--cert-dir",
                str(HOME / "certs"),
                "--token-auth-file",
                str(HOME / "tokens.csv"),
            ),
            *("--service-account-issuer", "https://kubernetes.default.svc", "--service-account-key-file", key),
            *("--service-account-signing-key-file", key, "--service-cluster-ip-range", SERVICE_RANGE),
            *(
                "--authorization-mode",
                "RBAC",
                "--allow-privileged=true",
                "--kubelet-preferred-address-types",
                "InternalIP",
            ),
        ],
        "kube-controller-manager": [
            str(kube / "kube-controller-manager"),
            *client,
            *("--service-account-private-key-file", key, "--use-service-account-credentials"),
            *("--root-ca-file", str(CERTIFICATE), "--node-monitor-grace-period", "60s"),
        ],
        "kube-scheduler": [str(kube / "kube-scheduler"), *client],
    }


def kubeconfig(user: str) -> str:
    token, _group = TOKENS[user]
    authority = base64.b64encode(CERTIFICATE.read_bytes()).decode()
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "lab", "cluster": {"server": API, "certificate-authority-data": authority}}],
            "users": [{"name": user, "user": {"token": token}}],
            "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": user}}],
            "current-context": "lab",
        },
        indent=1,
    )


def _prepare() -> None:
    HOME.mkdir(parents=True, exist_ok=True)
    lines = [f'{token},{user},{number},"{group}"' for number, (user, (token, group)) in enumerate(TOKENS.items())]
    (HOME / "tokens.csv").write_text("\n".join(lines) + "\n")
    key = HOME / "service-account.key"
    if not key.exists():
        run(["openssl", "genrsa", "-out", str(key), "2048"], "making the key of the cluster's service accounts")


def _wait_for_api(deadline: float) -> None:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # readiness only; nothing is sent
    problem = "no answer"
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{API}/readyz", timeout=2, context=context) as answer:
                if answer.read() == b"ok":
                    return
        except OSError as error:
            problem = str(error)
        time.sleep(0.3)
    log = (STATE / "kube-apiserver.log").read_text().splitlines()[-5:]
    raise LabError(
        "starting the control plane",
        f"{problem}; the apiserver's log ends: {' | '.join(log)}",
        "python -m lab cluster up",
    )


def _link_tools() -> None:
    """Short paths for people and for the inventory."""
    TOOLS.mkdir(exist_ok=True)
    for graph, name in (("kubernetes", "kubectl"), ("helm", "helm")):
        link = TOOLS / name
        link.unlink(missing_ok=True)
        link.symlink_to(binaries(graph) / name)


def _start(name: str, argv: list[str]) -> None:
    if not running(name):
        start_detached(name, argv)


def up() -> None:
    """Start what does not run; ready when it returns."""
    commands = _commands()
    chart.chart()
    with step("control plane", "5 s"):
        _prepare()
        _link_tools()
        for name in ("etcd", "kube-apiserver"):
            _start(name, commands[name])
        _wait_for_api(time.monotonic() + 60)
        KUBECONFIG.write_text(kubeconfig("lab-admin"))
        NO_RIGHTS.write_text(kubeconfig("lab-nobody"))
        for path in (KUBECONFIG, NO_RIGHTS):
            path.chmod(0o600)
        for name in ("kube-controller-manager", "kube-scheduler"):
            _start(name, commands[name])


def down() -> None:
    """Stop everything and forget its data."""
    for name in reversed(PROCESSES):
        stop_detached(name)
    shutil.rmtree(HOME, ignore_errors=True)
    for path in (KUBECONFIG, NO_RIGHTS):
        path.unlink(missing_ok=True)
    shutil.rmtree(TOOLS, ignore_errors=True)


def status() -> dict[str, int | None]:
    return {name: running(name) for name in PROCESSES}


def kubectl(*arguments: str, stdin: str = "") -> str:
    argv = [str(binaries("kubernetes") / "kubectl"), "--kubeconfig", str(KUBECONFIG), *arguments]
    done = try_run(argv, stdin=stdin)
    if done.rc:
        raise LabError(f"kubectl {' '.join(arguments[:3])}", done.err.strip(), "python -m lab cluster status")
    return done.out
