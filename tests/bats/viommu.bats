#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# viommu: virtual IOMMUs, nested page tables on them, invalidation, mock check-dev-cache.

load helper

@test "alloc: types, data that comes back, ranges to map" {
	check <<'END'
ioas alloc as a
mock add-device $a as d
hwpt alloc $d $a --nest-parent as p	#= hwpt_id=5
viommu alloc $d $p --type selftest as v	#= viommu_id=6 device_id=3 hwpt_id=5 type=selftest !out_data !mmap_offset
viommu alloc $d $p --type selftest --in-data 0x55aa as w	#= viommu_id=7 out_data=0x55aa mmap_offset=0x1000 mmap_length=8192
viommu alloc $d $p --type selftest --in-data 7 as x	#= viommu_id=8 out_data=0x7 mmap_offset=0x3000
viommu alloc $d $p --type 0xdeadbeef	#= viommu_id=9 type=selftest
object destroy $w
viommu alloc $d $p --type selftest --in-data 1	#= viommu_id=7 mmap_offset=0x1000
object list				#= | {"id":6,"type":"viommu","parents":[{"id":3,"type":"device"},{"id":5,"type":"hwpt-paging"}]
object destroy $p			#! EBUSY 6 object-held | viommu 6 uses it
END
}

@test "alloc: refusals, in the kernel's order" {
	check <<'END'
ioas alloc as a
mock add-device $a as d
hwpt alloc $d $a --nest-parent as p
hwpt alloc $d $a as q
raw viommu-alloc flags=1 type=0xdeadbeef dev_id=99 hwpt_id=$p	#! EOPNOTSUPP 3 flag-unknown field=flags
viommu alloc 99 $p --type 0		#! EOPNOTSUPP 3 type-zero field=type
viommu alloc 99 99 --type 7		#! ENOENT 5 no-object field=dev_id
viommu alloc $a $p --type selftest	#! ENOENT 5 no-object field=dev_id | an ioas
viommu alloc $d 99 --type arm-smmuv3	#! EOPNOTSUPP 3 type-not-offered field=type | has selftest
viommu alloc $d $p --type tegra241-cmdqv	#! EOPNOTSUPP 3 type-not-offered
viommu alloc $d $p --type 77		#! EOPNOTSUPP 3 type-not-offered | 0x4d
viommu alloc $d 99 --type selftest	#! ENOENT 5 no-object field=hwpt_id
viommu alloc $d $a --type selftest	#! ENOENT 5 no-object field=hwpt_id | hwpt-paging is needed
viommu alloc $d $q --type selftest	#! EINVAL 1 not-nest-parent field=hwpt_id | without nest-parent
viommu alloc $d $d.hwpt_id --type selftest	#! EINVAL 1 not-nest-parent | by the kernel
raw viommu-alloc type=0xdeadbeef dev_id=$d hwpt_id=$p data_len=4	#! EINVAL 1 viommu-data field=data_len
raw viommu-alloc type=0xdeadbeef dev_id=$d hwpt_id=$p data_len=25	#! EINVAL 1 viommu-data | 8 to 24
raw viommu-alloc type=0xdeadbeef dev_id=$d hwpt_id=$p data_len=24 data_uptr=0x10	#! EFAULT 1 bad-pointer field=data_uptr
raw viommu-alloc type=0xdeadbeef dev_id=$d hwpt_id=$p __reserved=9	#= out_viommu_id=7
END
}

@test "alloc: words" {
	iom viommu alloc 1 2 --type red
	usage_error "'red' is not one of arm-smmuv3, tegra241-cmdqv, selftest, or a number"
	iom viommu alloc 1 2 --type 0x100000000
	usage_error "too large"
	iom viommu alloc 1 2 --type arm-smmuv3 --in-data 1
	usage_error "--in-data goes with --type selftest"
	iom viommu alloc 1 2
	usage_error "--type"
}

