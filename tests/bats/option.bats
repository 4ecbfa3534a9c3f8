#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# option: rlimit-mode and huge-pages, and every errno of IOMMU_OPTION but those of sw-msi.

load helper

@test "rlimit-mode: get and set, before any object is there" {
	check <<'END'
option get rlimit-mode		#= option=rlimit-mode object_id=0 value=0 !address
option get --name rlimit-mode --object 0	#= value=0
END
	iom option get rlimit-mode
	assert_success
	assert_output "option=rlimit-mode  object_id=0  value=0"
	if has_cap "$CAP_SYS_RESOURCE"; then
		check <<'END'
option set rlimit-mode 1	#= option=rlimit-mode object_id=0 value=1
option get rlimit-mode		#= value=1
option set rlimit-mode 0	#= value=0
option get rlimit-mode		#= value=0
END
		iom option set rlimit-mode 1 --get value
		assert_success
		assert_output 1
	else
		check <<'END'
option set rlimit-mode 1	#! EPERM 4 no-sys-resource | CAP_SYS_RESOURCE
option get rlimit-mode		#= value=0
END
	fi
}

@test "rlimit-mode: refused with an object, once objects exist, for other values" {
	local busy='EBUSY 6 rlimit-late' late=' field=op | the context has ioas 1 already'
	local more=' | ioas 1 and 1 more object' value='EINVAL 1 option-value | the value is 2'

	has_cap "$CAP_SYS_RESOURCE" || busy='EPERM 4 no-sys-resource' late='' more='' value=$busy
	check <<END
option get rlimit-mode --object 1	#! EOPNOTSUPP 3 option-object field=object_id call=IOMMU_OPTION | object_id is 1
option set rlimit-mode 2	#! $value
ioas alloc as a
option set rlimit-mode 1	#! $busy$late
option set rlimit-mode 2	#! $busy
option get rlimit-mode		#= value=0
ioas alloc
option set rlimit-mode 1	#! $busy$more
object destroy \$a
object destroy 2
option set rlimit-mode 2	#! $value
END
}

@test "rlimit-mode: setting it needs CAP_SYS_RESOURCE, reading it does not" {
	limited limited sys_resource
	T_IOMMUCTL=$T/limited check <<'END'
option get rlimit-mode		#= value=0
option set rlimit-mode 1	#! EPERM 4 no-sys-resource field=op | the process has no CAP_SYS_RESOURCE
option set rlimit-mode 7	#! EPERM 4 no-sys-resource
ioas alloc
option set rlimit-mode 1	#! EPERM 4 no-sys-resource
END
}

@test "rlimit-mode 1 counts pinned memory against the process" {
	local set='option set rlimit-mode 1'

	has_cap "$CAP_SYS_RESOURCE" || set='option get rlimit-mode'
	limited limited ipc_lock 64
	T_IOMMUCTL=$T/limited check <<END
$set
ioas alloc as a
mock add-device \$a
ioas map \$a --length 128K	#! ENOMEM 1 memlock | 65536
ioas map \$a --length 64K
END
}

@test "huge-pages: get and set on an ioas, also when it holds mappings" {
	check <<'END'
ioas alloc as a
option get huge-pages --object $a	#= option=huge-pages object_id=1 value=1
option set huge-pages 0 --object $a	#= value=0
option get huge-pages --object $a	#= value=0
ioas iova-ranges $a			#= iova_alignment=4096
option set huge-pages 1 --object $a	#= value=1
ioas iova-ranges $a			#= iova_alignment=1
ioas map $a --iova 0x10000 --length 4K
option set huge-pages 0 --object $a	#= value=0
option set huge-pages 0 --object $a	#= value=0
option set huge-pages 1 --object $a
END
}

@test "huge-pages: wrong objects and values" {
	check <<'END'
ioas alloc as a
mock add-device $a as d
option get huge-pages			#! ENOENT 5 no-object field=object_id | object_id is 0
option get huge-pages --object 99	#! ENOENT 5 no-object field=object_id | there is no ioas 99
option set huge-pages 1 --object $d	#! ENOENT 5 no-object | id 3 is a device, an ioas is needed
option set huge-pages 2 --object $a	#! EINVAL 1 option-value field=val64 | the value is 2
option set huge-pages 2 --object 99	#! ENOENT 5 no-object
END
}

@test "huge-pages: cannot be turned off under a page table with mappings, nor over odd ones" {
	check <<'END'
ioas alloc as a
mock add-device $a as d
ioas map $a --iova 0x1000000 --length 64K
option set huge-pages 0 --object $a	#! EINVAL 1 huge-mapped field=val64 | ioas 1 | 0x1000000-0x100ffff (made by line 3)
ioas unmap $a --all
option set huge-pages 0 --object $a
ioas alloc as b
ioas map $b --iova 0x10800 --length 2K
option set huge-pages 0 --object $b	#! EADDRINUSE 1 huge-unaligned field=val64 | 0x10800-0x10fff | 0x1000
option get huge-pages --object $b	#= value=1
END
}

@test "OPTION: unknown options and operations, reserved member, in this order" {
	check <<'END'
ioas alloc as a
raw option option_id=77 op=1		#! EOPNOTSUPP 3 option-unknown field=option_id | there is no option 77
raw option option_id=77 op=9 object_id=99	#! EOPNOTSUPP 3 option-unknown
raw option option_id=0 op=2		#! EOPNOTSUPP 3 option-op field=op | op is 2
raw option option_id=1 op=2 object_id=$a	#! EOPNOTSUPP 3 option-op field=op | op is 2
raw option option_id=0 op=1 __reserved=3	#! EOPNOTSUPP 3 reserved-not-zero field=__reserved | 0x3
raw option option_id=rlimit-mode op=get	#= val64=0x0 return=0
raw option option_id=huge-pages op=set object_id=$a val64=0	#= val64=0x0
raw option option_id=huge-pages op=get object_id=$a val64=55	#= val64=0x0
END
}
