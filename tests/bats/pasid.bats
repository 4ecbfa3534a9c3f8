#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# PASIDs: mock pasid attach, replace, detach and check; device attach and detach with --pasid.

load helper

has_devices()
{
	[ "$T_BACKEND" = emu ]
}

# Without VFIO devices the kernel answers as device.bats has it; here only the refusal counts.
no_devices()
{
	iom_json device open vfio0
	[[ $status == 3 || $status == 5 ]]
}

@test "attach, check, detach" {
	check <<'END'
ioas alloc as a
mock add-device $a --pasid as d	#= device_id=3 mock_id=2 hwpt_id=4
device hw-info $d	#= max_pasid_log2=20
mock pasid detach $d.mock_id --pasid 100	#= mock_id=2 pasid=100
hwpt alloc $d $a --pasid as s	#= hwpt_id=5
mock pasid attach $d.mock_id $s --pasid 100	#! EINVAL 1 device-page-table field=pasid call=IOMMU_TEST_OP_PASID_ATTACH | device 3 itself is attached to hwpt 4, which was made by the kernel
mock replace $d.mock_id $s	#= hwpt_id=5
mock pasid attach $d.mock_id $s --pasid 100	#= mock_id=2 pasid=100 hwpt_id=5
mock pasid check $d.mock_id --pasid 100 --hwpt $s	#= mock_id=2 pasid=100 hwpt_id=5
mock pasid check $d.mock_id --pasid 0 --hwpt $s	#= pasid=0 hwpt_id=5
mock pasid check $d.mock_id --pasid 101 --hwpt 0	#= hwpt_id=0
mock pasid attach $d.mock_id $s --pasid 1048575	#= pasid=1048575
mock pasid detach $d.mock_id --pasid 100
mock pasid check $d.mock_id --pasid 100 --hwpt 0
mock pasid check $d.mock_id --pasid 1048575 --hwpt $s
mock pasid detach $d.mock_id --pasid 1048575
END
	iom_json mock pasid check 9 --pasid 1 --hwpt 1
	assert_equal "$status" 5
	iom_rows batch - < <(printf '%s\n' 'ioas alloc' 'mock add-device 1 --pasid' \
		'hwpt alloc 3 1 --pasid' 'mock replace 2 5' 'mock pasid attach 2 5 --pasid 7')
	assert_equal "$status" 0
	iom --get hwpt_id mock pasid attach 1 2 --pasid 3
	assert_equal "$status" 5
}

@test "attach: refusals" {
	check <<'END'
ioas alloc as a
mock add-device $a --pasid as d
hwpt alloc $d $a --pasid as s	#= hwpt_id=5
hwpt alloc $d $a --nest-parent as p	#= hwpt_id=6
hwpt alloc $d $p --pasid --data selftest as n	#= hwpt_id=7
hwpt alloc $d $p --data selftest as plain	#= hwpt_id=8
mock replace $d.mock_id $s
mock pasid attach $d.mock_id $n --pasid 100	#= hwpt_id=7
mock pasid attach $d.mock_id $s --pasid 100	#! EBUSY 6 pasid-attached field=pasid | pasid 100 of device 3 is attached to hwpt 7 already
mock pasid attach $d.mock_id $n --pasid 100	#! EBUSY 6 pasid-attached
mock pasid attach $d.mock_id $a --pasid 100	#! EBUSY 6 pasid-attached
mock pasid attach $d.mock_id $s --pasid 0	#! EBUSY 6 pasid-attached | pasid 0 is device 3 itself, which is attached to hwpt 5
mock pasid attach $d.mock_id $p --pasid 101	#! EINVAL 1 pasid-page-table field=pt_id | hwpt-paging 6 was allocated without pasid
mock pasid attach $d.mock_id $plain --pasid 101	#! EINVAL 1 pasid-page-table | hwpt-nested 8
mock pasid attach $d.mock_id $a --pasid 101	#! EINVAL 1 pasid-page-table | ioas 1 gets a page table
mock pasid attach $d.mock_id $s --pasid 1048576	#! EINVAL 1 pasid-too-wide field=pasid | 20 bits of device 3
mock pasid attach $d.mock_id $s --pasid 0xffffffff	#! EINVAL 1 pasid-too-wide | 4294967295
mock pasid attach $d.mock_id 99 --pasid 101	#! ENOENT 5 no-object field=pt_id | 99
mock pasid attach $d.mock_id $d --pasid 101	#! EINVAL 1 pt-wrong-kind field=pt_id | id 3 is a device
mock pasid attach $d $s --pasid 101	#! ENOENT 5 no-object field=id | id 3 is a device, a selftest is needed
mock pasid attach 99 $s --pasid 101	#! ENOENT 5 no-object field=id | 99
mock pasid check $d.mock_id --pasid 101 --hwpt 0
mock replace $d.mock_id $p	#! EINVAL 1 pasids-attached field=pt_id | hwpt-paging 6 was allocated without pasid, and pasid 100 of device 3
mock replace $d.mock_id $plain	#! EINVAL 1 pasids-attached | hwpt-nested 8
mock replace $d.mock_id $a	#! EINVAL 1 pasids-attached | ioas 1 gets a page table
mock replace $d.mock_id $n	#= hwpt_id=7
mock pasid detach $d.mock_id --pasid 100
mock replace $d.mock_id $a	#= hwpt_id=4
END
}