@test "hwpt alloc on a viommu: nested tables, refusals, who holds what" {
	check <<'END'
ioas alloc as a
mock add-device $a as d
mock add-device $a as e
hwpt alloc $d $a --nest-parent as p
viommu alloc $d $p --type selftest as v	#= viommu_id=8
hwpt alloc $d $v --data selftest --iotlb 7 as n	#= hwpt_id=9 pt_id=8 data_type=selftest
mock check-iotlb $n --id 3 --value 7
hwpt alloc $d $v --data selftest --pasid	#= hwpt_id=10
hwpt alloc 99 $v --data selftest	#! ENOENT 5 no-object field=dev_id
hwpt alloc $d $v --data selftest --nest-parent	#! EOPNOTSUPP 3 nested-flags field=flags
hwpt alloc $d $v --data selftest --dirty-tracking	#! EOPNOTSUPP 3 nested-flags
hwpt alloc $d $v			#! EOPNOTSUPP 3 nested-no-data
hwpt alloc $d $v --data arm-smmuv3 --ste0 1	#! EOPNOTSUPP 3 data-foreign
raw hwpt-alloc dev_id=$d pt_id=$v data_type=0xdead data_len=3	#! EINVAL 1 data-length
raw hwpt-alloc dev_id=$d pt_id=$v data_type=0xdead data_len=8 data_uptr=0x10	#! EFAULT 1 bad-pointer
hwpt alloc $d $v --data selftest --fault 99	#! ENOENT 5 no-object field=fault_id
raw fault-queue-alloc as f
hwpt alloc $d $v --data selftest --fault $f.fields.out_fault_id as g
object destroy $f.fields.out_fault_id	#! EBUSY 6 object-held | hwpt-nested
object destroy $g
object destroy $v			#! EBUSY 6 object-held | hwpt-nested 9
object destroy $p			#! EBUSY 6 object-held | viommu 8
mock replace $d.mock_id $n		#! ENOENT 5 no-vdevice field=pt_id | device 3 has no vdevice
mock add-device $n			#! ENOENT 5 no-vdevice | a new device
mock add-device $n --pasid		#! ENOENT 5 no-vdevice
vdevice alloc $v $d --virt-id 1
mock replace $d.mock_id $n
mock replace $e.mock_id $n		#! ENOENT 5 no-vdevice | device 6
object destroy $n			#! EBUSY 6 object-held | mock device 2
mock replace $d.mock_id 10		#= hwpt_id=10
mock replace $d.mock_id $a
object destroy $n
END
}

@test "invalidate on a viommu: caches of the devices behind it" {
	check <<'END'
ioas alloc as a
mock add-device $a as d
mock add-device $a as e
hwpt alloc $d $a --nest-parent as p
viommu alloc $d $p --type selftest as v
vdevice alloc $v $d --virt-id 1
vdevice alloc $v $e --virt-id 0x100000002
mock check-dev-cache $d --id 0 --cache 0xbaddad	#= device_id=3 cache_id=0 value=0xbaddad
hwpt invalidate $v --type viommu-selftest vdev-id=1,cache-id=2	#= entries=1 handled=1
mock check-dev-cache $d --id 2 --cache 0
mock check-dev-cache $d --id 1 --cache 0xbaddad
hwpt invalidate $v --type viommu-selftest vdev-id=1,cache-id=0 vdev-id=1,all	#= handled=2
mock check-dev-cache $d --id 3 --cache 0
mock check-dev-cache $d --id 3 --cache 1	#! EINVAL 1 cache-differs
mock check-dev-cache $d --id 4 --cache 0	#! EINVAL 1 cache-id field=cache_id
mock check-dev-cache $d.mock_id --id 0 --cache 0	#! ENOENT 5 no-object field=id
mock check-dev-cache $e --id 0 --cache 0xbaddad
hwpt invalidate $v --type viommu-selftest	#= entries=0 handled=0
END
}

@test "invalidate on a viommu: refusals, and how many were done" {
	check <<'END'
ioas alloc as a
mock add-device $a as d
hwpt alloc $d $a --nest-parent as p
viommu alloc $d $p --type selftest as v
vdevice alloc $v $d --virt-id 1
hwpt invalidate $v --type viommu-selftest vdev-id=1,cache-id=0 vdev-id=1,flags=2 vdev-id=1,cache-id=1	#! EOPNOTSUPP 3 entry-flags | 1 handled | entry 1
mock check-dev-cache $d --id 0 --cache 0
mock check-dev-cache $d --id 1 --cache 0xbaddad
hwpt invalidate $v --type viommu-selftest vdev-id=1,cache-id=4	#! EINVAL 1 viommu-entry | 0 handled | cache_id 4
hwpt invalidate $v --type viommu-selftest vdev-id=1,all vdev-id=2,all	#! EINVAL 1 viommu-entry | 1 handled | vdev_id 0x2
hwpt invalidate $v --type arm-smmuv3 CFGI_CD_ALL,sid=1	#! EINVAL 1 type-foreign | 0 handled | takes selftest
hwpt invalidate $v --type arm-smmuv3	#! EINVAL 1 type-foreign
hwpt invalidate $v --type selftest iotlb-id=1	#= handled=1
hwpt invalidate $v --type selftest iotlb-id=2	#! EINVAL 1 viommu-entry | vdev_id 0x2
hwpt invalidate $p --type viommu-selftest	#! EINVAL 1 not-nested
raw hwpt-invalidate hwpt_id=$v data_type=0xdeadbeef entry_num=1 entry_len=12	#! EINVAL 1 entries-wrong field=data_uptr
raw hwpt-invalidate hwpt_id=$v data_type=0xdeadbeef entry_num=1 entry_len=0 data_uptr=0x1000	#! EINVAL 1 entries-wrong field=entry_len
raw hwpt-invalidate hwpt_id=$v data_type=0xdeadbeef entry_num=1 entry_len=12 data_uptr=0x10	#! EFAULT 1 bad-pointer field=data_uptr
raw hwpt-invalidate hwpt_id=$v data_type=0xdeadbeef entry_num=1 entry_len=16 data_uptr=0x10	#! EFAULT 1 bad-pointer
raw hwpt-invalidate hwpt_id=$v data_type=0xdeadbeef __reserved=1	#! EOPNOTSUPP 3 reserved-not-zero
raw hwpt-invalidate hwpt_id=99 data_type=0xdeadbeef	#! ENOENT 5 no-object
END
}

