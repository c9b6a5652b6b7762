# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read nvidia-smi."""

from __future__ import annotations

DOCUMENTATION = r"""
module: nvidia_smi_info
short_description: Read what nvidia-smi says of the GPUs
description:
  - Runs C(nvidia-smi -q -x), one C(nvidia-smi --query-gpu) for what that document lacks, and one more, C(nvidia-smi -L)
    where there are MIG devices, or else C(nvidia-smi nvlink -s) where there are several GPUs or a fabric. Each call has
    60 seconds; after one that hangs there is no other.
    Values have one form for every driver, quantities are numbers with their unit in the name.
  - A driver that does not answer is no failure of this module. It is described by RV(smi.condition), RV(smi.message)
    and RV(smi.remedy).
  - Run as root, nvidia-smi may load the module C(nvidia) and make the device files in C(/dev).
version_added: 1.0.0
author:
  - baremetal.gpu contributors (@baremetal-gpu)
extends_documentation_fragment:
  - baremetal.gpu._attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: N/A
  platform:
    support: full
    platforms: linux
seealso:
  - module: baremetal.gpu.gpu_node_info
  - plugin: baremetal.gpu.nvidia_smi
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Read nvidia-smi
  baremetal.gpu.nvidia_smi_info:
  register: result

- name: Stop where a GPU is not well
  ansible.builtin.assert:
    that: result.smi.gpus | rejectattr('health.verdict', 'equalto', 'ok') | list | length == 0
    fail_msg: "{{ result.smi.gpus | rejectattr('health.verdict', 'equalto', 'ok') | map(attribute='health') }}"
"""

