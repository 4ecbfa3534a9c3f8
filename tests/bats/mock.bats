#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# mock: devices, reserved ranges, replacing and checking page tables of the selftest driver.

load helper

@test "add-device: three objects, and what it does to the ioas" {
	check <<'END'
ioas alloc as a
mock add-device $a		#= device_id=3 mock_id=2 hwpt_id=4
mock add-device $a as d		#= device_id=6 mock_id=5 hwpt_id=4
ioas iova-ranges $a		#= ranges=1000000-7fffffff iova_alignment=2048
object destroy $d.mock_id
ioas iova-ranges $a		#= ranges=1000000-7fffffff
object destroy 2
ioas iova-ranges $a		#= ranges=0-ffffffffffffffff iova_alignment=1
END
}

@test "add-device --no-dirty and --pasid" {
	check <<'END'
ioas alloc as a
mock add-device $a --no-dirty	#= device_id=3 mock_id=2 hwpt_id=4
mock add-device $a --pasid	#= device_id=6 mock_id=5
mock add-device $a --pasid --no-dirty	#= mock_id=*
END
}

@test "add-device --no-attach binds only, where the backend knows it" {
	if has OPTION_SW_MSI_START; then
		check <<'END'
ioas alloc as a
mock add-device $a --no-attach as d	#= device_id=3 mock_id=2 !hwpt_id
ioas iova-ranges $a			#= ranges=0-ffffffffffffffff iova_alignment=1
mock replace $d.mock_id $a		#! EINVAL 1 not-attached | selftest 2
object destroy $d.mock_id
object destroy $a
END
	else
		check <<'END'
ioas alloc as a
mock add-device $a --no-attach	#! EINVAL 1 flag-unknown field=dev_flags | 0x8
END
	fi
}

@test "add-device: wrong ids" {
	check <<'END'
mock add-device 0	#! ENOENT 5 no-object field=id call=IOMMU_TEST_OP_MOCK_DOMAIN
mock add-device 9	#! ENOENT 5 no-object field=id | 9
ioas alloc as a
mock add-device $a as d
mock add-device $d	#! EINVAL 1 pt-wrong-kind field=id | id 3 is a device
mock add-device $d.mock_id	#! EINVAL 1 pt-wrong-kind | id 2 is a selftest
mock add-device $d.hwpt_id	#= hwpt_id=4
END
}

@test "add-device EADDRINUSE: mappings and allowed ranges in the way" {
	check <<'END'
ioas alloc as a
ioas map $a --iova 0x1000 --length 4K
mock add-device $a	#! EADDRINUSE 1 mapping-in-the-way field=id | 0x1000-0x1fff (made by line 2) of ioas 1 | 0x0-0xffffff | aperture
ioas unmap $a --all
ioas allow-iovas $a 0x1000-0x1fff
mock add-device $a	#! EADDRINUSE 1 allowed-in-the-way | the allowed range 0x1000-0x1fff of ioas 1 | 0x0-0xffffff
ioas allow-iovas $a 0x2000000-0x2ffffff
ioas map $a --iova 0x1000400 --length 1K
mock add-device $a	#! EADDRINUSE 1 mapping-unaligned | 0x1000400-0x10007ff (made by line 8) of ioas 1 is not aligned to 0x800
ioas unmap $a --all
mock add-device $a
ioas iova-ranges $a	#= ranges=1000000-7fffffff
END
}

@test "add-device EFAULT, ENOMEM: what is mapped cannot be pinned" {
	check <<'END'
ioas alloc as a
raw ioas-map flags=7 ioas_id=$a user_va=0x1000 length=4096 iova=0x1000000
mock add-device $a	#! EFAULT 1 memory-gone field=id | 0x1000000-0x1000fff | 0x1000
ioas unmap $a --all
mock add-device $a
END
	limited limited ipc_lock 64
	T_IOMMUCTL=$T/limited check <<'END'
ioas alloc as a
ioas map $a --iova 0x1000000 --length 128K
mock add-device $a	#! ENOMEM 1 memlock | 65536
ioas unmap $a --all
ioas map $a --iova 0x1000000 --length 64K
mock add-device $a
END
}

