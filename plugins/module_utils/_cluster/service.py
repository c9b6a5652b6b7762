# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes a node of a cluster out of service and brings it back. Private to the collection."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from typing import Any, Callable, Dict, List, Mapping, Tuple

from .._dataclass import dataclass
from .._errors import GpuError
from . import drain
from .client import TIMEOUT, Cluster, explained
from .parse import Json, is_ready

with suppress(ImportError):
    from kubernetes.client.rest import ApiException

INTERVAL = 1.0


@dataclass(frozen=True)
class Rules:
    """What may be done to pods."""

    delete_emptydir_data: bool
    force: bool


class Service:
    """One node. Each change is awaited until a deadline."""

    def __init__(self, cluster: Cluster, name: str) -> None:
        self._cluster = cluster
        self._name = name
        self._core = cluster.core

    def node(self) -> Json:
        with explained(f"node {self._name}", self._cluster.server):
            answer = self._core.read_node(self._name, _preload_content=False, _request_timeout=TIMEOUT)
            found: Json = json.loads(answer.data)
        return found

    def _patch(self, patch: Mapping[str, Any]) -> None:
        with explained(f"changing node {self._name}", self._cluster.server):
            self._core.patch_node(self._name, patch, _preload_content=False, _request_timeout=TIMEOUT)

    def pods(self) -> List[Json]:
        return self._cluster.items(
            "pods", self._core.list_pod_for_all_namespaces, field_selector=f"spec.nodeName={self._name}"
        )

    def take_out(self, rules: Rules, timeout: int, *, dry: bool) -> Tuple[bool, List[str]]:
        """Whether something changed, and the pods that were evicted. What fails before the end is taken back."""
        node = self.node()
        patch = drain.taking_out(node)
        pods = self.pods()
        leaving, obstacles = self._choose(pods, rules)
        if obstacles:
            raise GpuError(
                f"{self._name} cannot be drained: {'; '.join(obstacles)}. "
                + ("It stays out of service." if not patch else "Nothing was changed.")
            )
        if dry:
            return bool(patch or leaving), [drain.title(pod) for pod in leaving]
        if patch:
            self._patch(patch)
        evicted: Dict[str, None] = {}
        try:
            self._wait_until_empty(rules, time.monotonic() + timeout, timeout, evicted)
        except GpuError as error:
            was = drain.before(self.node())
            if was:
                self._patch(drain.back_in_service(was))
            gone = f" Evicted before: {', '.join(evicted)}." if evicted else ""
            raise GpuError(f"{error}. {self._name} is as it was in the cluster.{gone}") from error
        return bool(patch or evicted), list(evicted)

    def _choose(self, pods: List[Json], rules: Rules) -> Tuple[List[Json], List[str]]:
        return drain.to_evict(
            pods, self._cluster.namespace, delete_emptydir_data=rules.delete_emptydir_data, force=rules.force
        )

    def _wait_until_empty(self, rules: Rules, deadline: float, timeout: int, evicted: Dict[str, None]) -> None:
        while True:
            pods = self.pods()
            # New pods do not come to a node that is cordoned; the rules were asked before.
            leaving, _obstacles = self._choose(pods, rules)
            reasons = {}
            for pod in leaving:
                if not pod["metadata"].get("deletionTimestamp"):
                    why = self._evict(pod)
                    if why:
                        reasons[drain.title(pod)] = why
                        continue
                evicted[drain.title(pod)] = None
                reasons[drain.title(pod)] = "it is still ending"
            for pod in drain.operands(pods, self._cluster.namespace):
                reasons[drain.title(pod)] = "the operator has not taken it off"
            if not reasons:
                return
            if time.monotonic() >= deadline:
                text = "; ".join(f"{name}: {why}" for name, why in reasons.items())
                raise GpuError(
                    f"{self._name} could not be drained within {timeout} s (gpu_upgrade_drain_timeout): {text}"
                )
            time.sleep(INTERVAL)

    def _evict(self, pod: Json) -> str:
        """Why it may not be evicted now; empty when it may."""
        metadata = {key: pod["metadata"][key] for key in ("name", "namespace")}
        body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": metadata}
        with explained(f"evicting {drain.title(pod)}", self._cluster.server):
            try:
                self._core.create_namespaced_pod_eviction(
                    metadata["name"], metadata["namespace"], body, _preload_content=False, _request_timeout=TIMEOUT
                )
            except ApiException as error:
                if error.status == 404:
                    return ""
                if error.status == 429:
                    return _budget(error.body)
                raise
        return ""

    def bring_back(self, timeout: int, *, dry: bool) -> bool:
        """False where we did not take it out. Operands first, then its GPUs, and new pods last."""
        was = drain.before(self.node())
        if was is None or dry:
            return was is not None
        self._patch(drain.operands_on(was))
        try:
            self._wait(lambda: self._not_back(was), timeout)
        except GpuError:
            self._patch(drain.CORDON)
            raise
        self._patch(drain.back_in_service(was))
        return True

    def _not_back(self, was: drain.Before) -> str:
        if not was.cordoned and self._operator_waits():
            # Where this node is the only one, a long reboot takes the operator's pods off it for good.
            self._patch(drain.UNCORDON)
        node = self.node()
        if not is_ready(node):
            return "its kubelet is not ready"
        has = drain.allocatable(node)
        return "" if has >= was.gpus else f"it offers {has} of {was.gpus} GPUs"

    def _operator_waits(self) -> bool:
        """Whether a pod of the operator's namespace has no node to run on."""
        pods = self._cluster.items("pods", self._core.list_namespaced_pod, self._cluster.namespace)
        return any(not (pod.get("spec") or {}).get("nodeName") for pod in pods)

    def _wait(self, problem: Callable[[], str], timeout: int) -> None:
        deadline = time.monotonic() + timeout
        while True:
            found = problem()
            if not found:
                return
            if time.monotonic() >= deadline:
                raise GpuError(
                    f"{self._name} is not back after {timeout} s (gpu_upgrade_ready_timeout): {found}. It stays "
                    "cordoned; look at the operands' pods on it, and run the playbook again"
                )
            time.sleep(INTERVAL)


def _budget(body: Any) -> str:
    """Which PodDisruptionBudget it is, and what it needs."""
    try:
        status = json.loads(body)
        causes = (status.get("details") or {}).get("causes") or []
        return str(next((cause["message"] for cause in causes if cause.get("message")), status["message"]))
    except (TypeError, ValueError, KeyError):
        return "a PodDisruptionBudget does not allow it now"
