# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Look at a GPU node."""

from __future__ import annotations

DOCUMENTATION = r"""
module: gpu_node_info
short_description: Look at everything on a node that matters for its GPUs
description:
  - One look at the system, the kernels, the PCI tree, kernel modules in memory and on disk, modprobe's configuration on
    disk and in the initramfs that boots next,
    packages and their locks, package sources, services, container runtimes and nvidia-smi.
  - Reads files, and runs each of C(dpkg-query), C(systemctl), C(modinfo), C(containerd) and C(ctr) at most once,
    and C(nvidia-smi) at most three times and only where the driver is loaded and the node has an NVIDIA GPU.
  - A missing tool, an unreadable file or an absent kernel is no failure of this module. It is listed in
    RV(observed.findings).
  - An unprivileged user sees less, and RV(observed.findings) says what.
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
  - module: baremetal.gpu.nvidia_smi_info
  - module: baremetal.gpu.gpu_node_plan
"""

EXAMPLES = r"""
- name: Look at the node
  baremetal.gpu.gpu_node_info:
  register: look

- name: Print the GPUs with the driver that each is bound to
  ansible.builtin.debug:
    msg: "{{ look.observed.pci.gpus | items2dict(key_name='bus_id', value_name='driver') }}"

- name: Tell whether the next boot has a driver
  ansible.builtin.debug:
    msg: "{{ look.observed.driver.on_disk | selectattr('kernel', 'equalto', look.observed.kernel.next) }}"
"""