@test "replace" {
	check <<'END'
ioas alloc as a
mock add-device $a --pasid as d
hwpt alloc $d $a --pasid as s	#= hwpt_id=5
hwpt alloc $d $a --nest-parent as p	#= hwpt_id=6
hwpt alloc $d $p --pasid --data selftest as n	#= hwpt_id=7
hwpt alloc $d $p --pasid --data selftest as m	#= hwpt_id=8
mock replace $d.mock_id $s
mock pasid replace $d.mock_id $s --pasid 200	#! EINVAL 1 pasid-not-attached field=pasid | pasid 200 of device 3 is not attached
mock pasid attach $d.mock_id $s --pasid 200
mock pasid replace $d.mock_id $a --pasid 200	#! EINVAL 1 pasid-page-table call=IOMMU_TEST_OP_PASID_REPLACE
mock pasid replace $d.mock_id $p --pasid 200	#! EINVAL 1 pasid-page-table | hwpt-paging 6
mock pasid replace $d.mock_id 99 --pasid 200	#! ENOENT 5 no-object field=pt_id
mock pasid replace $d.mock_id $d.mock_id --pasid 200	#! EINVAL 1 pt-wrong-kind
mock pasid replace 99 $s --pasid 200	#! ENOENT 5 no-object field=id
mock pasid check $d.mock_id --pasid 200 --hwpt $s
mock pasid replace $d.mock_id $s --pasid 200	#= hwpt_id=5
mock pasid replace $d.mock_id $n --pasid 200	#= mock_id=2 pasid=200 hwpt_id=7
mock pasid check $d.mock_id --pasid 200 --hwpt $n
mock pasid replace $d.mock_id $m --pasid 200	#= hwpt_id=8
mock pasid check $d.mock_id --pasid 200 --hwpt $m
mock pasid replace $d.mock_id $n --pasid 0	#= pasid=0 hwpt_id=7
mock pasid replace $d.mock_id $a --pasid 0	#! EINVAL 1 pasids-attached
mock pasid detach $d.mock_id --pasid 200
mock pasid replace $d.mock_id $a --pasid 0	#= hwpt_id=4
END
}

@test "the mock driver refuses every second change of PASID 1024" {
	check <<'END'
ioas alloc as a
mock add-device $a --pasid as d
hwpt alloc $d $a --pasid as s
hwpt alloc $d $a --pasid as t
mock replace $d.mock_id $s
mock pasid attach $d.mock_id $s --pasid 1024
mock pasid replace $d.mock_id $t --pasid 1024	#! ENOMEM 1 pasid-fails field=pasid
mock pasid check $d.mock_id --pasid 1024 --hwpt $s
mock pasid replace $d.mock_id $t --pasid 1024	#= hwpt_id=6
mock pasid replace $d.mock_id $s --pasid 1024	#! ENOMEM 1 pasid-fails
mock pasid detach $d.mock_id --pasid 1024
mock pasid attach $d.mock_id $t --pasid 1024	#= hwpt_id=6
mock pasid detach $d.mock_id --pasid 1024
mock pasid attach $d.mock_id $s --pasid 1024
END
}

