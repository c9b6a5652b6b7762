# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node out of service and back: what is changed, what is remembered, who stays, and what a budget says."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("kubernetes", reason="a cluster is reached through its client")

from ansible_collections.baremetal.gpu.plugins.module_utils._cluster import drain, service
from ansible_collections.baremetal.gpu.plugins.module_utils._cluster.client import Cluster
from ansible_collections.baremetal.gpu.plugins.module_utils._cluster.service import Rules, Service
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import GpuError
from kubernetes.client.rest import ApiException

NAME = "gpu-01"
OPERATOR = "gpu-operator"
LENIENT, STRICT = Rules(delete_emptydir_data=True, force=True), Rules(delete_emptydir_data=False, force=False)


def node(**labels: str) -> dict[str, Any]:
    return {
        "metadata": {"name": NAME, "labels": labels, "annotations": {}},
        "spec": {},
        "status": {"allocatable": {"nvidia.com/gpu": "2"}, "conditions": [{"type": "Ready", "status": "True"}]},
    }


def pod(name: str, kind: str | None = "ReplicaSet", namespace: str = "default", **spec: Any) -> dict[str, Any]:
    owners = [{"kind": kind, "name": "x", "controller": True}] if kind else []
    return {
        "metadata": {"name": name, "namespace": namespace, "ownerReferences": owners},
        "spec": spec,
        "status": {"phase": "Running"},
    }


def operand(name: str = "device-plugin") -> dict[str, Any]:
    return pod(name, "DaemonSet", OPERATOR, nodeSelector={"nvidia.com/gpu.deploy.device-plugin": "true"})


def budget(message: str) -> ApiException:
    error = ApiException(status=429, reason="Too Many Requests")
    causes = [{"reason": "DisruptionBudget", "message": message}] if message else []
    error.body = json.dumps({"message": "Cannot evict pod", "details": {"causes": causes}})
    return error


def merge(into: dict[str, Any], patch: dict[str, Any]) -> None:
    for key, value in patch.items():
        if isinstance(value, dict):
            merge(into.setdefault(key, {}), value)
        elif value is None:
            into.pop(key, None)
        else:
            into[key] = value


