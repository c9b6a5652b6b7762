# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the recordings of /proc/driver/nvidia say, read off them by eye."""

from __future__ import annotations

from typing import Dict

PAIRS: Dict[str, Dict[str, str]] = {
    "eler-384.59-gpu1-information": {"Device Minor": "0"},
    "eler-384.59-gpu2-information": {"Device Minor": "1"},
    "eler-384.59-params": {"AssignGpus": ""},
    "eler-384.59-registry": {"Binary": ""},
    "marwank-510.73.08-gpu1-information": {"GPU Excluded": "No"},
    "marwank-510.73.08-params": {"ExcludedGpus": ""},
    "marwank-510.73.08-registry": {"Binary": ""},
    "nvkvm-params": {
        "ResmanDebugLevel": "4294967295",
        "RmLogonRC": "1",
        "ModifyDeviceFiles": "1",
        "DeviceFileUID": "0",
        "DeviceFileGID": "0",
        "DeviceFileMode": "438",
        "InitializeSystemMemoryAllocations": "1",
        "UsePageAttributeTable": "4294967295",
        "EnableMSI": "1",
        "EnablePCIeGen3": "0",
        "MemoryPoolSize": "0",
        "KMallocHeapMaxSize": "0",
        "VMallocHeapMaxSize": "0",
        "IgnoreMMIOCheck": "0",
        "EnableStreamMemOPs": "0",
        "EnableUserNUMAManagement": "1",
        "NvLinkDisable": "0",
        "RmProfilingAdminOnly": "1",
        "PreserveVideoMemoryAllocations": "1",
        "EnableS0ixPowerManagement": "1",
        "S0ixPowerManagementVideoMemoryThreshold": "256",
        "DynamicPowerManagement": "3",
        "DynamicPowerManagementVideoMemoryThreshold": "200",
        "RegisterPCIDriver": "1",
        "EnablePCIERelaxedOrderingMode": "0",
        "EnableResizableBar": "0",
        "EnableGpuFirmware": "18",
        "EnableGpuFirmwareLogs": "2",
        "RmNvlinkBandwidthLinkCount": "0",
        "EnableDbgBreakpoint": "0",
        "OpenRmEnableUnsupportedGpus": "1",
        "DmaRemapPeerMmio": "1",
        "ImexChannelCount": "2048",
        "CreateImexChannel0": "0",
        "GrdmaPciTopoCheckOverride": "0",
        "RegistryDwords": "",
        "RegistryDwordsPerDevice": "",
        "RmMsg": "",
        "GpuBlacklist": "",
        "TemporaryFilePath": "/var/tmp",
        "ExcludedGpus": "",
    },
}
VERSIONS = {
    "open-590.48.01": ("590.48.01", "open"),
    "prop-390.48-version-respaced": ("390.48", "proprietary"),
    "prop-384.81": ("384.81", "proprietary"),
    "legacy-96.43.09": ("96.43.09", "proprietary"),
    "legacy-169.12": ("169.12", "proprietary"),
}