@test "a device without PASIDs" {
	check <<'END'
ioas alloc as a
mock add-device $a as d
device hw-info $d	#= max_pasid_log2=0
hwpt alloc $d $a --pasid as s	#= hwpt_id=5
hwpt alloc $d $a --nest-parent as p
hwpt alloc $d $p --pasid --data selftest as n
mock replace $d.mock_id $n	#= hwpt_id=7
mock replace $d.mock_id $a
mock pasid attach $d.mock_id $p --pasid 100	#! EINVAL 1 pasid-page-table
mock pasid attach $d.mock_id $s --pasid 100	#! EINVAL 1 device-page-table
mock replace $d.mock_id $s
mock pasid attach $d.mock_id $s --pasid 100	#! EINVAL 1 pasid-too-wide | device 3 has no PASIDs
mock pasid check $d.mock_id --pasid 100 --hwpt 0
END
}

@test "check: refusals" {
	check <<'END'
ioas alloc as a
mock add-device $a --pasid as d
hwpt alloc $d $a --pasid as s
mock replace $d.mock_id $s
mock pasid attach $d.mock_id $s --pasid 5
mock pasid check $d.mock_id --pasid 5 --hwpt 0	#! EINVAL 1 pasid-differs field=hwpt_id | pasid 5 of device 3 is attached to hwpt 5 | is not detached
mock pasid check $d.mock_id --pasid 6 --hwpt $s	#! EINVAL 1 pasid-differs | pasid 6 of device 3 is not attached | does not use HWPT 5
mock pasid check $d.mock_id --pasid 5 --hwpt $a	#! EINVAL 1 not-hwpt field=hwpt_id | object 1 is of type ioas
mock pasid check $d.mock_id --pasid 5 --hwpt 99	#! ENOENT 5 no-object field=hwpt_id
mock pasid check 99 --pasid 5 --hwpt 0	#! ENOENT 5 no-object field=id
mock pasid detach 99 --pasid 5	#! ENOENT 5 no-object field=id
mock pasid detach $d --pasid 5	#! ENOENT 5 no-object field=id
END
}

@test "PASID 0 is the device itself" {
	check <<'END'
ioas alloc as a
mock add-device $a --pasid as d	#= hwpt_id=4
mock pasid detach $d.mock_id --pasid 0	#= pasid=0
mock pasid check $d.mock_id --pasid 0 --hwpt 0
mock pasid check $d.mock_id --pasid 0 --hwpt 4	#! ENOENT 5 no-object
mock replace $d.mock_id $a	#! EINVAL 1 not-attached
hwpt alloc $d $a --pasid as s	#= hwpt_id=4
mock pasid attach $d.mock_id $s --pasid 9
mock pasid attach $d.mock_id $a --pasid 0	#! EINVAL 1 pasids-attached | pasid 9 of device 3
mock pasid detach $d.mock_id --pasid 9
object destroy $s
ioas map $a --iova 0x1000 --length 4K
mock pasid attach $d.mock_id $a --pasid 0	#! EADDRINUSE 1 mapping-in-the-way field=pt_id
ioas unmap $a --all
mock pasid attach $d.mock_id $a --pasid 0	#= pasid=0 hwpt_id=4
object list	#= | "type":"device","parents":[{"id":2,"type":"selftest"}],"hwpt_id":4,"pasids":[]
END
}

@test "what holds what" {
	check <<'END'
ioas alloc as a
mock add-device $a --pasid as d
hwpt alloc $d $a --pasid as s
hwpt alloc $d $a --pasid as t
mock replace $d.mock_id $s
mock pasid attach $d.mock_id $t --pasid 100
mock pasid attach $d.mock_id $t --pasid 9
object list	#= | "pasids":[{"pasid":9,"hwpt_id":6,"line":7},{"pasid":100,"hwpt_id":6,"line":6}]
object destroy $t	#! EBUSY 6 object-held | pasid 9 of device 3 is attached to it, pasid 100 of device 3
object destroy $d	#! EBUSY 6 object-held
mock pasid detach $d.mock_id --pasid 100
object destroy $t	#! EBUSY 6 object-held | in use: pasid 9 of device 3
mock pasid replace $d.mock_id $s --pasid 9
mock pasid attach $d.mock_id $t --pasid 8
object destroy $s	#! EBUSY 6 object-held | mock device 2 is attached to it, pasid 9 of device 3
object destroy $t $d.mock_id	#= | "objects":[{"id":2,"type":"selftest"},{"id":6
object list	#= | {"id":5,"type":"hwpt-paging" | "line":3
object destroy $s
object destroy $a
END
	# what is attached in the end is detached before the context is closed
	iom -v object list
	assert_success
}

