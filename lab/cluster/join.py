# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes a node a member of the cluster, as its owner would have before any GPU software comes: kubelet, CNI, images."""

from __future__ import annotations

import time

from lab import GATEWAY, NETWORK, LabError
from lab.cluster import control, images
from lab.cluster.build import binaries
from lab.host.progress import step
from lab.nodes.docker import docker
from lab.nodes.node import Node, put, run

KUBELET_CONFIG = """apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: 0.0.0.0
authentication: {anonymous: {enabled: true}, webhook: {enabled: false}}
authorization: {mode: AlwaysAllow}
cgroupDriver: cgroupfs
cgroupsPerQOS: false
enforceNodeAllocatable: []
failCgroupV1: false
failSwapOn: false
localStorageCapacityIsolation: false
containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
resolvConf: /etc/resolv.conf
evictionHard: {memory.available: "50Mi", nodefs.available: "1%", imagefs.available: "1%", nodefs.inodesFree: "1%"}
imageGCHighThresholdPercent: 100
nodeStatusUpdateFrequency: 5s
syncFrequency: 10s
"""
# Nodes share this machine's cgroups, and every ten seconds each kubelet would measure those of all.
UNIT = """[Unit]
Description=kubelet: the Kubernetes node agent
After=containerd.service network.target
Wants=containerd.service

[Service]
ExecStartPre=/usr/lib/gpulab/service-address
ExecStart=/usr/local/bin/kubelet --config=/etc/kubernetes/kubelet.yaml --kubeconfig=/etc/kubernetes/kubelet.conf \\
  --hostname-override={name} --node-ip={address} --housekeeping-interval=5m
Restart=always
RestartSec=2

[Install]
WantedBy=multi-user.target
"""
SERVICE_ADDRESS = f"""#!/bin/sh
# In the place of kube-proxy: the first service address leads to the apiserver.
for chain in OUTPUT PREROUTING; do
  rule="$chain -d {control.SERVICE_ADDRESS}/32 -p tcp --dport 443 -j DNAT --to-destination {GATEWAY}:6443"
  iptables -t nat -C $rule 2>/dev/null || iptables -t nat -A $rule
done
"""
CNI = """{{
  "cniVersion": "0.4.0",
  "name": "lab",
  "plugins": [
    {{
      "type": "ptp",
      "ipMasq": true,
      "ipam": {{"type": "host-local", "subnet": "10.244.{number}.0/24", "routes": [{{"dst": "0.0.0.0/0"}}]}}
    }},
    {{"type": "portmap", "capabilities": {{"portMappings": true}}}}
  ]
}}
"""


def _address(node: Node) -> str:
    return docker(
        f"address of {node.name}",
        "inspect",
        "--format",
        f'{{{{(index .NetworkSettings.Networks "{NETWORK}").IPAddress}}}}',
        node.container,
    ).strip()


def is_member(node: Node) -> bool:
    """Whether the node was joined to this cluster, with these images."""
    config = run(node, ["cat", "/etc/kubernetes/kubelet.conf"]).out
    loaded = run(node, ["cat", "/var/lib/containerd/gpulab-images.done"]).out
    return config == control.kubeconfig("lab-admin") and loaded == images.archive().name


def join(node: Node) -> None:
    """Install and start the kubelet; the node registers itself as soon as its runtime answers."""
    if is_member(node):
        return
    with step(f"joining {node.name}"):
        address = _address(node)
        kubelet = binaries("kubernetes") / "kubelet"
        docker(f"kubelet on {node.name}", "cp", str(kubelet), f"{node.container}:/usr/local/bin/kubelet")
        files = {
            "/etc/kubernetes/kubelet.yaml": KUBELET_CONFIG,
            "/etc/kubernetes/kubelet.conf": control.kubeconfig("lab-admin"),
            "/etc/systemd/system/kubelet.service": UNIT.format(name=node.name, address=address),
            "/etc/cni/net.d/10-lab.conflist": CNI.format(number=address.rsplit(".", 1)[1]),
        }
        for path, text in files.items():
            put(node, path, text.encode())
        put(node, "/usr/lib/gpulab/service-address", SERVICE_ADDRESS.encode(), 0o755)
        put(node, "/usr/lib/gpulab/load-images", images.LOADER.encode(), 0o755)
        put(node, "/etc/systemd/system/gpulab-images.service", images.UNIT.encode())
        archive = images.archive()
        docker(f"images for {node.name}", "cp", str(archive), f"{node.container}:/var/lib/containerd/gpulab-images.tar")
        put(node, "/var/lib/containerd/gpulab-images.key", archive.name.encode())
        units = "kubelet gpulab-images"
        script = f"systemctl daemon-reload && systemctl enable --quiet {units} && systemctl start --no-block {units}"
        done = run(node, ["sh", "-c", script])
        if done.rc:
            raise LabError(f"joining {node.name}", done.err.strip(), "python -m lab cluster up")


def wait_until_ready(names: list[str], timeout: float = 300.0) -> None:
    """Until the cluster sees these nodes as Ready."""
    deadline = time.monotonic() + timeout
    with step(f"waiting for {', '.join(names)} to be Ready"):
        while True:
            text = control.kubectl("get", "nodes", "--no-headers")
            ready = {line.split()[0] for line in text.splitlines() if " Ready" in line}
            if set(names) <= ready:
                return
            if time.monotonic() > deadline:
                raise LabError(
                    "joining the cluster",
                    f"not Ready: {', '.join(sorted(set(names) - ready))}; see their `journalctl -u kubelet`",
                    "python -m lab cluster up",
                )
            time.sleep(1)
