#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# hwpt: page tables by hand, nested ones, dirty pages, invalidations; mock dirty and check-iotlb.

load helper

@test "alloc: flags, and what the book says" {
	check <<'END'
ioas alloc as a
mock add-device $a as d
hwpt alloc $d $a			#= hwpt_id=5 device_id=3 pt_id=1 !data_type
hwpt alloc $d $a --dirty-tracking	#= hwpt_id=6
hwpt alloc $d $a --nest-parent as p	#= hwpt_id=7
hwpt alloc $d $a --nest-parent --dirty-tracking	#= hwpt_id=8
hwpt alloc $d $a --data selftest --pagetable-type huge	#= hwpt_id=9 data_type=selftest
hwpt alloc $d $p --data selftest --iotlb 7	#= hwpt_id=10 pt_id=7
mock replace $d.mock_id 5		#= hwpt_id=5
object list				#= | "type":"hwpt-nested","parents":[{"id":3,"type":"device"},{"id":7,
object destroy $p			#! EBUSY 6 object-held
object destroy 10
object destroy $p
END
}

@test "alloc: refusals" {
	check <<'END'
ioas alloc as a
mock add-device $a as d
mock add-device $a --no-dirty as plain
hwpt alloc $d $a --nest-parent as p
hwpt alloc $d $p --data selftest as n
hwpt alloc 99 $a			#! ENOENT 5 no-object field=dev_id
hwpt alloc $a $a			#! ENOENT 5 no-object | id 1 is an ioas, a device is needed
hwpt alloc $d 99			#! EINVAL 1 pt-absent field=pt_id | 99
hwpt alloc $d $n --data selftest	#! EINVAL 1 pt-wrong-kind | hwpt-nested
hwpt alloc $d $d.hwpt_id --data selftest	#! EINVAL 1 not-nest-parent | by the kernel
hwpt alloc $d $p			#! EOPNOTSUPP 3 nested-no-data | needs data
hwpt alloc $d $p --nest-parent --data selftest	#! EOPNOTSUPP 3 nested-flags field=flags
hwpt alloc $d $p --data vtd-s1 --pgtbl-addr 0x1000 --addr-width 48	#! EOPNOTSUPP 3 data-foreign
hwpt alloc $d $a --data amd-guest --dte 1 --dte 2	#! EOPNOTSUPP 3 data-foreign | selftest hardware
hwpt alloc $plain $a --dirty-tracking	#! EOPNOTSUPP 3 dirty-incapable field=flags
hwpt alloc $d $a --fault 99		#! ENOENT 5 no-object field=fault_id
hwpt alloc $d $a --fault 99 --nest-parent	#! EOPNOTSUPP 3 fault-nest-parent
raw hwpt-alloc dev_id=$d pt_id=$a data_len=8	#! EINVAL 1 data-mismatch
raw hwpt-alloc dev_id=$d pt_id=$a __reserved=1	#! EOPNOTSUPP 3 reserved-not-zero
raw hwpt-alloc dev_id=$d pt_id=$a flags=0x80	#! EOPNOTSUPP 3 flag-unknown
END
}


@test "alloc: the data by the names of its fields" {
	check <<'END'
ioas alloc as a
mock add-device $a as d
hwpt alloc $d $a --nest-parent as p
hwpt alloc $d $p --data arm-smmuv3 --ste config=s1 --ste s1contextptr=0x12340 --ste s1dss=ssid0	#! EOPNOTSUPP 3 data-foreign
hwpt alloc $d $p --data arm-smmuv3 --ste0 0xb --ste1 1	#! EOPNOTSUPP 3 data-foreign
hwpt alloc $d $p --data arm-smmuv3 --ste s1contextptr=0x12341	#! - 2 - | has bits outside
hwpt alloc $d $p --data arm-smmuv3 --ste config=9	#! - 2 - | more than 3 bits
hwpt alloc $d $p --data arm-smmuv3 --ste colour=1	#! - 2 - | no field 'colour' | s1cdmax
hwpt alloc $d $p --data arm-smmuv3 --ste config=red	#! - 2 - | not a number
hwpt alloc $d $p --data amd-guest --dte 1 --dte 2 --dte 3 --dte 4 --dte 5	#! - 2 - | four words
hwpt alloc $d $p --data vtd-s1 --iotlb 1	#! - 2 - | --iotlb goes with --data selftest
hwpt alloc $d $p --sre			#! - 2 - | --sre goes with --data vtd-s1
hwpt alloc $d $p --data red		#! - 2 - | not one of selftest, vtd-s1
END
}