@test "dirty tracking of a page table that a PASID uses" {
	check <<'END'
ioas alloc as a
mock add-device $a as first
hwpt alloc $first $a --pasid --dirty-tracking as t
mock add-device $t --pasid as d	#= hwpt_id=5
mock pasid attach $d.mock_id $t --pasid 100
hwpt dirty start $t
hwpt dirty stop $t
mock pasid detach $d.mock_id --pasid 100
mock add-device $a --pasid --no-dirty as plain
mock pasid attach $plain.mock_id $t --pasid 100	#! EINVAL 1 device-page-table
hwpt alloc $plain $a --pasid as u
mock replace $plain.mock_id $u
mock pasid attach $plain.mock_id $t --pasid 100	#= hwpt_id=5
END
}

@test "page requests with a PASID" {
	check <<'END'
ioas alloc as a
mock add-device $a --pasid as d
hwpt alloc $d $a --nest-parent as p
fault alloc as f
fault alloc as g
hwpt alloc $d $p --pasid --data selftest --fault $f as n
hwpt alloc $d $a --pasid --fault $g as s
hwpt alloc $d $a --pasid as plain
mock replace $d.mock_id $plain
mock trigger-iopf $d --pasid 2048	#= pasid=2048 !fault_id
mock pasid attach $d.mock_id $n --pasid 2048
mock trigger-iopf $d --pasid 2048 --grpid 5 --addr 0x1000	#= fault_id=6
mock trigger-iopf $d --pasid 2049	#= !fault_id
mock trigger-iopf $d	#= !fault_id
fault read $g --timeout 0	#= count=0
fault read $f --timeout 0	#= count=1 pasid=2048 grpid=5 addr=0x1000 device_id=3 | "pasid-valid"
fault respond $f --cookie 1 --code success
mock pasid replace $d.mock_id $s --pasid 2048
mock trigger-iopf $d --pasid 2048 --grpid 6	#= fault_id=7
fault read $f --timeout 0	#= count=0
mock pasid replace $d.mock_id $plain --pasid 2048
fault read $g --timeout 0	#= count=0
mock trigger-iopf $d --pasid 2048	#= !fault_id
mock replace $d.mock_id $n
mock trigger-iopf $d --pasid 2049 --grpid 7	#= fault_id=6
mock trigger-iopf $d --pasid 2048	#= !fault_id
fault read $f --timeout 0	#= count=1 pasid=2049 grpid=7
mock pasid detach $d.mock_id --pasid 2048
END
}

@test "raw: the same operations, and the book follows" {
	check <<'END'
ioas alloc as a
mock add-device $a --pasid as d
hwpt alloc $d $a --pasid as s
mock replace $d.mock_id $s
raw test-pasid-attach id=$d.mock_id pasid=3 pt_id=$s	#= return=0
mock pasid check $d.mock_id --pasid 3 --hwpt $s
raw test-pasid-replace id=$d.mock_id pasid=3 pt_id=$s	#= return=0
raw test-pasid-check-hwpt id=$d.mock_id pasid=3 hwpt_id=$s	#= return=0
object list	#= | "pasids":[{"pasid":3,"hwpt_id":5
raw test-pasid-detach id=$d.mock_id pasid=3	#= return=0
raw test-pasid-check-hwpt id=$d.mock_id pasid=3	#= return=0
END
}

@test "usage" {
	iom mock pasid attach 1 2
	usage_error "missing --pasid"
	iom mock pasid check 1 --pasid 1
	usage_error "missing --hwpt"
	iom mock pasid attach 1 2 --pasid x
	usage_error "--pasid"
	iom mock pasid frob 1
	usage_error "pasid frob" "pasid attach"
	iom_json --dry-run mock pasid attach 1 2 --pasid 7
	assert_success
	[[ $output == *'"test-pasid-attach"'* || $output == *IOMMU_TEST_OP_PASID_ATTACH* ]]
}

