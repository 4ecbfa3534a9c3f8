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