@test "add-device: unknown device flags" {
	check <<'END'
ioas alloc as a
raw test-mock-domain-flags id=$a dev_flags=0x80	#! EINVAL 1 flag-unknown field=dev_flags call=IOMMU_TEST_OP_MOCK_DOMAIN_FLAGS | 0x80
raw test-mock-domain-flags id=$a dev_flags=pasid	#= return=0
END
}

@test "replace moves a device to another ioas" {
	check <<'END'
ioas alloc as a
ioas alloc as b
mock add-device $a as d			#= mock_id=3 device_id=4 hwpt_id=5
mock replace $d.mock_id $b		#= mock_id=3 hwpt_id=6
ioas iova-ranges $a			#= ranges=0-ffffffffffffffff
ioas iova-ranges $b			#= ranges=1000000-7fffffff
mock replace $d.mock_id 6		#= hwpt_id=6
mock replace --mock $d.mock_id --pt $a	#= hwpt_id=5
object list				#= | "hwpt_id":5
END
}

@test "replace: wrong ids, and what is in the way" {
	check <<'END'
ioas alloc as a
ioas alloc as b
mock add-device $a as d
mock replace 99 $b			#! ENOENT 5 no-object field=id call=IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE | 99
mock replace $d.device_id $b		#! ENOENT 5 no-object field=id | id 4 is a device, a selftest is needed
mock replace $d.mock_id 99		#! ENOENT 5 no-object field=pt_id | 99
mock replace $d.mock_id $d.device_id	#! EINVAL 1 pt-wrong-kind field=pt_id | id 4 is a device
ioas map $b --iova 0x1000 --length 4K
mock replace $d.mock_id $b		#! EADDRINUSE 1 mapping-in-the-way | 0x1000-0x1fff (made by line 8) of ioas 2
ioas iova-ranges $a			#= ranges=1000000-7fffffff
ioas iova-ranges $b			#= ranges=0-ffffffffffffffff
END
}

@test "add-reserved: takes a range out, refuses where something is" {
	check <<'END'
ioas alloc as a
mock add-reserved $a --start 0x10000 --length 64K	#= ioas_id=1 start=0x10000 last=0x1ffff
ioas iova-ranges $a		#= ranges=0-ffff,20000-ffffffffffffffff
mock add-reserved $a --start 0x18000 --length 64K
ioas iova-ranges $a		#= ranges=0-ffff,28000-ffffffffffffffff
mock add-reserved $a --start 0xffffffffffff0000 --length 64K	#= last=0xffffffffffffffff
ioas iova-ranges $a		#= ranges=0-ffff,28000-fffffffffffeffff
ioas map $a --iova 0x100000 --length 4K
mock add-reserved $a --start 0xff000 --length 8K	#! EADDRINUSE 1 range-mapped field=start call=IOMMU_TEST_OP_ADD_RESERVED | 0xff000-0x100fff overlaps the mapping 0x100000-0x100fff (made by line 8)
ioas allow-iovas $a 0x200000-0x2fffff
mock add-reserved $a --start 0x2ff000 --length 8K	#! EADDRINUSE 1 range-allowed | 0x2ff000-0x300fff overlaps the allowed range 0x200000-0x2fffff
mock add-reserved 99 --start 0 --length 4K		#! ENOENT 5 no-object field=id
mock add-reserved $a --start 0 --length 0		#! - 2 - | the range is empty or wraps
mock add-reserved $a --start 0xfffffffffffff000 --length 8K	#! - 2 - | the range is empty or wraps
END
}