class Api:
    """The API server's part: one node, its pods, and an operator that obeys the label."""

    def __init__(self, seen: dict[str, Any], *pods: dict[str, Any]) -> None:
        self.node, self.pods = seen, list(pods)
        self.patches: list[dict[str, Any]] = []
        self.blocked: dict[str, ApiException] = {}
        self.operator = True
        self.comes_back = True
        self.operator_waits = False

    @staticmethod
    def _answer(found: Any) -> Any:
        return SimpleNamespace(data=json.dumps(found))

    def read_node(self, name: str, **_options: Any) -> Any:
        if name != NAME:
            raise ApiException(status=404, reason="Not Found")
        return self._answer(self.node)

    def patch_node(self, _name: str, patch: dict[str, Any], **_options: Any) -> Any:
        self.patches.append(copy.deepcopy(patch))
        merge(self.node, patch)
        off = self.node["metadata"]["labels"].get(drain.OPERANDS) == "false"
        if self.operator and off:
            self.pods = [one for one in self.pods if one["metadata"]["namespace"] != OPERATOR or not one["spec"]]
            self.node["status"]["allocatable"] = {}
        elif not off and self.comes_back:
            self.node["status"]["allocatable"] = {"nvidia.com/gpu": "2"}
        return self._answer(self.node)

    def list_pod_for_all_namespaces(self, **options: Any) -> Any:
        assert options["field_selector"] == f"spec.nodeName={NAME}"
        return self._answer({"items": self.pods})

    def list_namespaced_pod(self, namespace: str, **_options: Any) -> Any:
        waiting = [pod("operator", namespace=namespace)] if self.operator_waits else []
        self.operator_waits = self.operator_waits and bool(self.node["spec"].get("unschedulable"))
        return self._answer({"items": waiting})

    def create_namespaced_pod_eviction(self, name: str, namespace: str, body: dict[str, Any], **_options: Any) -> Any:
        assert (body["kind"], body["metadata"]) == ("Eviction", {"name": name, "namespace": namespace})
        if name in self.blocked:
            raise self.blocked[name]
        self.pods = [one for one in self.pods if one["metadata"]["name"] != name]
        return self._answer({})


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Time passes only while somebody waits."""
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    monkeypatch.setattr(service, "time", SimpleNamespace(monotonic=lambda: now[0], sleep=sleep))
    yield


def of(api: Api, name: str = NAME) -> Service:
    cluster = Cluster.__new__(Cluster)
    cluster.namespace, cluster.server, cluster.core = OPERATOR, "https://api", api
    return Service(cluster, name)


def test_out_and_back_leaves_the_node_as_it_was() -> None:
    api = Api(node(kept="yes"), pod("web"), operand(), pod("operator", "ReplicaSet", OPERATOR))
    before = copy.deepcopy(api.node)
    assert of(api).take_out(LENIENT, 10, dry=False) == (True, ["default/web"])
    assert api.node["spec"]["unschedulable"] is True
    assert [one["metadata"]["name"] for one in api.pods] == ["operator"]
    assert of(api).take_out(LENIENT, 10, dry=False) == (False, [])
    assert of(api).bring_back(10, dry=False) is True
    assert api.node == before
    assert of(api).bring_back(10, dry=False) is False


def test_what_somebody_else_did_stays() -> None:
    api = Api(node(**{drain.OPERANDS: "false"}))
    api.node["spec"]["unschedulable"] = True
    before = copy.deepcopy(api.node)
    of(api).take_out(LENIENT, 10, dry=False)
    api.node["status"]["allocatable"] = {"nvidia.com/gpu": "2"}
    assert of(api).bring_back(10, dry=False) is True
    assert api.node["spec"] == before["spec"]
    assert api.node["metadata"] == before["metadata"]


def test_a_node_that_was_not_taken_out_is_left_alone() -> None:
    api = Api(node())
    api.node["spec"]["unschedulable"] = True
    assert of(api).bring_back(10, dry=False) is False
    assert api.patches == []


def test_the_gpus_come_before_the_pods() -> None:
    api = Api(node())
    of(api).take_out(LENIENT, 10, dry=False)
    api.comes_back = False
    with pytest.raises(GpuError, match=r"not back after 5 s \(gpu_upgrade_ready_timeout\): it offers 0 of 2 GPUs"):
        of(api).bring_back(5, dry=False)
    assert api.node["spec"]["unschedulable"] is True and drain.before(api.node)
    api.node["status"]["conditions"] = []
    with pytest.raises(GpuError, match="its kubelet is not ready"):
        of(api).bring_back(5, dry=False)


def test_a_budget_that_blocks_puts_the_node_back_and_is_named() -> None:
    api = Api(node(), pod("web"), pod("db"), operand())
    before = copy.deepcopy(api.node)
    api.blocked["db"] = budget("The disruption budget db needs 1 healthy pods and has 1 currently")
    with pytest.raises(GpuError) as caught:
        of(api).take_out(LENIENT, 5, dry=False)
    for word in (
        "within 5 s (gpu_upgrade_drain_timeout)",
        "default/db: The disruption budget db",
        "Evicted before: def",
    ):
        assert word in str(caught.value)
    assert api.node == before


def test_an_operator_without_a_node_may_come_back_before_the_gpus() -> None:
    api = Api(node())
    of(api).take_out(LENIENT, 10, dry=False)
    api.operator_waits, api.comes_back = True, False
    with pytest.raises(GpuError, match="It stays cordoned"):
        of(api).bring_back(5, dry=False)
    assert drain.UNCORDON in api.patches
    assert api.node["spec"]["unschedulable"] is True


@pytest.mark.parametrize(("body", "wanted"), [("{", "a PodDisruptionBudget"), (None, "a PodDisruptionBudget")])
def test_a_budget_that_says_nothing(body: str | None, wanted: str) -> None:
    api = Api(node(), pod("db"))
    api.blocked["db"] = budget("")
    with pytest.raises(GpuError, match="Cannot evict pod"):
        of(api).take_out(LENIENT, 0, dry=False)
    api.blocked["db"].body = body
    with pytest.raises(GpuError, match=wanted):
        of(api).take_out(LENIENT, 0, dry=False)


def test_an_operand_that_stays_is_named() -> None:
    api = Api(node(), operand())
    api.operator = False
    with pytest.raises(GpuError, match="gpu-operator/device-plugin: the operator has not taken it off"):
        of(api).take_out(LENIENT, 3, dry=False)
    assert drain.before(api.node) is None


def test_a_pod_that_is_ending_is_waited_for_and_one_that_is_gone_is_fine() -> None:
    ending = pod("web")
    ending["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    api = Api(node(), ending)
    with pytest.raises(GpuError, match="default/web: it is still ending"):
        of(api).take_out(LENIENT, 3, dry=False)
    api = Api(node(), pod("web"))
    api.blocked["web"] = ApiException(status=404)
    with pytest.raises(GpuError, match="still ending"):
        of(api).take_out(LENIENT, 0, dry=False)


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (pod("alone", None), "alone has no controller.*gpu_upgrade_force"),
        (pod("cache", volumes=[{"name": "x", "emptyDir": {}}]), "cache has an emptyDir.*gpu_upgrade_delete_emptydir"),
    ],
)
def test_what_would_be_lost_is_refused_and_nothing_is_changed(one: dict[str, Any], why: str) -> None:
    api = Api(node(), pod("web"), one)
    with pytest.raises(GpuError, match=why + ".*Nothing was changed"):
        of(api).take_out(STRICT, 5, dry=False)
    assert (api.patches, len(api.pods)) == ([], 2)
    assert of(api).take_out(LENIENT, 5, dry=False)[0] is True


def test_who_stays() -> None:
    mirror, done = pod("mirror", "Node"), pod("done", None)
    mirror["metadata"]["annotations"] = {"kubernetes.io/config.mirror": "x"}
    done["status"]["phase"] = "Succeeded"
    api = Api(node(), mirror, done, pod("daemon", "DaemonSet"), pod("validator-by-hand", None, OPERATOR))
    assert of(api).take_out(STRICT, 5, dry=False) == (True, [])


def test_a_check_changes_nothing() -> None:
    api = Api(node(), pod("web"))
    assert of(api).take_out(LENIENT, 5, dry=True) == (True, ["default/web"])
    assert of(api).bring_back(5, dry=True) is False
    assert api.patches == []


def test_an_annotation_that_is_not_ours_to_read_is_said() -> None:
    api = Api(node())
    api.node["metadata"]["annotations"][drain.OURS] = "{}"
    with pytest.raises(GpuError, match=r"expected JSON with cordoned, operands and gpus\. Take it away"):
        of(api).bring_back(5, dry=False)


def test_a_node_that_the_cluster_does_not_have() -> None:
    with pytest.raises(GpuError, match="node other: 404"):
        of(Api(node()), "other").take_out(LENIENT, 5, dry=False)


def test_other_refusals_of_the_api_are_said() -> None:
    api = Api(node(), pod("web"))
    api.blocked["web"] = ApiException(status=403, reason="Forbidden")
    with pytest.raises(GpuError, match="evicting default/web: 403 Forbidden"):
        of(api).take_out(LENIENT, 5, dry=False)
    assert drain.before(api.node) is None
