# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`nvidia-smi -q -x` of any driver. Private to the collection.

Elements came, went and moved within one DTD number, so what is read depends on what is there, never on the number.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from .._errors import ParseError
from . import nvidia_smi_values as values
from .nvidia_smi_types import (
    Ecc,
    EccCounts,
    Fabric,
    Mig,
    MigDevice,
    Process,
    RemappedRows,
    RetiredPages,
    SmiDocument,
    SmiGpu,
)
from .nvidia_smi_values import Values

_WHAT = "nvidia-smi -q -x"
_DTD = re.compile(r"<!DOCTYPE\s+nvidia_smi_log\s+SYSTEM\s+\"nvsmi_device_(v\d+)\.dtd\"")
_START = re.compile(r"<\?xml|<!DOCTYPE|<!--|<nvidia_smi_log")
_END = "</nvidia_smi_log>"
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def _without_clocks(body: str) -> str:
    """Supported clocks are four fifths of a document and not read here; lines keep their numbers."""
    opening, closing = "<supported_clocks>", "</supported_clocks>"
    first, *rest = body.split(opening)
    kept = [first]
    for part in rest:
        clocks, end, after = part.partition(closing)
        kept.append("\n" * clocks.count("\n") + after if end else opening + part)
    return "".join(kept)


def _root(text: str) -> tuple[Element, tuple[str, ...]]:
    """The document's element, and the lines around the document."""
    start = _START.search(text)
    if start is None:
        raise ParseError(_WHAT, "line 1", f"no XML document, but {text.strip()[:200]!r}")
    end = text.rfind(_END)
    if end < start.start():
        lines = text.count("\n") + 1
        raise ParseError(_WHAT, f"line {lines}", f"ends before {_END}")
    body = text[start.start() : end + len(_END)]
    if "<!ENTITY" in body:
        raise ParseError(_WHAT, "document type", "declares entities, which nvidia-smi does not")
    around = text[: start.start()] + "\n" + text[end + len(_END) :]
    try:
        root = ElementTree.fromstring(_NOT_XML.sub("\ufffd", _without_clocks(body)).encode("utf-8", "replace"))
    except ElementTree.ParseError as exc:
        line, column = exc.position
        line += text.count("\n", 0, start.start())
        raise ParseError(_WHAT, f"line {line} column {column + 1}", str(exc).partition(":")[0]) from exc
    return root, tuple(line.strip() for line in around.splitlines() if line.strip())


def _counts(gpu: Values, kind: str) -> EccCounts:
    def count(name: str, *paths: str) -> int | None:
        return gpu.whole(f"ecc.{kind}.{name}", *(f"ecc_errors/{kind}/{path}" for path in paths))

    parity = count("sram_uncorrectable_parity", "sram_uncorrectable_parity")
    secded = count("sram_uncorrectable_secded", "sram_uncorrectable_secded")
    together = count("sram_uncorrectable", "sram_uncorrectable")
    if together is None and parity is not None and secded is not None:
        together = parity + secded
    return EccCounts(
        sram_correctable=count("sram_correctable", "sram_correctable"),
        sram_uncorrectable=together,
        sram_uncorrectable_parity=parity,
        sram_uncorrectable_secded=secded,
        dram_correctable=count("dram_correctable", "dram_correctable"),
        dram_uncorrectable=count("dram_uncorrectable", "dram_uncorrectable"),
        single_bit=count("single_bit", "single_bit/total"),
        double_bit=count("double_bit", "double_bit/total"),
        sram_threshold_exceeded=gpu.switch(
            f"ecc.{kind}.sram_threshold_exceeded", f"ecc_errors/{kind}/sram_threshold_exceeded"
        ),
    )


def _ecc(gpu: Values) -> Ecc:
    return Ecc(
        current=gpu.word("ecc.current", "ecc_mode/current_ecc"),
        pending=gpu.word("ecc.pending", "ecc_mode/pending_ecc"),
        volatile=_counts(gpu, "volatile"),
        aggregate=_counts(gpu, "aggregate"),
        unrepairable_memory=gpu.switch("ecc.unrepairable_memory", "ecc_errors/unrepairable_memory"),
    )


def _remapped_rows(gpu: Values) -> RemappedRows | None:
    element = gpu.find("remapped_rows")
    if element is None or not len(element):
        gpu.text("remapped_rows", "remapped_rows")
        return None
    rows = gpu.below(element, "remapped_rows")
    return RemappedRows(
        correctable=rows.whole("correctable", "remapped_row_corr"),
        uncorrectable=rows.whole("uncorrectable", "remapped_row_unc"),
        pending=rows.switch("pending", "remapped_row_pending"),
        failure=rows.switch("failure", "remapped_row_failure"),
    )


def _retired_pages(gpu: Values) -> RetiredPages | None:
    element = gpu.find("retired_pages")
    if element is None or not len(element):
        gpu.text("retired_pages", "retired_pages")
        return None
    pages = gpu.below(element, "retired_pages")
    return RetiredPages(
        single_bit=pages.whole("single_bit", "multiple_single_bit_retirement/retired_count"),
        double_bit=pages.whole("double_bit", "double_bit_retirement/retired_count"),
        pending=pages.switch("pending", "pending_retirement", "pending_blacklist"),
    )


