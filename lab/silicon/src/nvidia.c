/* Copyright (c) 2026 baremetal.gpu contributors
 * GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Stand-in for nvidia.ko: what modinfo prints, and nothing that runs.
 */
#define INFO(name, text) __attribute__((section(".modinfo"), used)) static const char info_##name[] = #name "=" text
INFO(version, DRIVER);
INFO(license, LICENSE);
INFO(srcversion, "0123456789ABCDEF0123456");
INFO(alias, "pci:v000010DEd*sv*sd*bc03sc02i00*");
INFO(depends, "");
INFO(name, "nvidia");
INFO(vermagic, KERNEL " SMP preempt mod_unload modversions ");