@test "dirty: start, marked pages as ranges, cleared by reading" {
	check <<'END'
ioas alloc as a
# memory that happens to be contiguous would share one dirty bit
option set huge-pages 0 --object $a
ioas map $a --iova 0x1000000 --length 1M
mock add-device $a as d
hwpt alloc $d $a --dirty-tracking as h
hwpt dirty start $h			#= hwpt_id=5 tracking=true
mock dirty $h --iova 0x1000000 --length 64K --page-size 4K --pages 0,2,5-7	#= dirty_pages=5
hwpt dirty read $h --iova 0x1000000 --length 64K --page-size 4K --no-clear	#= dirty_pages=5 cleared=false !hole ranges=1000000-1000fff,1002000-1002fff,1005000-1007fff | "pages":3,"size":12288
hwpt dirty read $h --iova 0x1000000 --length 64K --page-size 8K --no-clear	#= dirty_pages=4
hwpt dirty read $h --iova 0x1000000 --length 64K --page-size 4K	#= dirty_pages=5 cleared=true
hwpt dirty read $h --iova 0x1000000 --length 64K --page-size 4K	#= dirty_pages=0 | "ranges":[]
mock dirty $h --iova 0x10ff000 --length 4K --page-size 4K	#= dirty_pages=1
hwpt dirty read $h --iova 0x1000000 --length 2M --page-size 4K	#= dirty_pages=1 hole=0x1100000 ranges=10ff000-10fffff
hwpt dirty read $h --iova 0x3000000 --length 8K --page-size 4K	#= dirty_pages=0 hole=0x3000000
mock dirty $h --iova 0x1000000 --length 4K --page-size 4K
hwpt dirty start $h			#= tracking=true
hwpt dirty read $h --iova 0x1000000 --length 64K --page-size 4K	#= dirty_pages=0
hwpt dirty stop $h			#= tracking=false
mock dirty $h --iova 0x1000000 --length 64K --page-size 4K	#! EINVAL 1 not-tracking
END
}

@test "dirty: one bit stands for a large page table entry" {
	check <<'END'
# a dma-buf of the mock is contiguous, so that entries are as large as their alignment lets them
mock dmabuf get --length 64K as b
ioas alloc as a
mock add-device $a as d
hwpt alloc $d $a --dirty-tracking as h
hwpt dirty start $h
ioas map-file $a --file-fd $b --length 64K --iova 0x1000000
mock dirty $h --iova 0x1000000 --length 64K --page-size 4K --pages 3	#= dirty_pages=1
hwpt dirty read $h --iova 0x1000000 --length 32K --page-size 4K --no-clear	#= ranges=1000000-1007fff
hwpt dirty read $h --iova 0x1001000 --length 32K --page-size 4K --no-clear	#= dirty_pages=0
hwpt dirty read $h --iova 0x1000000 --length 64K --page-size 4K	#= dirty_pages=16 ranges=1000000-100ffff
hwpt dirty read $h --iova 0x1000000 --length 64K --page-size 4K	#= dirty_pages=0
# half as well aligned, with a piece at either end
ioas map-file $a --file-fd $b --length 64K --iova 0x1011000
mock dirty $h --iova 0x1011000 --length 64K --page-size 4K --pages 0,4	#= dirty_pages=2
hwpt dirty read $h --iova 0x1011000 --length 64K --page-size 4K	#= dirty_pages=2 ranges=1011000-1011fff,1015000-1015fff
# reading one page of an entry that begins before it makes all of it clean
mock dirty $h --iova 0x1000000 --length 4K --page-size 4K
hwpt dirty read $h --iova 0x1008000 --length 4K --page-size 4K	#= dirty_pages=0
hwpt dirty read $h --iova 0x1000000 --length 64K --page-size 4K	#= dirty_pages=0
END
}

@test "dirty: small pages stay small when large ones are allowed again" {
	check <<'END'
mock dmabuf get --length 32K as b
ioas alloc as a
option set huge-pages 0 --object $a
mock add-device $a as d
hwpt alloc $d $a --dirty-tracking as h
hwpt dirty start $h
ioas map-file $a --file-fd $b --length 32K --iova 0x1000000
option set huge-pages 1 --object $a
ioas map-file $a --file-fd $b --length 32K --iova 0x1010000
hwpt alloc $d $a --dirty-tracking as later
hwpt dirty start $later
mock dirty $h --iova 0x1000000 --length 4K --page-size 4K
mock dirty $h --iova 0x1010000 --length 4K --page-size 4K
mock dirty $later --iova 0x1000000 --length 4K --page-size 4K
hwpt dirty read $h --iova 0x1000000 --length 32K --page-size 4K	#= dirty_pages=1
hwpt dirty read $h --iova 0x1010000 --length 32K --page-size 4K	#= dirty_pages=8
hwpt dirty read $later --iova 0x1000000 --length 32K --page-size 4K	#= dirty_pages=8
END
}

