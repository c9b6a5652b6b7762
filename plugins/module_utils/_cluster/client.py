# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a cluster through the Kubernetes client library. Private to the collection."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import Any, Dict, Iterator, List, Mapping, Optional, Tuple

from .._errors import GpuError
from . import parse
from .types import Evidence, Pod, Snapshot

try:
    import kubernetes
    import urllib3
    from kubernetes.client.rest import ApiException
except ImportError:
    HAS_KUBERNETES = False
else:
    HAS_KUBERNETES = True

TIMEOUT = (5, 30)
"""Seconds to connect, and to read."""
NEEDED: Tuple[Tuple[str, str, str], ...] = (
    ("create", "", "namespaces"),
    ("create", "apiextensions.k8s.io", "customresourcedefinitions"),
    ("create", "rbac.authorization.k8s.io", "clusterroles"),
    ("create", "nvidia.com", "clusterpolicies"),
    ("create", "apps", "deployments"),
    ("list", "", "nodes"),
    ("list", "", "pods"),
    ("list", "", "secrets"),
)
"""(verb, API group, resource): what installing the chart and watching it become ready takes."""
LOG_LINES = 5
ARGUMENTS: Dict[str, Dict[str, Any]] = {
    "kubeconfig": {"type": "path"},
    "context": {"type": "str"},
    "namespace": {"type": "str", "default": "gpu-operator"},
}
"""Of every module that talks to a cluster."""
_SET = "Set gpu_operator_kubeconfig and gpu_operator_context"


@contextmanager
def explained(what: str, server: str) -> Iterator[None]:
    """The client's errors as one sentence."""
    try:
        yield
    except ApiException as error:
        why = "the credentials were refused (401)" if error.status == 401 else f"{error.status} {_message(error)}"
        raise GpuError(f"{server}: {what}: {why}. {_SET}") from error
    except urllib3.exceptions.HTTPError as error:
        reason = getattr(error, "reason", None) or error
        raise GpuError(f"{server} does not answer: {reason}. {_SET}") from error


def _message(error: Any) -> str:
    try:
        return str(json.loads(error.body)["message"])
    except (TypeError, ValueError, KeyError):
        return str(error.reason)


def _tells(reason: str) -> bool:
    """Whether an event is about what keeps a pod from running."""
    return reason.startswith("Failed") or reason in ("BackOff", "Unhealthy", "NetworkNotReady")


class Cluster:
    """One connection."""

    def __init__(self, *, kubeconfig: Optional[str], context: Optional[str], namespace: str) -> None:
        self.namespace = namespace
        try:
            self._api = kubernetes.config.new_client_from_config(config_file=kubeconfig, context=context)
        except (kubernetes.config.ConfigException, OSError) as error:
            named = f"kubeconfig {kubeconfig or 'by default'}, context {context or 'as it says'}"
            raise GpuError(f"{named}: {error}. {_SET}") from error
        self.server = str(self._api.configuration.host)
        self._api.configuration.retries = False
        self.core = kubernetes.client.CoreV1Api(self._api)

    def items(self, what: str, call: Any, *arguments: Any, **options: Any) -> List[Mapping[str, Any]]:
        with explained("listing " + what, self.server):
            answer = call(*arguments, _preload_content=False, _request_timeout=TIMEOUT, **options)
            items: List[Mapping[str, Any]] = json.loads(answer.data)["items"]
        return items

    def denied(self) -> List[str]:
        """What these credentials may not do, of that which is needed."""
        api = kubernetes.client.AuthorizationV1Api(self._api)
        found = []
        for verb, group, resource in NEEDED:
            body = {
                "apiVersion": "authorization.k8s.io/v1",
                "kind": "SelfSubjectAccessReview",
                "spec": {"resourceAttributes": {"verb": verb, "group": group, "resource": resource}},
            }
            with explained("asking what is allowed", self.server):
                answer = api.create_self_subject_access_review(body, _preload_content=False, _request_timeout=TIMEOUT)
                allowed = json.loads(answer.data)["status"]["allowed"]
            if not allowed:
                found.append(f"{verb} {resource}" + (f".{group}" if group else ""))
        return found

    def snapshot(self) -> Snapshot:
        apps = kubernetes.client.AppsV1Api(self._api)
        return Snapshot(
            nodes=tuple(map(parse.node, self.items("nodes", self.core.list_node))),
            policies=tuple(map(parse.policy, self._policies())),
            daemonsets=tuple(
                map(parse.daemonset, self.items("DaemonSets", apps.list_namespaced_daemon_set, self.namespace))
            ),
            pods=tuple(map(parse.pod, self.items("pods", self.core.list_namespaced_pod, self.namespace))),
        )

    def _policies(self) -> List[Mapping[str, Any]]:
        api = kubernetes.client.CustomObjectsApi(self._api)
        with explained("listing ClusterPolicies", self.server):
            try:
                answer: Dict[str, Any] = api.list_cluster_custom_object(
                    "nvidia.com", "v1", "clusterpolicies", _request_timeout=TIMEOUT
                )
            except ApiException as error:
                if error.status == 404:
                    return []
                raise
        return list(answer["items"])

    def evidence(self, pod: Pod) -> Evidence:
        """Events and log of a pod; a log that cannot be had is no error here."""
        events = self.items(
            "events",
            self.core.list_namespaced_event,
            self.namespace,
            field_selector=f"involvedObject.name={pod.name},type=Warning",
        )
        container = next((entry.name for entry in pod.blocked if entry.name), None)
        said = tuple(str(event.get("message", "")) for event in events if _tells(str(event.get("reason", ""))))
        return Evidence(said, self._log(pod.name, container))

    def _log(self, name: str, container: Optional[str]) -> Tuple[str, ...]:
        if container is None:
            return ()
        for previous in (False, True):
            try:
                answer = self.core.read_namespaced_pod_log(
                    name,
                    self.namespace,
                    container=container,
                    previous=previous,
                    tail_lines=LOG_LINES,
                    _preload_content=False,
                    _request_timeout=TIMEOUT,
                )
            except (ApiException, urllib3.exceptions.HTTPError):
                continue
            lines = answer.data.decode("utf-8", "replace").splitlines()
            if lines:
                return tuple(lines)
        return ()