def _mig(gpu: Values, uuid: str | None) -> Mig:
    devices = []
    for number, element in enumerate(gpu.element.findall("mig_devices/mig_device")):
        device = gpu.below(element, f"mig.devices[{number}]")
        devices.append(
            MigDevice(
                index=device.whole("index", "index"),
                gpu_instance_id=device.whole("gpu_instance_id", "gpu_instance_id"),
                compute_instance_id=device.whole("compute_instance_id", "compute_instance_id"),
                uuid=None,
                profile=None,
                parent=uuid,
                memory_total_mib=device.number("memory_total_mib", "MiB", "fb_memory_usage/total"),
                memory_used_mib=device.number("memory_used_mib", "MiB", "fb_memory_usage/used"),
            )
        )
    return Mig(
        current=gpu.word("mig.current", "mig_mode/current_mig"),
        pending=gpu.word("mig.pending", "mig_mode/pending_mig"),
        devices=tuple(devices),
    )


def _fabric(gpu: Values) -> Fabric:
    return Fabric(
        state=gpu.word("fabric.state", "fabric/state"),
        status=gpu.word("fabric.status", "fabric/status"),
        clique_id=gpu.whole("fabric.clique_id", "fabric/cliqueId"),
        cluster_uuid=gpu.text("fabric.cluster_uuid", "fabric/clusterUuid"),
        health=gpu.words("fabric/health"),
    )


def _processes(gpu: Values) -> tuple[Process, ...]:
    found: list[Process] = []
    for path in ("processes/process_info", "compute_processes/process_info"):
        for element in gpu.element.findall(path):
            process = gpu.below(element, f"processes[{len(found)}]")
            found.append(
                Process(
                    pid=process.whole("pid", "pid"),
                    type=process.text("type", "type"),
                    name=process.text("name", "process_name"),
                    memory_used_mib=process.number("memory_used_mib", "MiB", "used_memory"),
                )
            )
    return tuple(found)


def _event_reasons(gpu: Values) -> tuple[str, ...]:
    """The names of the reasons in force, under the name of either era."""
    children = gpu.element.findall("clocks_event_reasons/*") + gpu.element.findall("clocks_throttle_reasons/*")
    active = [child.tag for child in children if (child.text or "").strip() == "Active"]
    return tuple(re.sub(r"^clocks_(?:event|throttle)_reason_", "", tag) for tag in active)


def _is_lost(element: Element) -> bool:
    return any(text.strip() in values.LOST for text in element.itertext())


def _bus_id(gpu: Values, element: Element) -> str | None:
    text = gpu.text("bus_id", "pci/pci_bus_id") or element.get("id") or ""
    found = values.bus_id(text)
    if found is None and text:
        gpu.note("bus_id", f"unexpected value {text[:80]!r}")
    return found


def _gpu(element: Element, index: int, why: dict[str, str]) -> SmiGpu:
    gpu = Values(element, f"gpus[{index}]", why)
    uuid = gpu.text("uuid", "uuid")
    family = gpu.text("architecture", "product_architecture")
    device = gpu.text("pci_device_id", "pci/pci_device_id")
    return SmiGpu(
        index=index,
        bus_id=_bus_id(gpu, element),
        uuid=uuid,
        serial=gpu.text("serial", "serial"),
        name=gpu.text("name", "product_name"),
        brand=gpu.text("brand", "product_brand"),
        architecture=None if family is None else values.architecture(family),
        vbios=gpu.text("vbios", "vbios_version"),
        memory_total_mib=gpu.number("memory_total_mib", "MiB", "fb_memory_usage/total"),
        memory_used_mib=gpu.number("memory_used_mib", "MiB", "fb_memory_usage/used"),
        persistence=gpu.switch("persistence", "persistence_mode"),
        gsp_firmware_version=gpu.text("gsp_firmware_version", "gsp_firmware_version"),
        mig=_mig(gpu, uuid),
        ecc=_ecc(gpu),
        remapped_rows=_remapped_rows(gpu),
        retired_pages=_retired_pages(gpu),
        recovery_action=gpu.word("recovery_action", "gpu_recovery_action"),
        reset_required=gpu.switch("reset_required", "gpu_reset_status/reset_required"),
        fabric=_fabric(gpu),
        temperature_c=gpu.number("temperature_c", "C", "temperature/gpu_temp"),
        power_draw_w=gpu.number(
            "power_draw_w",
            "W",
            "gpu_power_readings/average_power_draw",
            "gpu_power_readings/instant_power_draw",
            "gpu_power_readings/power_draw",
            "power_readings/power_draw",
        ),
        power_limit_w=gpu.number(
            "power_limit_w", "W", "gpu_power_readings/current_power_limit", "power_readings/power_limit"
        ),
        display_active=gpu.switch("display_active", "display_active"),
        minor=gpu.whole("minor", "minor_number"),
        pci_device_id=None if device is None else device.lower(),
        clocks_event_reasons=_event_reasons(gpu),
        processes=_processes(gpu),
        lost=_is_lost(element),
    )


def parse_xml(text: str) -> SmiDocument:
    """A whole document; text before and after it is kept as remarks."""
    root, remarks = _root(text)
    dtd = _DTD.search(text)
    why: dict[str, str] = {}
    head = Values(root, "", why)
    driver = head.text("driver_version", "driver_version", "kmd_version")
    cuda = head.text("cuda_version", "cuda_version", "cuda_umd_version")
    attached = head.whole("attached_gpus", "attached_gpus")
    gpus = tuple(_gpu(element, index, why) for index, element in enumerate(root.findall("gpu")))
    return SmiDocument(
        driver_version=None if driver is None else values.first_word(driver),
        cuda_version=None if cuda is None else values.first_word(cuda),
        dtd=dtd.group(1) if dtd else None,
        attached_gpus=attached,
        gpus=gpus,
        why={path.lstrip("."): text for path, text in why.items()},
        remarks=remarks,
    )
