# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read nvidia-smi."""

from __future__ import annotations

DOCUMENTATION = r"""
module: nvidia_smi_info
short_description: Read what nvidia-smi says of the GPUs
description:
  - Runs C(nvidia-smi -q -x), one C(nvidia-smi --query-gpu) for what that document lacks, and C(nvidia-smi -L) where
    there are MIG devices.
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
  description: All calls together.
  type: dict
  returned: success
  contains:
    condition:
      description:
        - V(ok), or the name of what is wrong, such as V(driver_not_loaded), V(version_mismatch), V(no_devices),
          V(gpu_lost), V(inforom_corrupted),
          V(library_missing), V(not_installed), V(no_permission), V(timed_out) or V(unreadable).
        - With V(gpu_lost) and V(inforom_corrupted) the rest is filled in as far as nvidia-smi told it.
      type: str
      sample: ok
    message:
      description: What nvidia-smi printed about it; empty if RV(smi.condition) is V(ok).
      type: str
      sample: ""
    remedy:
      description: What to do about it, in a sentence; empty if RV(smi.condition) is V(ok).
      type: str
      sample: ""
    driver_version:
      description: Version of the kernel module in memory.
      type: str
      sample: 580.159.04
    cuda_version:
      description: Newest CUDA version that the driver supports. Null before driver 410.
      type: str
      sample: "13.0"
    dtd:
      description: Version of the document's type.
      type: str
      sample: v13
    attached_gpus:
      description: Number of GPUs that the driver counts.
      type: int
      sample: 1
    gpus:
      description: One entry for each GPU, in the order of C(nvidia-smi). A value that nvidia-smi does not give is null.
      type: list
      elements: dict
      contains:
        index:
          description: Place in this list.
          type: int
          sample: 0
        bus_id:
          description: PCI address as in C(/sys).
          type: str
          sample: "0000:00:06.0"
        uuid:
          description: UUID.
          type: str
          sample: GPU-00000000-1111-2222-3333-444444444444
        serial:
          description: Serial number of the board.
          type: str
          sample: "1650000000001"
        name:
          description: Product name.
          type: str
          sample: NVIDIA H100 80GB HBM3
        brand:
          description: Product brand.
          type: str
          sample: NVIDIA
        architecture:
          description: Architecture in lower case, such as V(turing), V(ada) or V(hopper). Null before driver 495.
          type: str
          sample: hopper
        vbios:
          description: Version of the video BIOS.
          type: str
          sample: 96.00.DA.00.0C
        memory_total_mib:
          description: Memory.
          type: float
          sample: 81559
        memory_used_mib:
          description: Memory in use.
          type: float
          sample: 0
        persistence:
          description: Whether persistence mode is on.
          type: bool
          sample: true
        gsp_firmware_version:
          description: Version of the GSP firmware; null while it does not run.
          type: str
          sample: 580.159.04
        gsp_mode:
          description: V(enabled) or V(disabled), from driver 550 on.
          type: str
          sample: enabled
        compute_cap:
          description: Compute capability, from driver 510 on.
          type: str
          sample: "9.0"
        mig:
          description: Multi-instance GPU.
          type: dict
          contains:
            current:
              description: V(enabled) or V(disabled); null for a GPU without MIG.
              type: str
              sample: disabled
            pending:
              description: The mode after the next reset.
              type: str
              sample: disabled
            devices:
              description:
                - The MIG devices, each with C(index), C(gpu_instance_id), C(compute_instance_id), C(uuid), C(profile),
                  C(parent) (UUID of the GPU),
                  C(memory_total_mib) and C(memory_used_mib).
              type: list
              elements: dict
              sample: []
        ecc:
          description:
            - Error correction. C(current) and C(pending) are the modes; C(volatile) counts errors since the driver was
              loaded, C(aggregate) since the GPU was made.
          type: dict
          contains:
            current:
              description: V(enabled) or V(disabled).
              type: str
              sample: enabled
            pending:
              description: The mode after the next reset.
              type: str
              sample: enabled
            volatile:
              description: Counts by kind of memory; only the kinds that the GPU counts are not null.
              type: dict
            aggregate:
              description: Counts by kind of memory; only the kinds that the GPU counts are not null.
              type: dict
            unrepairable_memory:
              description: Whether there is memory that cannot be repaired, from driver 580 on.
              type: bool
              sample: false
        remapped_rows:
          description: Counts C(correctable) and C(uncorrectable), and whether a remapping is C(pending) or had a
            C(failure). Null before Ampere.
          type: dict
        retired_pages:
          description: Counts C(single_bit) and C(double_bit), and whether a retirement is C(pending). All null from
            Ampere on.
          type: dict
        recovery_action:
          description: V(none), V(reset), V(reboot), V(drain_p2p) or V(drain_and_reset), from driver 570 on.
          type: str
          sample: none
        reset_required:
          description: Whether the GPU wants a reset, with drivers 530 to 570.
          type: bool
        fabric:
          description: C(state), C(status), C(clique_id), C(cluster_uuid) and C(health) of the NVLink fabric; null on
            GPUs that are in none.
          type: dict
        temperature_c:
          description: Temperature.
          type: float
          sample: 37
        power_draw_w:
          description: Power draw, averaged over a second where the GPU does that.
          type: float
          sample: 125.22
        power_limit_w:
          description: Power limit in force.
          type: float
          sample: 700
        display_active:
          description: Whether a display shows something from this GPU.
          type: bool
          sample: false
        minor:
          description: Number of the device file C(/dev/nvidiaN).
          type: int
          sample: 0
        pci_device_id:
          description: Device id and vendor id.
          type: str
          sample: 233010de
        clocks_event_reasons:
          description: What keeps the clocks down.
          type: list
          elements: str
          sample: [gpu_idle]
        processes:
          description: Processes on the GPU, each with C(pid), C(type), C(name) and C(memory_used_mib).
          type: list
          elements: dict
          sample: []
        inforom_checksum:
          description: V(valid) or V(invalid), from driver 550 on.
          type: str
          sample: valid
        lost:
          description: Whether the GPU has fallen off the bus.
          type: bool
          sample: false
        health:
          description: Judgement by NVIDIA's documented rules.
          type: dict
          contains:
            verdict:
              description: V(ok), V(degraded), V(reset_needed), V(reboot_needed), V(replace) or V(unknown).
              type: str
              sample: ok
            reasons:
              description: Why it is not V(ok).
              type: list
              elements: str
              sample: []
    why:
      description: Why a value is null, by its path, where nvidia-smi says so.
      type: dict
      sample:
        gpus[0].fabric.state: not available
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.smi import ask
from ansible_collections.baremetal.gpu.plugins.module_utils._plain import plain
from ansible_collections.baremetal.gpu.plugins.module_utils._runner import SubprocessRunner


def main() -> None:
    module = AnsibleModule(argument_spec={}, supports_check_mode=True)
    module.exit_json(changed=False, smi=plain(ask(SubprocessRunner())))


if __name__ == "__main__":
    main()
