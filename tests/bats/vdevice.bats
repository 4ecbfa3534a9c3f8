#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# vdevice: devices behind a virtual IOMMU, and what becomes of them when the device goes.

load helper

@test "alloc: a number for each device" {
	check <<'END'
ioas alloc as a
mock add-device $a as d
mock add-device $a as e
hwpt alloc $d $a --nest-parent as p
viommu alloc $d $p --type selftest as v	#= viommu_id=8
vdevice alloc $v $d --virt-id 0x99 as x	#= vdevice_id=9 viommu_id=8 device_id=3 virt_id=0x99
vdevice alloc $v $e --virt-id 0xffffffffffffffff	#= vdevice_id=10 virt_id=0xffffffffffffffff
object list				#= | {"id":9,"type":"vdevice","parents":[{"id":8,"type":"viommu"},{"id":3,"type":"device"}]
object destroy $v			#! EBUSY 6 object-held | vdevice 9 uses it
object destroy $x
vdevice alloc $v $d --virt-id 0x99	#= vdevice_id=9
END
}

@test "alloc: refusals, in the kernel's order" {
	check <<'END'
ioas alloc as a
mock add-device $a as d
mock add-device $a as e
hwpt alloc $d $a --nest-parent as p
viommu alloc $d $p --type selftest as v
viommu alloc $d $p --type selftest as w
vdevice alloc 99 99 --virt-id 1		#! ENOENT 5 no-object field=viommu_id
vdevice alloc $p $d --virt-id 1		#! ENOENT 5 no-object field=viommu_id | a viommu is needed
vdevice alloc $v 99 --virt-id 1		#! ENOENT 5 no-object field=dev_id
vdevice alloc $v $d.mock_id --virt-id 1	#! ENOENT 5 no-object field=dev_id
vdevice alloc $v $d --virt-id 1 as x
vdevice alloc $v $d --virt-id 1		#! EEXIST 1 device-has-vdevice field=dev_id | vdevice 10
vdevice alloc $w $d --virt-id 2		#! EEXIST 1 device-has-vdevice | of viommu 8
vdevice alloc $v $e --virt-id 1		#! EEXIST 1 virt-id-taken field=virt_id | vdevice 10
vdevice alloc $w $e --virt-id 1		#= vdevice_id=11
END
}

@test "a device that goes takes its vdevice along, and the id stays taken" {
	check <<'END'
ioas alloc as a
mock add-device $a as d
mock add-device $a as e
hwpt alloc $d $a --nest-parent as p
viommu alloc $d $p --type selftest as v
vdevice alloc $v $d --virt-id 1 as x	#= vdevice_id=9
object destroy $d			#! EBUSY 6 object-held
object destroy $d.mock_id
object list				#= | {"id":8,"type":"viommu" | "type":"hwpt-paging"
object destroy $x			#! ENOENT 5 no-object
ioas alloc				#= ioas_id=2
ioas alloc				#= ioas_id=3
ioas alloc				#= ioas_id=10
vdevice alloc $v $e --virt-id 1		#= vdevice_id=11
object destroy 11
object destroy $v
object destroy $p
END
}