RETURN = r"""
smi:
  description: All calls together. A value that nvidia-smi does not give is null; RV(smi.why) says why.
  type: dict
  returned: success
  contains:
    condition:
      description:
        - V(ok), or the name of what is wrong, such as V(driver_not_loaded), V(version_mismatch), V(no_devices),
          V(gpu_lost), V(inforom_corrupted), V(reset_required), V(library_missing), V(not_installed),
          V(no_permission), V(blocked), V(initialization_failed), V(crashed), V(timed_out) or V(unreadable).
        - With V(gpu_lost), V(inforom_corrupted) and a V(timed_out) of a later call, the rest is there all the same.
      type: str
    message: {type: str, description: What nvidia-smi printed about RV(smi.condition); empty if it is V(ok).}
    remedy: {type: str, description: "What to do about it, in a sentence; empty if it is V(ok)."}
    driver_version: {type: str, description: Version of the kernel module in memory.}
    cuda_version: {type: str, returned: from driver 410 on, description: Newest CUDA version that the driver supports.}
    dtd: {type: str, description: "Version of the document's type, such as V(v13)."}
    attached_gpus: {type: int, description: Number of GPUs that the driver counts.}
    gpus:
      description: One entry for each GPU, in the order of C(nvidia-smi).
      type: list
      elements: dict
      contains:
        index: {type: int, description: Place in the order of C(nvidia-smi).}
        bus_id: {type: str, description: "PCI address as in C(/sys), in lower case, such as V(0000:1b:00.0)."}
        uuid: {type: str, description: "UUID, with V(GPU-) in front."}
        serial: {type: str, returned: on boards with a serial number, description: Serial number of the board.}
        name: {type: str, description: Product name.}
        brand: {type: str, description: "Product brand, such as V(NVIDIA), V(Tesla) or V(GeForce)."}
        architecture: {type: str, returned: from driver 495 on, description: "Such as V(turing) or V(hopper)."}
        board_part_number: {type: str, returned: from driver 525 on, description: Part number of the board.}
        vbios: {type: str, description: Version of the video BIOS.}
        inforom_image: {type: str, description: Version of the infoROM's image.}
        memory_total_mib: {type: float, description: Memory in MiB.}
        memory_reserved_mib: {type: float, returned: from driver 510 on, description: MiB that the driver keeps.}
        memory_used_mib: {type: float, description: Memory in use in MiB.}
        memory_free_mib: {type: float, description: Memory that is free in MiB.}
        bar1_total_mib: {type: float, description: Size in MiB of the window into the memory (BAR1).}
        bar1_used_mib: {type: float, description: MiB of that window in use.}
        persistence: {type: bool, returned: on Linux, description: Whether persistence mode is on.}
        compute_mode: {type: str, description: "V(default), V(exclusive_process) or V(prohibited)."}
        addressing_mode: {type: str, returned: from driver 535 on, description: "V(ats), V(hmm) or V(none)."}
        virtualization: {type: str, description: "V(none), V(pass_through), V(vgpu) or V(host_vgpu)."}
        gsp_firmware_version: {type: str, returned: while the firmware runs, description: Version of the GSP firmware.}
        gsp_mode: {type: str, returned: from driver 550 on, description: V(enabled) or V(disabled).}
        gsp_mode_default: {type: str, returned: from driver 550 on, description: The mode where nobody sets it.}
        compute_cap: {type: str, returned: from driver 510 on, description: "Compute capability, such as V(9.0)."}
        inforom_checksum: {type: str, returned: from driver 550 on, description: V(valid) or V(invalid).}
        inforom_corrupted: {type: bool, description: Whether nvidia-smi warned that this GPU's infoROM is corrupted.}
        mig:
          description: Multi-instance GPU.
          type: dict
          contains:
            current: {type: str, returned: on GPUs with MIG, description: V(enabled) or V(disabled).}
            pending: {type: str, returned: on GPUs with MIG, description: The mode after the next reset.}
            devices:
              description: The MIG devices.
              type: list
              elements: dict
              contains:
                index: {type: int, description: Number on its GPU.}
                gpu_instance_id: {type: int, description: Number of the GPU instance.}
                compute_instance_id: {type: int, description: Number of the compute instance.}
                uuid: {type: str, description: "UUID, with V(MIG-) in front."}
                profile: {type: str, description: "Such as V(1g.10gb)."}
                parent: {type: str, description: UUID of the GPU.}
                memory_total_mib: {type: float, description: Memory in MiB.}
                memory_used_mib: {type: float, description: Memory in use in MiB.}
                multiprocessors: {type: int, description: Number of multiprocessors.}
                sram_uncorrectable: {type: int, description: Uncorrectable SRAM errors since the driver was loaded.}
        ecc:
          description: Error correction and the errors that it saw.
          type: dict
          contains:
            current: {type: str, returned: on GPUs with ECC, description: V(enabled) or V(disabled).}
            pending: {type: str, returned: on GPUs with ECC, description: The mode after the next reset.}
            volatile: &counts
              description: Numbers of errors since the driver was loaded (volatile) or the GPU was made (aggregate).
              type: dict
              contains:
                sram_correctable: {type: int, returned: from Volta on, description: Corrected SRAM errors.}
                sram_uncorrectable: {type: int, returned: from Volta on, description: "The next two, where told apart."}
                sram_uncorrectable_parity: {type: int, returned: from Ampere on, description: Found by parity.}
                sram_uncorrectable_secded: {type: int, returned: from Ampere on, description: Found by SECDED.}
                dram_correctable: {type: int, returned: from Volta on, description: Corrected errors of the memory.}
                dram_uncorrectable: {type: int, returned: from Volta on, description: Uncorrectable ones.}
                single_bit: {type: int, returned: before Volta, description: Corrected errors of all memories.}
                double_bit: {type: int, returned: before Volta, description: Uncorrectable errors of all memories.}
                sram_threshold_exceeded: {type: bool, returned: in aggregate, description: Whether to replace the GPU.}
            aggregate: *counts
            sram_sources: {type: dict, description: "Number of uncorrectable SRAM errors by part of the GPU."}
            unrepairable_memory: {type: bool, returned: from driver 580 on, description: Memory is beyond repair.}
            channel_repair_pending: {type: bool, returned: from driver 570 on, description: A reset repairs memory.}
            tpc_repair_pending: {type: bool, returned: from driver 570 on, description: A reset repairs a TPC.}
        remapped_rows:
          description: Rows of memory that spare ones stand for.
          type: dict
          returned: from Ampere on, without MIG
          contains:
            correctable: {type: int, description: Rows remapped for corrected errors.}
            correctable_inactive: {type: int, returned: from driver 580 on, description: Those not in effect.}
            uncorrectable: {type: int, description: Rows remapped for uncorrectable errors.}
            uncorrectable_inactive: {type: int, returned: from driver 580 on, description: Those not in effect.}
            pending: {type: bool, description: Whether a row waits for a reset to be remapped.}
            failure: {type: bool, description: Whether remapping failed.}
            histogram:
              description: Number of memory banks by how many spare rows they have left.
              type: dict
              contains:
                max: {type: int, description: Banks with all spare rows.}
                high: {type: int, description: Banks with most of them.}
                partial: {type: int, description: Banks with some of them.}
                low: {type: int, description: Banks with few of them.}
                none: {type: int, description: Banks with none.}
        retired_pages:
          description: Pages of memory that are not used any more. The values are null from Ampere on.
          type: dict
          contains:
            single_bit: {type: int, description: Pages retired for single-bit errors.}
            double_bit: {type: int, description: Pages retired for double-bit errors.}
            pending: {type: bool, description: Whether a page waits for a reset to be retired.}
        recovery_action:
          {type: str, returned: from driver 570 on, description: "V(none), V(reset), V(reboot), V(drain_p2p), …"}
        reset_required: {type: bool, returned: drivers 530 to 569, description: Whether the GPU wants a reset.}
        drain_and_reset_recommended: {type: bool, returned: drivers 530 to 569, description: Drain the GPU first.}
        fabric:
          description: The NVLink fabric; all null on GPUs that are in none.
          type: dict
          contains:
            state: {type: str, description: "V(not_started), V(in_progress) or V(completed)."}
            status: {type: str, description: "V(success), or why registering failed."}
            clique_id: {type: int, description: Number of the clique.}
            cluster_uuid: {type: str, description: UUID of the cluster.}
            health: {type: dict, description: "Words by name, such as V(healthy) for C(summary)."}
        c2c_mode: {type: str, returned: from driver 550 on, description: V(enabled) or V(disabled) link to the CPU.}
        platform:
          description: Place in a rack and what the NVLinks lead to.
          type: dict
          contains:
            chassis_serial: {type: str, description: Serial number of the chassis.}
            slot: {type: int, description: Slot in the chassis.}
            tray: {type: int, description: Tray in the chassis.}
            host_id: {type: int, description: Number of the host.}
            module_id: {type: int, returned: from driver 470 on, description: Number of the module on the board.}
            nvlink_peer: {type: str, description: V(switch_connected) or V(direct_connected).}
            nvlink_guid: {type: str, description: Number in the NVLink fabric.}
        nvlinks:
          description: The NVLinks by number. RV(baremetal.gpu.gpu_node_info#module:observed.smi) never has them.
          type: list
          elements: dict
          returned: with several GPUs or a fabric, without MIG
          contains:
            index: {type: int, description: Number of the link.}
            active: {type: bool, description: Whether it is up.}
            speed_gb_s: {type: float, returned: while it is up, description: Speed in GB/s in each direction.}
        pcie:
          description: The link to the host.
          type: dict
          contains:
            generation: {type: int, description: "PCIe generation in use, lower when idle."}
            generation_max: {type: int, description: Highest that GPU and host allow.}
            width: {type: int, description: Lanes in use.}
            width_max: {type: int, description: Lanes that GPU and host allow.}
            replays: {type: int, description: Packets sent again since the last reset.}
        temperature_c: {type: float, description: Temperature of the GPU in degrees Celsius.}
        temperature_memory_c: {type: float, description: Temperature of the memory in degrees Celsius.}
        temperature_margin_c: {type: float, returned: from Ada on, description: Degrees Celsius below the limit.}
        fan_speed_percent: {type: float, returned: on GPUs with a fan, description: Fan speed in percent.}
        power_draw_w: {type: float, description: "Power draw in watts, averaged where the GPU does that."}
        power_limit_w: {type: float, description: Power limit in force in watts.}
        power_limit_default_w: {type: float, description: Power limit after a boot in watts.}
        power_limit_min_w: {type: float, description: Lowest power limit in watts.}
        power_limit_max_w: {type: float, description: Highest power limit in watts.}
        module_power_draw_w: {type: float, returned: on superchips, description: Watts of GPU and CPU together.}
        performance_state: {type: str, description: From V(P0) (fastest) to V(P15).}
        clock_sm_mhz: {type: float, description: Clock of the multiprocessors in MHz.}
        clock_sm_max_mhz: {type: float, description: Its highest value in MHz.}
        clock_memory_mhz: {type: float, description: Clock of the memory in MHz.}
        clock_memory_max_mhz: {type: float, description: Its highest value in MHz.}
        utilization_gpu_percent: {type: float, returned: without MIG, description: Percent of time with work.}
        utilization_memory_percent: {type: float, returned: without MIG, description: Percent of time with transfers.}
        display_active: {type: bool, description: Whether a display shows something from this GPU.}
        minor: {type: int, returned: on Linux, description: Number of the device file C(/dev/nvidiaN).}
        pci_device_id: {type: str, description: "Device id and vendor id, such as V(233010de)."}
        clocks_event_reasons: {type: list, elements: str, description: "What keeps the clocks down: V(gpu_idle), …"}
        clocks_event_us: {type: dict, returned: from driver 570 on, description: Microseconds by reason so far.}
        processes:
          description: Processes on the GPU.
          type: list
          elements: dict
          contains:
            pid: {type: int, description: Process id.}
            type: {type: str, description: "V(C) for compute, V(G) for graphics, V(C+G) for both."}
            name: {type: str, returned: as root, description: Program.}
            memory_used_mib: {type: float, description: Memory in use in MiB.}
            gpu_instance_id: {type: int, returned: with MIG, description: Number of the GPU instance.}
            compute_instance_id: {type: int, returned: with MIG, description: Number of the compute instance.}
        lost: {type: bool, description: Whether the GPU has fallen off the bus.}
        health:
          description: Judgement by NVIDIA's documented rules.
          type: dict
          contains:
            verdict:
              {type: str, description: "V(ok), V(degraded), V(reset_needed), V(reboot_needed), V(replace), V(unknown)."}
            reasons: {type: list, elements: str, description: "Why it is not V(ok), in sentences with numbers."}
    why: {type: dict, description: "Why a value is null, by its path such as C(gpus[0].fabric.state)."}
    unparsed: {type: dict, returned: with C(-v), description: "Number of elements that are not known, by path."}
  sample:
    {condition: ok, message: '', remedy: '', driver_version: 580.159.04, cuda_version: '13.0', dtd: v13, attached_gpus:
    1, gpus: [{index: 0, bus_id: '0000:00:06.0', uuid: GPU-00000000-1111-2222-3333-444444444444, serial:
    '1650000000001', name: NVIDIA H100 80GB HBM3, brand: NVIDIA, architecture: hopper, board_part_number:
    695-2G520-0200-000, vbios: 96.00.DA.00.0C, inforom_image: G520.0200.00.05, memory_total_mib: 81559,
    memory_reserved_mib: 480, memory_used_mib: 0, memory_free_mib: 81079, bar1_total_mib: 131072, bar1_used_mib: 1,
    persistence: true, compute_mode: default, addressing_mode: none, virtualization: pass_through, gsp_firmware_version:
    580.159.04, gsp_mode: enabled, gsp_mode_default: enabled, compute_cap: '9.0', inforom_checksum: valid,
    inforom_corrupted: false, mig: {current: disabled, pending: disabled, devices: []}, ecc: {current: enabled, pending:
    enabled, volatile: {sram_correctable: 0, sram_uncorrectable: 0, sram_uncorrectable_parity: 0,
    sram_uncorrectable_secded: 0, dram_correctable: 0, dram_uncorrectable: 0, single_bit: null, double_bit: null,
    sram_threshold_exceeded: null}, aggregate: {sram_correctable: 0, sram_uncorrectable: 0, sram_uncorrectable_parity:
    0, sram_uncorrectable_secded: 0, dram_correctable: 910984, dram_uncorrectable: 1, single_bit: null, double_bit:
    null, sram_threshold_exceeded: false}, sram_sources: {l2: 0, sm: 0, microcontroller: 0, pcie: 0, other: 0},
    unrepairable_memory: false, channel_repair_pending: false, tpc_repair_pending: false}, remapped_rows: {correctable:
    0, correctable_inactive: 0, uncorrectable: 1, uncorrectable_inactive: 0, pending: false, failure: false, histogram:
    {max: 2559, high: 1, partial: 0, low: 0, none: 0}}, retired_pages: {single_bit: null, double_bit: null, pending:
    null}, recovery_action: none, reset_required: null, drain_and_reset_recommended: null, fabric: {state: null, status:
    null, clique_id: null, cluster_uuid: null, health: {}}, c2c_mode: disabled, platform: {chassis_serial: null, slot:
    null, tray: null, host_id: null, module_id: 4, nvlink_peer: null, nvlink_guid: null}, nvlinks: null, pcie:
    {generation: 5, generation_max: 5, width: 16, width_max: 16, replays: 0}, temperature_c: 37, temperature_memory_c:
    37, temperature_margin_c: 50, fan_speed_percent: null, power_draw_w: 125.22, power_limit_w: 700,
    power_limit_default_w: 700, power_limit_min_w: 200, power_limit_max_w: 700, module_power_draw_w: null,
    performance_state: P0, clock_sm_mhz: 1980, clock_sm_max_mhz: 1980, clock_memory_mhz: 2619, clock_memory_max_mhz:
    2619, utilization_gpu_percent: 0, utilization_memory_percent: 0, display_active: false, minor: 0, pci_device_id:
    233010de, clocks_event_reasons: [gpu_idle], clocks_event_us: {sw_power_cap: 0, sync_boost: 0, sw_therm_slowdown: 0,
    hw_therm_slowdown: 0, hw_power_brake: 0}, processes: [], lost: false, health: {verdict: ok, reasons: []}}], why:
    {'gpus[0].fan_speed_percent': not available, 'gpus[0].module_power_draw_w': not available,
    'gpus[0].retired_pages.single_bit': not available, 'gpus[0].retired_pages.double_bit': not available,
    'gpus[0].retired_pages.pending': not available, 'gpus[0].fabric.state': not available, 'gpus[0].fabric.status': not
    available, 'gpus[0].fabric.clique_id': not available, 'gpus[0].fabric.cluster_uuid': not available,
    'gpus[0].platform.chassis_serial': not available, 'gpus[0].platform.slot': not available, 'gpus[0].platform.tray':
    not available, 'gpus[0].platform.host_id': not available, 'gpus[0].platform.nvlink_peer': not available,
    'gpus[0].platform.nvlink_guid': not available, 'gpus[0].nvlinks': not asked of a single GPU outside a fabric},
    unparsed: null}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.smi_start import begin
from ansible_collections.baremetal.gpu.plugins.module_utils._plain import plain
from ansible_collections.baremetal.gpu.plugins.module_utils._root import Root
from ansible_collections.baremetal.gpu.plugins.module_utils._runner import SubprocessRunner


def main() -> None:
    module = AnsibleModule(argument_spec={}, supports_check_mode=True)
    runner = SubprocessRunner()
    begun = begin(runner, Root())
    # Here, while nvidia-smi runs: to import what reads its answer takes half as long as the answers themselves.
    from ansible_collections.baremetal.gpu.plugins.module_utils._observe.smi import ask
    from ansible_collections.baremetal.gpu.plugins.module_utils._observe.smi_nvlink import add_nvlinks

    smi = ask(runner, begun, unparsed=module._verbosity > 0, further=add_nvlinks)
    module.exit_json(changed=False, smi=plain(smi))


if __name__ == "__main__":
    main()