@test "check-map: the page table shows the memory that was mapped" {
	check <<'END'
ioas alloc as a
mock add-device $a as d
ioas map $a --iova 0x1000000 --length 64K as m
mock check-map $d.hwpt_id --iova 0x1000000 --length 64K	#= hwpt_id=4 iova=0x1000000 length=65536 user_va=*
mock check-map $d.hwpt_id --iova 0x1004000 --length 4K
mock check-map $d.hwpt_id --iova 0x1000000 --length 64K --user-va $m.user_va
ioas map $a --iova 0x2000000 --length 64K as n
mock check-map $d.hwpt_id --iova 0x1000000 --length 4K --user-va $n.user_va	#! EINVAL 1 map-differs field=uptr call=IOMMU_TEST_OP_MD_CHECK_MAP | iova 0x1000000 maps the memory at
mock check-map $d.hwpt_id --iova 0x3000000 --length 4K --user-va $n.user_va	#! EINVAL 1 map-differs field=iova | nothing is mapped at 0x3000000-0x3000fff of ioas 1
mock check-map $d.hwpt_id --iova 0x1000001 --length 4K --user-va $n.user_va	#! EINVAL 1 check-unaligned field=iova | iova 0x1000001 is not a multiple of 2048
mock check-map $d.hwpt_id --iova 0x1000000 --length 1000 --user-va $n.user_va	#! EINVAL 1 check-unaligned field=length | 0x3e8
mock check-map $d.hwpt_id --iova 0x1000000 --length 4K --user-va 0xfffffffffffff800	#! EINVAL 1 uptr-wraps field=uptr | 0xfffffffffffff800
mock check-map $a --iova 0x1000000 --length 4K	#! ENOENT 5 no-object field=id | id 1 is an ioas
mock check-map 99 --iova 0x1000000 --length 4K --user-va 0	#! ENOENT 5 no-object | 99
mock check-map $d.hwpt_id --iova 0x5000000 --length 4K	#! - 2 - | mapped no memory of its own over all of 0x5000000-0x5000fff | --user-va ADDR
END
}

@test "check-map follows copies, unmaps and devices that come later" {
	check <<'END'
ioas alloc as a
ioas alloc as b
mock add-device $b as d
ioas map $a --iova 0x1000000 --length 64K as m
ioas copy --src-ioas-id $a --dst-ioas-id $b --src-iova 0x1008000 --length 16K --dst-iova 0x5000000
mock check-map $d.hwpt_id --iova 0x5000000 --length 16K
mock add-device $a as e
mock check-map $e.hwpt_id --iova 0x1000000 --length 64K --user-va $m.user_va
ioas unmap $a --all
mock check-map $e.hwpt_id --iova 0x1000000 --length 4K --user-va $m.user_va	#! EINVAL 1 map-differs | nothing is mapped
mock check-map $d.hwpt_id --iova 0x5000000 --length 16K
END
}

@test "raw operations: unknown ones, page references, the memory limit" {
	check <<'END'
ioas alloc as a
mock add-device $a
ioas map $a --iova 0x1000000 --length 64K as m
raw test-md-check-refs length=4096 uptr=$m.user_va refs=1	#= return=0
raw test-md-check-refs length=4096 uptr=$m.user_va refs=2	#! EIO 1 refs-differ call=IOMMU_TEST_OP_MD_CHECK_REFS
raw test-md-check-map op=200			#! EOPNOTSUPP 3 op-unknown field=op | no operation 200
raw test-set-temp-memory-limit limit=65536	#= return=0
raw test-set-temp-memory-limit limit=1	#! EINVAL 1 limit-too-low
raw test-set-temp-memory-limit limit=65536
END
}

@test "text output" {
	printf '%s\n' 'ioas alloc' 'ioas alloc' 'mock add-device 1' 'mock replace 3 2' \
		'mock add-reserved 2 --start 0x2000000 --length 2M' \
		'ioas map 2 --iova 0x1000000 --length 8K' \
		'mock check-map 6 --iova 0x1000000 --length 8K' >s
	iom batch s
	assert_success
	assert_output "ioas_id=1
ioas_id=2
device_id=4  mock_id=3  hwpt_id=5
mock_id=3  hwpt_id=6
ioas_id=2  start=0x2000000  last=0x21fffff
ioas_id=2  iova=0x1000000  length=8K  access=rw
hwpt_id=6  iova=0x1000000  length=8K"
}
