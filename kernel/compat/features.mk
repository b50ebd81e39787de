# SPDX-License-Identifier: GPL-2.0-only
#
# What this kernel's headers offer, found out by looking: Debian's stable
# kernels take changes over from later ones, so that a version tells nothing.

# $(call flavour-grep,HEADER,REGEXP,YES,NO); "." stands for parentheses
flavour-grep = $(shell grep -qs '$(2)' $(srctree)/include/$(1) && echo $(3) || echo $(4))

# Since 6.12.91 the override lives in struct device, under a spinlock.
ccflags-y += $(call flavour-grep,linux/pci.h,driver_override;,,-DFLAVOUR_HAVE_DEVICE_OVERRIDE)

# Since 6.10 __assign_str() finds the source by itself.
ccflags-y += $(call flavour-grep,trace/stages/stage6_event_callback.h,define __assign_str.*src,,-DFLAVOUR_HAVE_ASSIGN_STR_1)

# Until 6.19 a PCI device says whether drivers may bind it yet.
ccflags-y += $(call flavour-grep,linux/pci.h,match_driver;,-DFLAVOUR_HAVE_MATCH_DRIVER,)

# Since 7.3 kernel threads have a root of their own, with nothing in it.
ccflags-y += $(call flavour-grep,linux/fs_struct.h,define scoped_with_init_fs,-DFLAVOUR_HAVE_INIT_FS,)