@test "dirty read --out writes the bitmap" {
	check <<END
ioas alloc as a
option set huge-pages 0 --object \$a
ioas map \$a --iova 0x1000000 --length 1M
mock add-device \$a as d
hwpt alloc \$d \$a --dirty-tracking as h
hwpt dirty start \$h
mock dirty \$h --iova 0x1000000 --length 64K --page-size 4K --pages 0,2,15
hwpt dirty read \$h --iova 0x1000000 --length 64K --page-size 4K --out $T/none/map	#! ENOENT 5 - | cannot open
hwpt dirty read \$h --iova 0x1000000 --length 64K --page-size 4K --out $T/map	#= dirty_pages=3 !ranges
END
	assert_equal "$(od -An -tx1 "$T/map")" " 05 80"
}

@test "dirty: refusals" {
	check <<'END'
ioas alloc as a
mock add-device $a as d
hwpt alloc $d $a --dirty-tracking as h
hwpt dirty start $d.hwpt_id		#! EOPNOTSUPP 3 not-tracking | by the kernel
hwpt dirty stop $d.hwpt_id		#! EOPNOTSUPP 3 not-tracking
hwpt dirty start $a			#! ENOENT 5 no-object | id 1 is an ioas
hwpt dirty read 99 --iova 0 --length 4K --page-size 4K	#! ENOENT 5 no-object
hwpt dirty read $d.hwpt_id --iova 0x1000000 --length 4K --page-size 4K	#! EOPNOTSUPP 3 not-tracking
hwpt dirty read $h --iova 0x1000000 --length 0 --page-size 4K	#! EINVAL 1 length-zero
hwpt dirty read $h --iova 0xfffffffffffff000 --length 8K --page-size 4K	#! EOVERFLOW 1 iova-wraps
hwpt dirty read $h --iova 0x1000100 --length 4K --page-size 4K	#! EINVAL 1 range-unaligned field=iova
hwpt dirty read $h --iova 0x1000000 --length 4K --page-size 0	#! EINVAL 1 page-size-zero
hwpt dirty read $h --iova 0x1000800 --length 4K --page-size 4K	#! EINVAL 1 page-unaligned
hwpt dirty read $h --iova 0x1000000 --length 6K --page-size 6K	#! - 2 - | power of two
hwpt dirty read $h --iova 0x1000000 --length 16T --page-size 2K	#! - 2 - | at once
mock dirty $h --iova 0x1000000 --length 4K --page-size 0	#! EINVAL 1 page-size-zero
mock dirty $h --iova 0x1000000 --length 0 --page-size 4K	#! EINVAL 1 length-zero
mock dirty $h --iova 0x1000800 --length 4K --page-size 4K	#! EINVAL 1 page-unaligned
mock dirty $h --iova 0x1000000 --length 1T --page-size 2K	#! EOVERFLOW 1 dirty-too-many
mock dirty $a --iova 0x1000000 --length 4K --page-size 4K	#! ENOENT 5 no-object
mock dirty $h --iova 0x1000000 --length 8K --page-size 4K --pages 2	#! - 2 - | only 2 pages
mock dirty $h --iova 0x1000000 --length 8K --page-size 4K --pages 1-0	#! - 2 - | not a list
mock dirty $h --iova 0x1000000 --length 8K --page-size 4K --pages 0,	#! - 2 - | not a list
END
}

