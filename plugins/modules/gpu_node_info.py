# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Look at a GPU node."""

from __future__ import annotations

DOCUMENTATION = r"""
module: gpu_node_info
short_description: Look at everything on a node that matters for its GPUs
description:
  - One look at the system, the kernels, Secure Boot and its keys, the PCI tree, kernel modules in memory and on disk,
    modprobe's configuration on disk and in the initramfs that boots next, packages and what holds them, package
    sources, services, container runtimes, CDI, Kubernetes and nvidia-smi.
  - Reads files, and runs each of C(dpkg-query) or C(rpm), C(systemctl), C(modinfo), C(containerd) and C(ctr) at most
    once, a program that decompresses an initramfs where Python cannot, C(--version) of a runtime that is no package,
    and C(nvidia-smi) at most three times and only where the driver is loaded and the node has an NVIDIA GPU.
  - A missing tool, an unreadable file, an absent kernel or a user who sees less is no failure of this module.
    RV(observed.findings) lists it.
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

- name: Refuse a node whose driver is not from a package
  ansible.builtin.assert:
    that: not look.observed.driver.runfile.installed
"""

RETURN = r"""
observed:
  description:
    - What was seen. Null means absent or not visible, and RV(observed.findings) says which.
    - C(NAME) stands for a key that depends on the node.
  type: dict
  returned: success
  contains:
    schema: {type: int, sample: 1, description: Version of this structure. It changes when a key changes its meaning.}
    findings:
      description: What could not be seen, or is not as it should be.
      type: list
      elements: dict
      contains:
        subject: {type: str, sample: CDI, description: "A path, a command or a topic."}
        why: {type: str, description: "One sentence, often in the words of the command."}
    privileged: {type: bool, sample: true, description: Whether the look was made as root. Otherwise less is visible.}
    os:
      description: Identity of the system, from C(/etc/os-release).
      type: dict
      contains:
        id: {type: str, sample: debian, returned: if the file says it, description: Name of the distribution.}
        version_id: {type: str, sample: "12", returned: if the file says it, description: Its version.}
        codename: {type: str, sample: bookworm, returned: if the file says it, description: The version's name.}
        id_like:
          description: Distributions that it descends from, nearest first.
          type: list
          elements: str
          sample: []
        pretty: {type: str, sample: Debian GNU/Linux 12, description: Name and version for people.}
        arch: {type: str, sample: x86_64, description: "The machine's architecture, as the kernel calls it."}
        family: {type: str, sample: debian, returned: if known, description: "V(debian), V(redhat) or V(suse)."}
    kernel:
      description: Kernels, each by its release.
      type: dict
      contains:
        running: {type: str, sample: 6.1.0-41-amd64, returned: if readable, description: The one in memory.}
        next:
          type: str
          sample: 6.1.0-41-amd64
          returned: if any is known
          description: The one that boots next, which is what RV(observed.kernel.chosen_by) says.
        chosen_by:
          description:
            - 'V(newest) of those installed; V(running) if none is installed; else the setting of GRUB that names
              another one: V(grub next_entry), V(grub saved_entry) or V(grub GRUB_DEFAULT).'
          type: str
          sample: newest
        newest:
          description: The last in order of versions.
          type: str
          sample: 6.1.0-41-amd64
          returned: if one is installed
        installed:
          description:
            - Those with an image in C(/boot) or beside their modules, oldest first. Rescue images do not count.
          type: list
          elements: str
          sample: [6.1.0-9-amd64, 6.1.0-41-amd64]
        headers:
          description: Those that modules can be built for.
          type: list
          elements: str
          sample: [6.1.0-41-amd64]
        compiler: {type: bool, sample: true, returned: with dkms, description: Whether gcc is there.}
        cmdline: {type: str, description: The command line that the running kernel was given.}
        boot_id:
          description: Changes at each boot.
          type: str
          sample: 6f1f5a1e-3c8e-4d1b-9f55-0d8f6f3f2a11
          returned: if readable
    secure_boot: {type: bool, sample: false, returned: if visible, description: Whether it is on; false without EFI.}
    efi:
      description: What decides whether a module that was built on the node can be loaded under Secure Boot.
      type: dict
      contains:
        present: {type: bool, sample: true, description: Whether the system was started by EFI.}
        secure_boot:
          description: The same as RV(observed.secure_boot).
          type: bool
          sample: false
          returned: if visible
        setup_mode:
          description: Whether the firmware accepts new keys unsigned.
          type: bool
          sample: false
          returned: with EFI
        shim_validation:
          description: False if shim was told not to verify.
          type: bool
          sample: true
          returned: if shim started the system
        mok:
          description: SHA-256 of each certificate that shim trusts, the distribution's own among them.
          type: list
          elements: str
          returned: if shim started the system and the list is readable
          sample: [e7768e7030a1eee31582aec5c329058c1a44315b21d3b1d7590327c5684f8d3c]
        enrolment_pending:
          description: Whether a key waits for somebody at the console to confirm it during the next boot.
          type: bool
          sample: false
          returned: if shim started the system
        module_keys:
          description: Keys on the node that DKMS signs modules with.
          type: list
          elements: dict
          contains:
            path: {type: str, sample: /var/lib/dkms/mok.pub, description: The certificate.}
            sha256: {type: str, returned: if readable, description: SHA-256 of the certificate in DER.}
            enrolled:
              description: Whether shim or the firmware trusts it, so that such modules load under Secure Boot.
              type: bool
              sample: true
              returned: if the lists of trusted keys are readable
    pci:
      description: Display controllers, accelerators and NVSwitches in the PCI tree, in order of their addresses.
      type: dict
      contains:
        gpus:
          description: NVIDIA's.
          type: list
          elements: dict
          contains:
            bus_id: {type: str, sample: "0000:00:06.0", description: "PCI address, with a domain of four digits."}
            vendor: {type: str, sample: 10de, description: "Vendor id, hexadecimal."}
            device: {type: str, sample: "2330", description: "Device id, hexadecimal."}
            class: {type: str, sample: '030200', description: "PCI class, hexadecimal. V(0300) is VGA, V(0302) is 3D."}
            driver:
              description: The kernel driver that the device is bound to.
              type: str
              sample: nvidia
              returned: if bound
            architecture:
              description: Such as V(ampere), in lower case.
              type: str
              sample: hopper
              returned: if the device id is known
            numa_node: {type: int, sample: 1, returned: if the firmware says it, description: The NUMA node beside it.}
            virtual_function:
              description: Whether it is a part of another device by SR-IOV.
              type: bool
              sample: false
        nvswitches:
          description: NVSwitches that are PCI devices, which those of the fifth generation of NVLink are not.
          type: list
          elements: dict
          contains:
            bus_id: {type: str, sample: "0000:00:07.0", description: PCI address.}
            device: {type: str, sample: 22a3, description: "Device id, hexadecimal."}
            driver: {type: str, sample: nvidia-nvswitch, returned: if bound, description: The kernel driver.}
        foreign:
          description: Other vendors'.
          type: list
          elements: dict
          contains:
            bus_id: {type: str, sample: "0000:00:08.0", description: PCI address.}
            vendor: {type: str, sample: 1a03, description: "Vendor id, hexadecimal."}
            device: {type: str, sample: "2000", description: "Device id, hexadecimal."}
            class: {type: str, sample: "030000", description: "PCI class, hexadecimal. V(12) is an accelerator."}
            driver: {type: str, sample: ast, returned: if bound, description: The kernel driver.}
            kind:
              description:
                - V(bmc) for the console of a baseboard management controller, V(virtual) for a hypervisor's, else
                  V(other).
              type: str
              sample: bmc
    modules:
      description: Modules in memory that drive GPUs.
      type: dict
      contains:
        loaded:
          description: Each by its name, with underscores. NVIDIA's, nouveau and nova count.
          type: dict
          contains:
            NAME:
              description: One module.
              type: dict
              contains:
                version: {type: str, sample: 580.159.04, returned: if the module has one, description: Its version.}
                srcversion:
                  description: Checksum of its source.
                  type: str
                  sample: 4A3E3F2D1C0B
                  returned: if the module has one
                refcount:
                  description: Uses by other modules and open devices.
                  type: int
                  sample: 3
                  returned: if readable
                used_by:
                  description: Modules that need it.
                  type: list
                  elements: str
                  sample: [nvidia_modeset, nvidia_uvm]
                parameters:
                  description: Parameters in force that the kernel shows.
                  type: dict
                  sample: {uvm_disable_hmm: N}
    driver:
      description: The NVIDIA driver.
      type: dict
      contains:
        running:
          description: The one in memory.
          type: dict
          returned: if it is loaded
          contains:
            version: {type: str, sample: 580.159.04, description: Its version.}
            flavour: {type: str, sample: open, description: "V(open) or V(proprietary)."}
            params:
              description: Parameters in force from C(/proc/driver/nvidia/params), without C(NVreg_).
              type: dict
        on_disk:
          description: The module nvidia in files, for every kernel. The first of a kernel is the one that it loads.
          type: list
          elements: dict
          contains:
            kernel: {type: str, sample: 6.1.0-41-amd64, description: The kernel in whose folder it is.}
            version: {type: str, sample: 580.159.04, returned: if modinfo reads it, description: Its version.}
            flavour:
              description: By the license, V(open) or V(proprietary).
              type: str
              sample: open
              returned: if modinfo reads it
            path: {type: str, sample: /lib/modules/6.1.0-41-amd64/updates/dkms/nvidia.ko, description: The file.}
            kind: {type: str, sample: dkms, description: "V(dkms) if it was built on the node, else V(prebuilt)."}
            license: {type: str, sample: Dual MIT/GPL, returned: if modinfo reads it, description: Its license.}
            vermagic:
              description: Release and options of the kernel that it was built for.
              type: str
              returned: if modinfo reads it
            srcversion:
              description: Checksum of its source.
              type: str
              sample: 4A3E3F2D1C0B
              returned: if the module has one
            signer:
              description: Name of the key's owner.
              type: str
              sample: DKMS module signing key
              returned: if it is signed
        library:
          description: The library libnvidia-ml that programs find.
          type: dict
          returned: if installed
          contains:
            path: {type: str, sample: /usr/lib/x86_64-linux-gnu/libnvidia-ml.so.580.159.04, description: The file.}
            version: {type: str, sample: 580.159.04, description: "The driver's version that it is of."}
        dkms:
          description: Modules of NVIDIA's in DKMS's own files.
          type: list
          elements: dict
          contains:
            name: {type: str, sample: nvidia, description: Name in DKMS.}
            version: {type: str, sample: 580.159.04, description: Version in DKMS.}
            kernel:
              description: The kernel that it is, or should be, for.
              type: str
              sample: 6.1.0-41-amd64
              returned: if it was built
            arch: {type: str, sample: x86_64, returned: if it was built, description: The architecture that it is for.}
            state:
              description:
                - V(installed), V(built) but not installed, V(failed) to build, V(added) and never built, or V(broken)
                  if its source is gone.
              type: str
              sample: installed
            why:
              description: The first error of the build, or what is gone.
              type: str
              returned: if failed or broken
        runfile:
          description: A driver that NVIDIA's own installer put on the node, which no package manager knows of.
          type: dict
          contains:
            installed: {type: bool, sample: true, description: Whether it is still there.}
            version:
              description: The version of the last installer that ran.
              type: str
              sample: 535.161.07
              returned: if its log is readable
            evidence:
              description: Files that tell. The log alone is left by an uninstallation too.
              type: list
              elements: str
              sample: [/usr/bin/nvidia-uninstall, /var/log/nvidia-installer.log]
    holders:
      description:
        - Processes that have the driver's devices open, where it is loaded. Without being root only the user's own.
      type: list
      elements: dict
      contains:
        pid: {type: int, sample: 1200, description: Process id.}
        command: {type: str, sample: /usr/bin/nvidia-persistenced --verbose, description: Its command line.}
        devices: {type: list, elements: str, sample: [/dev/nvidia0, /dev/nvidiactl], description: The open devices.}
        unit:
          description: The service that it belongs to. Null in a container, a pod or a session.
          type: str
          sample: nvidia-persistenced.service
    modprobe:
      description: What modules are told, from three places. Names of modules have underscores.
      type: dict
      contains:
        disk:
          description: modprobe's configuration in files.
          type: dict
          contains:
            blacklist:
              description: Modules that no device loads.
              type: list
              elements: str
              sample: [nouveau, nova_core, nova_drm]
            install: {type: dict, description: Commands that run in place of loading a module.}
            options:
              description: Options by module, all values as text.
              type: dict
              sample: {nouveau: {modeset: '0'}}
            files:
              description: Files that count, in order.
              type: list
              elements: str
              sample: [/etc/modprobe.d/baremetal-gpu-nouveau.conf]
        image:
          description: The same in the initramfs of RV(observed.kernel.next).
          type: dict
          returned: if there is one and it can be read
          contains:
            path: {type: str, sample: /boot/initrd.img-6.1.0-41-amd64, description: The file.}
            kernel: {type: str, sample: 6.1.0-41-amd64, description: The kernel that it is for.}
            modules: {type: list, elements: str, sample: [], description: GPU modules in it.}
            blacklist: {type: list, elements: str, description: As in RV(observed.modprobe.disk).}
            install: {type: dict, description: As in RV(observed.modprobe.disk).}
            options: {type: dict, description: As in RV(observed.modprobe.disk).}
            files: {type: list, elements: str, description: As in RV(observed.modprobe.disk).}
        command_line:
          description: What the running kernel's command line says of modules.
          type: dict
          contains:
            blacklist:
              description: By C(modprobe.blacklist), C(rd.driver.blacklist) or C(module_blacklist).
              type: list
              elements: str
              sample: [nouveau]
            options:
              description: Each C(module.option=value), all values as text.
              type: dict
              sample: {nvidia: {NVreg_EnableGpuFirmware: '1'}}
        next_command_line:
          description: That of the boot entry for RV(observed.kernel.next).
          type: dict
          returned: if /boot/loader/entries has one
          contains:
            blacklist: {type: list, elements: str, description: As in RV(observed.modprobe.command_line).}
            module_blacklist: {type: list, elements: str, description: Those of this argument.}
    packages:
      description: Installed packages, by dpkg or rpm.
      type: dict
      contains:
        manager:
          description: V(apt), V(dnf), V(yum), V(zypper) or V(rpm).
          type: str
          sample: apt
          returned: if there is one
        broken:
          description: Packages of an installation that was interrupted.
          type: list
          elements: str
          sample: [half]
        driver:
          description: Packages of the driver, all that must keep to one version.
          type: list
          elements: dict
          contains:
            name: {type: str, sample: libcuda1, description: Its name.}
            version: {type: str, sample: 580.159.04-1, description: "Its whole version, with the epoch if it has one."}
            upstream: {type: str, sample: 580.159.04, description: The version without epoch and revision.}
            held: {type: bool, sample: true, description: Whether the package manager keeps it at its version.}
            lock:
              description: 'What holds it: dpkg, or a file and the rule in it.'
              type: str
              sample: dpkg hold
              returned: if held
            depends: {type: list, elements: str, sample: [], description: "Its dependencies; with rpm always empty."}
            source: {type: str, sample: nvidia-graphics-drivers, description: The source package; empty if unknown.}
            arch: {type: str, sample: amd64, description: Its architecture.}
            origin:
              description:
                - With rpm the vendor. With dpkg the repository whose list has this version, as far as the lists on
                  the node are small enough and not compressed by lz4 or zstd.
              type: str
              sample: repo
              returned: if known
        toolkit:
          description: Packages of the container toolkit, as RV(observed.packages.driver).
          type: list
          elements: dict
        repository:
          description: Packages that bring only a key, a source or a pin, as RV(observed.packages.driver).
          type: list
          elements: dict
        kernel:
          description: Kernels and the metapackages that bring the next one, as RV(observed.packages.driver).
          type: list
          elements: dict
        kernel_locks: {type: list, elements: str, description: Rules of role nvidia_driver that keep rpm kernels.}
        pins:
          description: Stanzas of apt's preferences that are about these packages.
          type: list
          elements: dict
          contains:
            path: {type: str, sample: /etc/apt/preferences.d/nvidia-driver-pinning-580, description: The file.}
            packages:
              description: Names, globs or regular expressions.
              type: list
              elements: str
              sample: [nvidia-*, libcuda1]
            pin: {type: str, sample: version 580.*, description: Which versions are meant.}
            priority: {type: int, sample: 1001, description: "The priority; above 1000 apt even downgrades."}
        streams: {type: dict, returned: with dnf, description: "dnf's module streams that are enabled, by module."}
    repositories:
      description: Package sources of apt or dnf, one entry for each stanza, line or section.
      type: list
      elements: dict
      contains:
        path: {type: str, sample: /etc/apt/sources.list.d/nvidia-driver.sources, description: The file.}
        uris: {type: list, elements: str, sample: ["http://repo/"], description: Where the repository is.}
        suites: {type: list, elements: str, sample: [/], description: "Suites, or the path of a flat repository."}
        components: {type: list, elements: str, sample: [main], description: Components; empty for a flat repository.}
        signed_by:
          description: A path, a fingerprint, or V(embedded).
          type: str
          sample: /etc/k.asc
          returned: if the source names a key
        enabled: {type: bool, sample: true, description: Whether it is used.}
        sha256: {type: str, description: SHA-256 of the file.}
        package_check:
          description: Whether dnf checks the signatures of its packages.
          type: bool
          returned: if the file of dnf says so
        metadata_check:
          description: Whether dnf checks the signature of the repository's own files.
          type: bool
          returned: if the file of dnf says so
    signing_keys:
      description: Key files that a source names.
      type: list
      elements: dict
      contains:
        path: {type: str, sample: /etc/k.asc, description: The file.}
        fingerprints:
          description: Of the primary keys in it, hexadecimal.
          type: list
          elements: str
          sample: [CE7FA8A8EF377D781D0472F6D6796C94F5F5B0CB]
    persistence:
      description: nvidia-persistenced.
      type: dict
      contains:
        unit:
          description: Its unit.
          type: dict
          returned: if installed
          contains:
            name: {type: str, sample: nvidia-persistenced.service, description: Name of the unit.}
            load_state: {type: str, sample: loaded, description: "Such as V(loaded) or V(masked)."}
            active_state: {type: str, sample: active, description: "Such as V(active), V(inactive) or V(failed)."}
            sub_state: {type: str, sample: running, description: "Such as V(running) or V(exited)."}
            unit_file_state: {type: str, sample: enabled, description: "Such as V(enabled), V(disabled) or V(static)."}
            exec_start:
              description: The command line in force.
              type: str
              sample: /usr/bin/nvidia-persistenced --verbose
            dropins: {type: list, elements: str, sample: [], description: "Drop-ins that count, in order."}
            path:
              description: The unit's file; empty if it has none.
              type: str
              sample: /lib/systemd/system/nvidia-persistenced.service
            flavour:
              description: V(vendor), V(local) or V(runtime), by its file's folder.
              type: str
              sample: vendor
              returned: if it has a file
            needs_reload: {type: bool, sample: false, description: Whether its files changed after systemd read them.}
        mode:
          description: Whether the daemon, once it runs, switches persistence mode on.
          type: bool
          sample: true
          returned: if installed
        user: {type: str, returned: if the command line names one, description: The user that it runs as.}
    units:
      description: Other units of the driver, runtimes, Kubernetes and of upgrades, by name.
      type: dict
      contains:
        NAME: {type: dict, returned: if installed, description: As RV(observed.persistence.unit).}
    runtimes:
      description: Container runtimes.
      type: dict
      contains:
        containerd:
          description: containerd, by the word of C(containerd config dump) for the file and all its imports.
          type: dict
          returned: if installed
          contains:
            version: {type: str, sample: 1.6.20, returned: if known, description: Its version.}
            config_path:
              description: The file, which need not exist.
              type: str
              sample: /etc/containerd/config.toml
            config_sha256: {type: str, returned: if the file is readable, description: SHA-256 of the file.}
            config_version:
              description: Version of the file's schema.
              type: int
              sample: 2
              returned: if the file is readable
            cri_enabled:
              description:
                - False if the CRI plugin is off, or could not start, as with a default handler that does not exist.
              type: bool
              sample: true
              returned: if the configuration is valid
            handlers:
              description: Runtime handlers, by name.
              type: dict
              contains:
                NAME:
                  description: One handler.
                  type: dict
                  contains:
                    binary:
                      description: The program that starts containers.
                      type: str
                      sample: /usr/bin/nvidia-container-runtime
                      returned: if configured
            default_handler:
              description: The handler of pods that name none.
              type: str
              sample: runc
              returned: if the configuration is valid
            cdi_enabled:
              description: Whether device names of CDI are understood.
              type: bool
              returned: if the configuration says it
            imports:
              description: Globs of more files in the file.
              type: list
              elements: str
              sample: [/etc/containerd/conf.d/*.toml]
            error: {type: str, returned: if the configuration is not valid, description: Why.}
        docker:
          description: Docker, by its file and the command line of its unit.
          type: dict
          returned: if installed
          contains:
            version: {type: str, sample: 28.3.0, returned: if known, description: Its version.}
            config_path: {type: str, sample: /etc/docker/daemon.json, description: "The file, which need not exist."}
            config: {type: dict, returned: if the file is there and valid, description: The whole file.}
            error: {type: str, returned: if the file is not valid, description: Why.}
            runtimes: {type: list, elements: str, sample: [nvidia, runc], description: Names of the runtimes.}
            handlers: {type: dict, description: "Runtimes, as RV(observed.runtimes.containerd.handlers)."}
            default_handler:
              description: The runtime of containers that name none.
              type: str
              sample: nvidia
              returned: if the file is valid
            cdi_enabled:
              description: Switched on, or on by default since 28.2.
              type: bool
              sample: true
              returned: if the version is known
        crio:
          description: CRI-O, by its files.
          type: dict
          returned: if installed
          contains:
            version: {type: str, sample: 1.31.2, returned: if known, description: Its version.}
            config_path: {type: str, sample: /etc/crio/crio.conf, description: "The main file, which need not exist."}
            config_files:
              description: Files that exist, in order; later ones win.
              type: list
              elements: str
              sample: [/etc/crio/crio.conf, /etc/crio/crio.conf.d/99-nvidia.toml]
            handlers: {type: dict, description: "As RV(observed.runtimes.containerd.handlers)."}
            default_handler:
              description: The handler of pods that name none.
              type: str
              sample: crun
              returned: if the files say it
            cdi_enabled:
              description: False only if the files name no directory for specifications.
              type: bool
              sample: true
            error: {type: str, returned: if a file is not valid, description: Which file and why.}
    cdi:
      description: Container Device Interface.
      type: dict
      contains:
        specs:
          description: Specifications in C(/etc/cdi) and C(/var/run/cdi).
          type: list
          elements: dict
          contains:
            path: {type: str, sample: /var/run/cdi/nvidia.yaml, description: The file.}
            kind:
              description: Vendor and class of the devices.
              type: str
              sample: nvidia.com/gpu
              returned: if it says it
            mtime: {type: int, returned: if readable, description: "When it was written, in seconds since 1970."}
            version: {type: str, sample: 0.7.0, returned: if it says it, description: Version of the format.}
            devices:
              description: Number of names for devices, C(all) among them.
              type: int
              sample: 2
              returned: if it is valid
            driver_versions:
              description: Versions of the driver whose libraries it names.
              type: list
              elements: str
              sample: [580.159.04]
            stale:
              description:
                - Whether it does not fit the driver on disk. It names files that are gone or another version; or it
                  names no version and is older than the newest file of the driver.
              type: bool
              sample: false
              returned: for kinds of NVIDIA's
            why: {type: str, returned: if stale, description: What does not fit.}
    cluster:
      description: Kubernetes on the node.
      type: dict
      contains:
        kubelet:
          description: The kubelet that is a unit of its own.
          type: dict
          returned: if installed
          contains:
            active: {type: bool, sample: true, description: Whether it runs.}
            config_path:
              description: Its file.
              type: str
              sample: /var/lib/kubelet/config.yaml
              returned: if its command line names one
            node_name: {type: str, sample: node-1, returned: if known, description: The node's name in the cluster.}
            runtime_endpoint:
              description: The container runtime's socket.
              type: str
              sample: unix:///run/containerd/containerd.sock
              returned: if configured
        distributions:
          description: Kubernetes that brings its own containerd.
          type: list
          elements: dict
          contains:
            name: {type: str, sample: k3s, description: "V(k3s), V(rke2) or V(k0s)."}
            active: {type: bool, sample: true, returned: if it has a unit, description: Whether it runs.}
            data_path: {type: str, sample: /var/lib/rancher/k3s, description: The folder of its data.}
            config_path:
              description: Its file.
              type: str
              sample: /etc/rancher/k3s/config.yaml
              returned: if there is one
            runtime_endpoint:
              description: Its containerd's socket.
              type: str
              sample: unix:///run/k3s/containerd/containerd.sock
            containerd_config:
              description: The file that its containerd reads. It is written anew at every start.
              type: str
              sample: /var/lib/rancher/k3s/agent/etc/containerd/config.toml
              returned: if there is one
            containerd_templates:
              description: What an administrator has that file made from, or with k0s added to it.
              type: list
              elements: str
              sample: [/var/lib/rancher/k3s/agent/etc/containerd/config-v3.toml.tmpl]
            handlers: {type: dict, description: "As RV(observed.runtimes.containerd.handlers)."}
    smi: {type: dict, description: "What nvidia-smi says, as RV(baremetal.gpu.nvidia_smi_info#module:smi)."}
    reboot:
      description: Whether the system asks for a reboot already.
      type: dict
      contains:
        required: {type: bool, sample: false, description: Whether anything does.}
        reasons:
          description: 'Each in a sentence: the distribution, packages since the last boot, another kernel.'
          type: list
          elements: str
          sample: []
    disk:
      description: Room left, by directory, for C(/boot), C(/usr) and C(/var).
      type: dict
      contains:
        NAME:
          description: One directory.
          type: dict
          contains:
            free_mib:
              description: "Room that root may still use, in MiB."
              type: int
              returned: if the directory exists
    locks:
      description: Locks of the package manager that are held now.
      type: list
      elements: dict
      contains:
        path: {type: str, sample: /run/zypp.pid, description: The lock.}
        pid: {type: int, sample: 1200, description: The process that holds it.}
        command: {type: str, description: Its command line.}
    unattended:
      description: Upgrades that nobody asks for.
      type: dict
      contains:
        enabled:
          description: Whether anything installs upgrades by itself.
          type: bool
          sample: false
          returned: if there is a package manager
        by:
          description: What could.
          type: list
          elements: dict
          contains:
            name: {type: str, sample: unattended-upgrades, description: "Such as V(dnf-automatic) or V(packagekit)."}
            enabled: {type: bool, sample: false, description: Whether it is set to install upgrades by itself.}
            active:
              description: Whether its unit or timer is active.
              type: bool
              sample: true
              returned: if systemd runs
    own_files: {type: dict, description: "Drop-ins that this collection wrote, by path, each with its text."}
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
