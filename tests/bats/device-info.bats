#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# device info, features, reset: what an opened VFIO device has. Real ones are asked in the VT-d guest.

load helper

@test "info, features and reset of a device that was not opened" {
	check <<'END'
device info 7		#! - 5 - | this context opened no VFIO device with id 7 | device open
device features 7	#! - 5 - | this context opened no VFIO device with id 7
device reset 7		#! - 5 - | this context opened no VFIO device with id 7
ioas alloc as a
mock add-device $a as d
device info $d		#! - 5 - | mock replace
END
	iom device info
	usage_error "missing --dev"
}

@test "info: regions, interrupts and capabilities" {
	needs_device
	check <<'END'
device open vfio0 as d
device info $d	#= device_id=1 num_regions=9 num_irqs=5 flags_raw=0x3 !pci_atomic | "flags":["reset","pci"] | {"index":0,"name":"bar0","size":4096,"offset":"0x0","flags":["read","write","mmap"],"flags_raw":"0x7"} | {"index":1,"name":"bar1","size":0,"offset":"0x10000000000","flags":[],"flags_raw":"0x0"} | "capabilities":["msix-mappable"] | "name":"config","size":4096 | {"index":0,"name":"intx","count":1,"flags":["eventfd","maskable","automasked"],"flags_raw":"0x7"} | {"index":2,"name":"msix","count":4,"flags":["eventfd"],"flags_raw":"0x1"} | {"index":4,"name":"req","count":1,"flags":["eventfd","noresize"],"flags_raw":"0x9"}
device info --dev $d as i
device reset $i	#= device_id=1
END
	[[ ${ROW[2]} != *vga* ]] || fail "${ROW[2]}"
	iom batch "$T/script"
	assert_success
	[[ $output == *"INDEX NAME "*"bar0     4K           0x0 read,write,mmap "* ]] || fail "$output"
}

@test "features: present, and two kinds of absent" {
	needs_device
	check <<'END'
device open vfio1 as d
device features $d	#= device_id=1 | {"number":1,"name":"migration","present":false,"why":"unknown","errno":"ENOTTY"} | {"number":3,"name":"low-power-entry","present":true,"ops":["set"]} | {"number":11,"name":"dma-buf","present":true,"ops":["get"]} | {"number":12,"name":"mig-precopy-infov2","present":false,"why":"no-pre-copy","errno":"EINVAL"} | {"number":13,
device features $d	#= | "low-power-entry","present":true
END
}

@test "features: only probes are sent" {
	needs_device
	printf '%s\n' 'device open vfio0 as d' 'device features $d' >"$T/script"
	iom -v batch "$T/script"
	assert_success
	[ "$(grep -c '^.*VFIO_DEVICE_FEATURE' <<<"$stderr")" -ge 14 ] || fail "$stderr"
	! grep VFIO_DEVICE_FEATURE <<<"$stderr" | grep 'flags=' | grep -v probe || fail "$stderr"
	iom --dry-run device features 1
	assert_success
	iom --dry-run device info 1
	assert_success
	[[ $output == *VFIO_DEVICE_GET_INFO* ]] || fail "$output"
	iom --dry-run device reset 1
	assert_success
	[[ $output == *VFIO_DEVICE_RESET* ]] || fail "$output"
}

@test "raw: the same calls, and how they are refused" {
	needs_device
	check <<'END'
device open vfio0 as d
raw vfio-device-get-region-info --dev $d index=bar0	#= return=0 size=4096 cap_offset=0
raw vfio-device-get-region-info --dev $d index=4	#= argsz=40 cap_offset=0 size=16384
raw vfio-device-get-region-info --dev $d index=vga	#! EINVAL 1 no-region
raw vfio-device-get-region-info --dev $d --size 31	#! EINVAL 1 size-too-small field=argsz
raw vfio-device-get-irq-info --dev $d index=msix	#= count=4
raw vfio-device-get-irq-info --dev $d index=5	#! EINVAL 1 no-irq
raw vfio-device-get-irq-info --dev $d --size 15	#! EINVAL 1 size-too-small
raw vfio-feature --dev $d flags=0x40003	#= return=0
raw vfio-feature --dev $d flags=0x50003	#! EINVAL 1 value-refused
raw vfio-feature --dev $d flags=3	#! EINVAL 1 feature-flags | neither get nor set
raw vfio-feature --dev $d flags=0x80003	#! EINVAL 1 feature-flags | 0x80000
raw vfio-feature --dev $d flags=0x4ffff	#! ENOTTY 3 feature-absent
raw vfio-feature --dev $d flags=0x20003	#= return=0
raw vfio-feature --dev $d flags=0x20003	#! EINVAL 1 value-refused
raw vfio-feature --dev $d flags=0x20005	#= return=0
raw vfio-feature --dev $d flags=0x20003	#= return=0
raw vfio-reset --dev $d	#= return=0
END
}