@test "invalidate: entries by name, the number handled" {
	check <<'END'
ioas alloc as a
mock add-device $a as d
hwpt alloc $d $a --nest-parent as p
hwpt alloc $d $p --data selftest --iotlb 0x1234 as n
mock check-iotlb $n --id 0 --value 0x1234	#= hwpt_id=6 iotlb_id=0 value=0x1234
mock check-iotlb $n --id 2 --value 0x1235	#! EINVAL 1 iotlb-differs
mock check-iotlb $n --id 4 --value 0	#! EINVAL 1 iotlb-id field=iotlb_id
mock check-iotlb $p --id 0 --value 0	#! ENOENT 5 no-object | hwpt-nested is needed
hwpt invalidate $n --type selftest iotlb-id=2 iotlb-id=0	#= entries=2 handled=2 type=selftest
mock check-iotlb $n --id 0 --value 0
mock check-iotlb $n --id 1 --value 0x1234
hwpt invalidate $n --type selftest iotlb-id=1 iotlb-id=4 iotlb-id=3	#! EINVAL 1 entry-value | entry 1 (from 0) has iotlb_id 4 | 1 handled
mock check-iotlb $n --id 1 --value 0
mock check-iotlb $n --id 3 --value 0x1234
hwpt invalidate $n --type selftest all	#= handled=1
mock check-iotlb $n --id 3 --value 0
hwpt invalidate $n --type selftest	#= entries=0 handled=0
hwpt invalidate $n --type selftest flags=2	#! EOPNOTSUPP 3 entry-flags | flags 0x2 | 0 handled
hwpt invalidate $n --type vtd-s1 all	#! EINVAL 1 type-foreign | takes selftest
hwpt invalidate $n --type arm-smmuv3 TLBI_NSNH_ALL	#! EINVAL 1 type-foreign
hwpt invalidate $p --type selftest all	#! EINVAL 1 not-nested
hwpt invalidate 99 --type selftest all	#! ENOENT 5 no-object
raw hwpt-invalidate hwpt_id=$n data_type=selftest entry_num=1 entry_len=8	#! EINVAL 1 entries-wrong field=data_uptr
END
}

@test "invalidate: what is no entry" {
	check <<'END'
hwpt invalidate 1 --type selftest iotlb=2	#! - 2 - | no field 'iotlb' | iotlb-id
hwpt invalidate 1 --type selftest iotlb-id	#! - 2 - | needs a value
hwpt invalidate 1 --type selftest iotlb-id=x	#! - 2 - | not a number
hwpt invalidate 1 --type vtd-s1 addr=0x1000,	#! - 2 - | empty field
hwpt invalidate 1 --type arm-smmuv3 TLBI_ALL	#! - 2 - | no command 'TLBI_ALL' | TLBI_NH_VAA
hwpt invalidate 1 --type arm-smmuv3 ATC_INV,sid=1,addr=0x800	#! - 2 - | has bits outside
hwpt invalidate 1 --type arm-smmuv3 TLBI_NH_ASID,asid=65536	#! - 2 - | more than 16 bits
hwpt invalidate 1 --type red	#! - 2 - | not one of
END
}

@test "the commands alone, as text" {
	iom --dry-run hwpt alloc 1 2 --nest-parent
	assert_success
	iom --dry-run hwpt invalidate 1 --type arm-smmuv3 TLBI_NH_VA,asid=3,addr=0x1000,leaf ATC_INV,sid=2,size=52
	assert_success
	iom hwpt alloc 1
	usage_error "missing --pt"
	iom hwpt invalidate 1 all
	usage_error "missing --type"
	iom hwpt dirty read 1 --iova 0
	usage_error "missing --length"
	iom_json hwpt dirty start 1
	assert_equal "$status" 5
	iom_json hwpt dirty stop 1
	assert_equal "$status" 5
}

@test "invalidate: the caches of devices behind a vIOMMU" {
	check <<<'hwpt invalidate 9 --type viommu-selftest all	#! ENOENT 5 no-object'
	check <<'END'
ioas alloc as a
mock add-device $a as d
hwpt alloc $d $a --nest-parent as p
raw viommu-alloc type=selftest dev_id=$d hwpt_id=$p
raw vdevice-alloc viommu_id=6 dev_id=$d virt_id=9
hwpt alloc $d 6 --data selftest as n
mock replace $d.mock_id $n
hwpt invalidate 6 --type viommu-selftest vdev-id=9,cache-id=1 vdev-id=9,all	#= entries=2 handled=2 type=viommu-selftest
hwpt invalidate 6 --type viommu-selftest vdev-id=8,all	#! EINVAL 1 viommu-entry | vdev_id 0x8
END
}

@test "a page table does not hold the device that it was made for" {
	cat >s <<'END'
ioas alloc as a
mock add-device $a as d
hwpt alloc $d $a as h
object destroy $d
object destroy $d.mock_id
object destroy $h
END
	iom -j batch --keep-going s
	assert_failure 7
	run jq -sr 'map(.status) | join(" ")' stdout
	assert_output "0 0 0 6 0 0"
	run jq -r 'select(.line == 4).error.fact' stdout
	assert_output "device 3 is in use: it is part of mock device 2"
}