@test "invalidate on a viommu: entries that end in something unknown" {
	# the memory of a mapping serves as the array of entries
	check <<'END'
ioas alloc as a
ioas map $a --iova 0x1000000 --length 4K as m
mock add-device $a as d
mock access create $a as x
mock access rw $x --iova 0x1000000 --write 000000000100000002000000000000000000000001000000030000000000000001
hwpt alloc $d $a --nest-parent as p
viommu alloc $d $p --type selftest as v
vdevice alloc $v $d --virt-id 1
raw hwpt-invalidate hwpt_id=$v data_type=0xdeadbeef entry_num=1 entry_len=16 data_uptr=$m.user_va	#= | "entry_num":1
mock check-dev-cache $d --id 2 --cache 0
mock check-dev-cache $d --id 3 --cache 0xbaddad
raw hwpt-invalidate hwpt_id=$v data_type=0xdeadbeef entry_num=2 entry_len=17 data_uptr=$m.user_va	#! E2BIG 1 entry-tail field=entry_len | entry 1
END
}

@test "page: what the mock shows is its number, then zeros, and stays as it is written" {
	check <<'END'
ioas alloc as a
mock add-device $a as d
hwpt alloc $d $a --nest-parent as p
viommu alloc $d $p --type selftest --in-data 0x11223344 as v
viommu page read $v.mmap_offset $v.mmap_length 0	#= mmap_offset=0x1000 mmap_length=8192 offset=0x0 width=4 value=0x11223344 !words
viommu page read $v.mmap_offset $v.mmap_length 0 --width 1 --count 5	#= value=0x44 | {"offset":"0x3","value":"0x11"},{"offset":"0x4","value":"0x0"}]
viommu page write $v.mmap_offset $v.mmap_length 0x1ff8 0x8877665544332211 --width 8	#= offset=0x1ff8 width=8 value=0x8877665544332211
viommu page read $v.mmap_offset $v.mmap_length 0x1ffc --width 2	#= value=0x6655
object destroy $v
viommu page read 0x1000 8K 0		#! ENXIO 5 not-shown
viommu alloc $d $p --type selftest --in-data 1 as w	#= mmap_offset=0x1000
viommu page read 0x1000 8K 0x1ff8 --width 8	#= value=0x0
viommu page read 0x1000 8K 0 --width 8	#= value=0x1
END
}

@test "page: only exactly what is shown can be mapped" {
	check <<'END'
ioas alloc as a
mock add-device $a as d
hwpt alloc $d $a --nest-parent as p
viommu alloc $d $p --type selftest --in-data 1
viommu page read 0x1000 4K 0		#! ENXIO 5 not-shown
viommu page read 0x1000 16K 0		#! ENXIO 5 not-shown
viommu page read 0x2000 8K 0		#! ENXIO 5 not-shown
viommu page read 0x3000 8K 0		#! ENXIO 5 not-shown
viommu page read 0 8K 0			#! ENXIO 5 not-shown
viommu page read 0x1001 8K 0		#! EINVAL 1 mmap-unaligned field=mmap_offset | 0x1001
viommu page read 0x1000 8191 0		#= value=0x1
viommu page read 0x1000 8K 0x2000	#! - 2 - | 4 bytes at 0x2000 do not lie within the 0x2000
viommu page read 0x1000 8K 0x1ffc --count 2	#! - 2 - | 8 bytes at 0x1ffc
viommu page read 0x1000 8K 2		#! - 2 - | 0x2 is not a multiple of the width 4
viommu page read 0x1000 8K 0 --width 3	#! - 2 - | 3 is not 1, 2, 4 or 8
viommu page read 0x1000 8K 0 --count 0	#! - 2 - | 0 is not 1 to 4096
viommu page write 0x1000 8K 0 256 --width 1	#! - 2 - | 0x100 does not fit 1 bytes
END
}

@test "page: a dry run and a trace" {
	iom --dry-run viommu page write 0x1000 8K 4 7
	assert_equal "$status" 0
	assert_line --partial "mmap mmap_offset=0x1000, mmap_length=8192, offset=0x4, count=4, write=1, value=0x7"
	iom -v viommu page read 0x1000 8K 0
	assert_equal "$status" 5
	assert_stderr_has "mmap(mmap_offset=0x1000, mmap_length=8192, offset=0x0" "mmap = -1 ENXIO"
}