@test "devices: attach and detach PASIDs" {
	has_devices || { no_devices; return; }
	check <<'END'
device open vfio1 as d	#= device_id=1
device hw-info $d	#= max_pasid_log2=20
ioas alloc as a	#= ioas_id=2
hwpt alloc $d $a --pasid as s	#= hwpt_id=3
hwpt alloc $d $a --pasid as t	#= hwpt_id=4
hwpt alloc $d $a as plain	#= hwpt_id=5
device attach $d $s --pasid 100	#= device_id=1 pasid=100 hwpt_id=3
device attach $d $t --pasid 100	#= pasid=100 hwpt_id=4
object list	#= | "pasids":[{"pasid":100,"hwpt_id":4,"line":7}]
device attach $d $plain	#! EINVAL 1 pasids-attached field=pt_id | pasid 100 of device 1 is attached to hwpt 4
device attach $d $a	#! EINVAL 1 pasids-attached
device attach $d $s	#= hwpt_id=3 !pasid
ioas iova-ranges $a	#= ranges=0-fedfffff,fef00000-7fffffffffff
device attach $d $a --pasid 5	#! EINVAL 1 pasid-page-table field=pt_id | ioas 2 gets a page table
device attach $d $plain --pasid 5	#! EINVAL 1 pasid-page-table
device attach $d $s --pasid 0x100000	#! EINVAL 1 pasid-too-wide | 20 bits of device 1
device attach $d $s --pasid 0x80000000	#! ENOSPC 1 pasid-huge field=pasid
device attach $d $s --pasid 0	#! EBUSY 6 pasid-attached | pasid 0 is device 1 itself
device attach $d 99 --pasid 5	#! ENOENT 5 no-object field=pt_id
device attach $d $d --pasid 5	#! EINVAL 1 pt-wrong-kind
object destroy $t	#! EBUSY 6 object-held | in use: pasid 100 of device 1 is attached to it
device detach $d	#= device_id=1 !pasid
ioas iova-ranges $a	#= ranges=0-7fffffffffff
device detach $d --pasid 100	#= device_id=1 pasid=100
device detach $d --pasid 100
device attach $d $plain
device attach $d $s --pasid 5	#! EINVAL 1 device-page-table | hwpt 5, which was allocated without pasid
object destroy $t
device detach $d
device attach $d $s --pasid 0	#= pasid=0 hwpt_id=3
device attach $d $s	#! EBUSY 6 pasid-attached
device detach $d
object destroy $s	#! EBUSY 6 object-held | device 1 is attached to it
device detach $d --pasid 0
device attach $d $s
device detach $d --pasid 0
object destroy $s	#! EBUSY 6 object-held | device 1 is attached to it
device detach $d
object destroy $s
END
}

@test "devices: a group, and one without PASIDs" {
	has_devices || { no_devices; return; }
	export IOMMUCTL_EMU='device=x,group=1,pasid=8;device=y,group=1,pasid=10;device=z,group=1;device=q'
	check <<'END'
device open x as x	#= device_id=1
device open y as y
device open z as z
device open q as q	#= device_id=4
ioas alloc as a	#= ioas_id=5
device hw-info $x	#= max_pasid_log2=8
device hw-info $z	#= max_pasid_log2=0
hwpt alloc $x $a --pasid as s	#= hwpt_id=6
hwpt alloc $x $a --pasid as t	#= hwpt_id=7
device attach $y $s --pasid 256	#! EINVAL 1 pasid-too-wide | 8 bits of device 1 (/dev/vfio/devices/x) of the same group
device attach $y $s --pasid 255
device attach $x $t --pasid 255	#! EINVAL 1 group-attached field=pt_id | pasid 255 of device 2
device attach $x $s --pasid 255
device attach $y $t --pasid 255	#= hwpt_id=7
object destroy $s
device detach $x --pasid 255
object destroy $t	#! EBUSY 6 object-held | pasid 255 of device 2
device detach $y --pasid 255
object destroy $t
hwpt alloc $z $a --pasid as s	#= hwpt_id=6
device attach $z $s --pasid 7	#= hwpt_id=6
hwpt alloc $q $a --pasid as u
device attach $q $u --pasid 0x123456	#= hwpt_id=7
device open vfio9	#! ENOENT 5 -
END
	iom --emu 'device=x,pasid=21' ioas alloc
	usage_error "bad number of PASID bits '21'"
}