RETURN = r"""
observed:
  description: What was seen. Null means absent or not visible.
  type: dict
  returned: success
  contains:
    schema:
      description: Version of this structure.
      type: int
      sample: 1
    findings:
      description: What could not be seen, or not as expected, each with C(subject) and C(why).
      type: list
      elements: dict
      sample:
        - subject: initramfs
          why: none in /boot for kernel 6.1.0-41-amd64
    privileged:
      description: Whether the look was made as root.
      type: bool
      sample: true
    os:
      description: Identity of the system; C(family) is V(debian), V(redhat), V(suse) or null.
      type: dict
      sample: {id: debian, version_id: "12", codename: bookworm, id_like: [], pretty: Debian GNU/Linux 12 (bookworm),
        arch: x86_64, family: debian}
    kernel:
      description: Kernels; C(next) is the one that boots next, C(headers) lists those that modules can be built for.
      type: dict
      sample:
        running: 6.1.0-41-amd64
        next: 6.1.0-41-amd64
        installed: [6.1.0-41-amd64]
        headers: [6.1.0-41-amd64]
        cmdline: BOOT_IMAGE=/vmlinuz-6.1.0-41-amd64 root=/dev/sda1 ro
        boot_id: 6f1f5a1e-3c8e-4d1b-9f55-0d8f6f3f2a11
    secure_boot:
      description: Whether Secure Boot is on; false without EFI, null if not visible.
      type: bool
      sample: false
    pci:
      description:
        - Display controllers and NVSwitches. C(gpus) are NVIDIA's, C(foreign) are other vendors', such as a baseboard
          management controller's.
        - C(driver) is the kernel driver that the device is bound to.
      type: dict
      sample:
        gpus:
          - {bus_id: "0000:1b:00.0", vendor: 10de, device: "2330", class: "030200", driver: nvidia, architecture:
            hopper, name: null}
        nvswitches:
          - {bus_id: "0000:07:00.0", device: 22a3, driver: nvidia-nvswitch}
        foreign:
          - {bus_id: "0000:03:00.0", vendor: 1a03, device: "2000", class: "030000", driver: ast}
    modules:
      description: Modules in memory that drive GPUs.
      type: dict
      sample: {loaded: {nvidia: {version: 580.159.04, srcversion: 4A3E3F2D1C0B}}}
    driver:
      description:
        - The NVIDIA driver in memory with its flavour and parameters in force, or null, and the modules on disk for
          every kernel.
        - C(kind) is V(dkms) for a module that was built on the node, else V(prebuilt).
      type: dict
      sample:
        running: {version: 580.159.04, flavour: open, params: {EnableGpuFirmware: "18"}}
        on_disk:
          - kernel: 6.1.0-41-amd64
            version: 580.159.04
            flavour: open
            path: /lib/modules/6.1.0-41-amd64/updates/dkms/nvidia.ko
            kind: dkms
    modprobe:
      description:
        - modprobe's configuration on disk, and the one in the initramfs of the kernel that boots next with the GPU
          modules that it holds.
        - C(image) is null if there is no initramfs or it cannot be read.
      type: dict
      sample:
        disk:
          blacklist: [nouveau]
          install: {}
          options: {nouveau: {modeset: "0"}}
          files: [/etc/modprobe.d/baremetal-gpu-nouveau.conf]
        image:
          path: /boot/initrd.img-6.1.0-41-amd64
          kernel: 6.1.0-41-amd64
          present: true
          modules: [nouveau]
          blacklist: [nouveau]
          install: {}
          options: {nouveau: {modeset: "0"}}
          files: [/etc/modprobe.d/baremetal-gpu-nouveau.conf]
    packages:
      description:
        - Installed packages of the driver and of the container toolkit, each with its version and whether it is held.
        - C(repository) lists packages that bring only a key, a source or a pin. C(broken) lists packages of an
          interrupted installation.
      type: dict
      sample:
        manager: apt
        broken: []
        driver:
          - name: nvidia-kernel-open-dkms
            version: 580.159.04-1
            upstream: 580.159.04
            held: true
            depends: [dkms, "nvidia-kernel-support (= 580.159.04-1)"]
            source: nvidia-graphics-drivers
        toolkit: []
        repository: []
    repositories:
      description: Package sources, one entry for each stanza or line, with the SHA-256 of the file.
      type: list
      elements: dict
      sample:
        - path: /etc/apt/sources.list.d/nvidia-driver.sources
          uris: ["https://developer.download.nvidia.com/compute/cuda/repos/debian12/x86_64"]
          suites: [/]
          components: []
          signed_by: /etc/apt/keyrings/nvidia-driver.asc
          enabled: true
          sha256: 0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9
    signing_keys:
      description: Key files that a source names, with the fingerprints of the primary keys in each.
      type: list
      elements: dict
      sample:
        - path: /etc/apt/keyrings/nvidia-driver.asc
          fingerprints: [EB693B3035CD5710E231E123A4B469963BF863CC]
    persistence:
      description: The unit of nvidia-persistenced, or null. For C(unit) see RV(observed.units).
      type: dict
      sample: {unit: null}
    units:
      description: State of systemd units, by name; null for one that is not installed.
      type: dict
      sample:
        containerd.service:
          name: containerd.service
          load_state: loaded
          active_state: active
          unit_file_state: enabled
          exec_start: /usr/bin/containerd
          dropins: []
          path: /lib/systemd/system/containerd.service
        docker.service: null
    runtimes:
      description:
        - Container runtimes, null for one that is not installed. containerd's settings are those of the file and all
          its imports together.
        - C(cri_enabled) is false if containerd's CRI plugin is switched off, or cannot load because the default handler
          does not exist.
        - C(error) says why a configuration cannot be read.
      type: dict
      sample:
        containerd:
          version: 1.6.20
          config_path: /etc/containerd/config.toml
          config_sha256: null
          config_version: 2
          cri_enabled: true
          handlers: {runc: {binary: null}, nvidia: {binary: /usr/bin/nvidia-container-runtime}}
          default_handler: runc
          cdi_enabled: null
          imports: [/etc/containerd/conf.d/*.toml]
          error: null
        docker: null
        crio: null
    cdi:
      description: CDI specifications, each with the time of its last change in seconds since 1970.
      type: dict
      sample: {specs: [{path: /var/run/cdi/nvidia.yaml, kind: nvidia.com/gpu, mtime: 1795420000}]}
    cluster:
      description: The kubelet, or null.
      type: dict
      sample:
        kubelet:
          active: true
          config_path: /var/lib/kubelet/config.yaml
          node_name: gpu-node-1
          runtime_endpoint: unix:///run/containerd/containerd.sock
    smi:
      description: What nvidia-smi says, as RV(baremetal.gpu.nvidia_smi_info#module:smi).
      type: dict
      sample: {condition: ok, message: "", remedy: "", driver_version: 580.159.04, gpus: []}
    reboot:
      description: Whether the system asks for a reboot already, and why.
      type: dict
      sample: {required: false, reasons: []}
    disk:
      description: Room left, by directory.
      type: dict
      sample: {/boot: {free_mib: 512}, /usr: {free_mib: 40000}, /var: {free_mib: 40000}}
    locks:
      description: Who holds a lock of the package manager.
      type: list
      elements: dict
      sample:
        - path: /var/lib/dpkg/lock-frontend
          pid: 1234
          command: /usr/bin/python3 /usr/bin/unattended-upgrade
    unattended:
      description: Whether the package manager upgrades by itself; null if not visible.
      type: dict
      sample: {enabled: true}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.look import observe
from ansible_collections.baremetal.gpu.plugins.module_utils._plain import plain
from ansible_collections.baremetal.gpu.plugins.module_utils._root import Root
from ansible_collections.baremetal.gpu.plugins.module_utils._runner import SubprocessRunner


def main() -> None:
    module = AnsibleModule(argument_spec={}, supports_check_mode=True)
    module.exit_json(changed=False, observed=plain(observe(SubprocessRunner(), Root())))


if __name__ == "__main__":
    main()
