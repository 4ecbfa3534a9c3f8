#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# hw-queue: queues of a virtual IOMMU, their order, and the memory that they keep.

load helper

@test "alloc: in order, destroyed in the opposite order" {
	check <<'END'
ioas alloc as a
ioas map $a --iova 0x1000000 --length 64K
mock add-device $a as d
hwpt alloc $d $a --nest-parent as p
viommu alloc $d $p --type selftest as v	#= viommu_id=6
hw-queue alloc $v --type selftest --index 0 --nesting-parent-iova 0x1000000 --length 4K as q	#= hw_queue_id=7 viommu_id=6 type=selftest index=0 nesting_parent_iova=0x1000000 length=4096
# an access of the kernel's own has the id between
hw-queue alloc $v --type 0xdeadbeef --index 1 --nesting-parent-iova 0x1001800 --length 2K as r	#= hw_queue_id=9 type=selftest index=1
object destroy 8			#! EBUSY 6 in-use
object list				#= | {"id":9,"type":"hw-queue","parents":[{"id":6,"type":"viommu"}]
object destroy $v			#! EBUSY 6 object-held | hw-queue 7 uses it | hw-queue 9
object destroy $q			#! EBUSY 6 object-held | hw-queue 9 comes after it
object destroy $r
# the mock driver of 7.3 lets go of the wrong one
hw-queue alloc $v --type selftest --index 1 --nesting-parent-iova 0x1000000 --length 4K	#! EEXIST 1 queue-stale field=index | was destroyed
object destroy $q
object destroy $v
END
}

@test "alloc: refusals, in the kernel's order" {
	check <<'END'
ioas alloc as a
ioas map $a --iova 0x1000000 --length 64K
mock add-device $a as d
hwpt alloc $d $a --nest-parent as p
viommu alloc $d $p --type selftest as v
raw hw-queue-alloc flags=1 viommu_id=99 type=0xdeadbeef	#! EOPNOTSUPP 3 flag-unknown field=flags
hw-queue alloc 99 --type 0 --index 0 --nesting-parent-iova 0 --length 0	#! EOPNOTSUPP 3 type-zero field=type
hw-queue alloc 99 --type 1 --index 0 --nesting-parent-iova 0 --length 0	#! EINVAL 1 length-zero field=length
hw-queue alloc 99 --type 1 --index 0 --nesting-parent-iova 0xfffffffffffff000 --length 4097	#! EOVERFLOW 1 iova-wraps field=length
hw-queue alloc 99 --type 1 --index 0 --nesting-parent-iova 0xfffffffffffff000 --length 4K	#! ENOENT 5 no-object field=viommu_id
hw-queue alloc $p --type 1 --index 0 --nesting-parent-iova 0 --length 4K	#! ENOENT 5 no-object | a viommu is needed
hw-queue alloc $v --type tegra241-cmdqv --index 9 --nesting-parent-iova 0 --length 4K	#! EOPNOTSUPP 3 queue-type field=type | only have selftest
hw-queue alloc $v --type selftest --index 9 --nesting-parent-iova 0xfff --length 0xfffffffffffff001	#! ERANGE 1 queue-too-long field=length
hw-queue alloc $v --type selftest --index 9 --nesting-parent-iova 0 --length 0xfffffffffffff001	#! ERANGE 1 queue-too-long
hw-queue alloc $v --type selftest --index 9 --nesting-parent-iova 0 --length 0x10000000000	#! ENOMEM 1 queue-too-long field=length
hw-queue alloc $v --type selftest --index 9 --nesting-parent-iova 0x2000000 --length 4K	#! ENOENT 5 queue-gap field=nesting_parent_iova | 0x2000000-0x2000fff
hw-queue alloc $v --type selftest --index 2 --nesting-parent-iova 0x1000000 --length 4K	#! EINVAL 1 queue-index field=index | has 2 queues
hw-queue alloc $v --type selftest --index 1 --nesting-parent-iova 0x1000000 --length 4K	#! EIO 1 queue-order field=index | no queue 0
hw-queue alloc $v --type selftest --index 0 --nesting-parent-iova 0x1000ff0 --length 16 as q
hw-queue alloc $v --type selftest --index 0 --nesting-parent-iova 0x1000000 --length 4K	#! EEXIST 1 queue-taken | hw-queue 7
END
}

@test "alloc: memory that is not as it must be" {
	check <<'END'
ioas alloc as a
ioas map $a --iova 0x1000000 --length 4K as m
# the same page twice: the second does not follow the first
ioas copy --src-ioas-id $a --src-iova 0x1000000 --dst-ioas-id $a --dst-iova 0x1001000 --length 4K
ioas map $a --iova 0x3000000 --length 4K --write
mock add-device $a as d
hwpt alloc $d $a --nest-parent as p
viommu alloc $d $p --type selftest as v
hw-queue alloc $v --type selftest --index 0 --nesting-parent-iova 0x1000000 --length 8K	#! EFAULT 1 not-contiguous
hw-queue alloc $v --type selftest --index 0 --nesting-parent-iova 0x1001ff0 --length 32	#! ENOENT 5 queue-gap | 0x1002000-0x1002fff
hw-queue alloc $v --type selftest --index 0 --nesting-parent-iova 0x3000000 --length 4K	#! EPERM 4 queue-prot | is not readable
hw-queue alloc $v --type selftest --index 0 --nesting-parent-iova 0x1001ff0 --length 16	#= length=16
END
	check <<'END'
ioas alloc as a
mock add-device $a as d
ioas map $a --iova 0x1000000 --length 2K
hwpt alloc $d $a --nest-parent as p
viommu alloc $d $p --type selftest as v
hw-queue alloc $v --type selftest --index 0 --nesting-parent-iova 0x1000000 --length 2K	#! EADDRINUSE 1 mapping-unaligned
END
}

@test "a queue keeps its memory mapped" {
	check <<'END'
ioas alloc as a
ioas map $a --iova 0x1000000 --length 4K
ioas map $a --iova 0x1001000 --length 8K
ioas map $a --iova 0x1003000 --length 4K
mock add-device $a as d
hwpt alloc $d $a --nest-parent as p
viommu alloc $d $p --type selftest as v
ioas iova-ranges $a			#= iova_alignment=2048
hw-queue alloc $v --type selftest --index 0 --nesting-parent-iova 0x1001000 --length 4K as q
ioas iova-ranges $a			#= iova_alignment=4096
ioas unmap $a --iova 0x1001000 --length 8K	#! EBUSY 6 area-pinned | 0x1001000-0x1001fff
# looked at before the split is refused
ioas unmap $a --iova 0x1001000 --length 4K	#! EBUSY 6 area-pinned
ioas unmap $a --iova 0x1003000 --length 4K	#= unmapped=4096
# what comes before it is gone all the same
ioas unmap $a --all			#! EBUSY 6 area-pinned
ioas unmap $a --iova 0x1000000 --length 4K	#! ENOENT 5 nothing-mapped
object destroy $q
ioas unmap $a --iova 0x1001000 --length 8K	#= unmapped=8192
ioas iova-ranges $a			#= iova_alignment=2048
END
}
