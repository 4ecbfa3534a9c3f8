#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# object: destroying objects of every type and the list of what is there.

load helper

@test "destroy: an ioas, with its mappings, and its id is used again" {
	check <<'END'
ioas alloc
ioas alloc
ioas map 1 --length 64K
object destroy 1	#= id=1 type=ioas
object destroy 1	#! ENOENT 5 no-object field=id call=IOMMU_DESTROY | there is no object 1
ioas alloc		#= ioas_id=1
ioas iova-ranges 1	#= ranges=0-ffffffffffffffff
ioas unmap 1 --all	#= unmapped=0
END
	printf '%s\n' 'ioas alloc' 'object destroy 1' >s
	iom batch s
	assert_success
	assert_output "ioas_id=1
id=1  type=ioas"
}

@test "destroy ENOENT: 0, unknown ids" {
	check <<'END'
object destroy 0		#! ENOENT 5 no-object field=id | id is 0
object destroy 1		#! ENOENT 5 no-object field=id | there is no object 1
object destroy 4294967295	#! ENOENT 5 no-object | there is no object 4294967295
END
}

@test "destroy EBUSY: whoever holds it is named" {
	check <<'END'
ioas alloc as a
mock add-device $a as d
object destroy $a		#! EBUSY 6 object-held field=id | ioas 1 is in use | hwpt 4
object destroy $d.device_id	#! EBUSY 6 object-held | device 3 is in use | mock device 2
object destroy $d.hwpt_id	#! EBUSY 6 object-held | 4 is in use | 2 is attached to it | made hwpt 4 by itself
object destroy $d.mock_id	#= id=2 type=selftest
object destroy $d.hwpt_id	#! ENOENT 5 no-object
object destroy $a
END
	check <<'END'
ioas alloc as a
mock access create $a as x
object destroy $a		#! EBUSY 6 object-held | ioas 1 is in use: | fd
mock access close $x
object destroy $a
END
}

@test "destroy: several, users first" {
	check <<'END'
ioas alloc as a
mock add-device $a as d
hwpt alloc $d $a --nest-parent as p
hwpt alloc $d $p --data selftest as n
object destroy $p		#! EBUSY 6 object-held | hwpt-nested 6 uses it | `object destroy 6 5` destroys
object destroy $a		#! EBUSY 6 object-held | `object destroy 6 5 2 1`
object destroy $a $p $n		#! EBUSY 6 object-held | cannot destroy object 1; 6 and 5 are gone
ioas alloc as b
object destroy $a $b $d.mock_id	#= | "objects":[{"id":2,"type":"selftest"},{"id":1,"type":"ioas"},{"id":5,"type":"ioas"}]
object destroy 1 1		#! - 2 - | object 1 is named twice
object destroy			#! - 2 - | missing --id
ioas alloc as c
object destroy 99 $c		#! ENOENT 5 no-object | "cannot destroy object 99"
END
	iom_json --dry-run object destroy 3 4
	assert_success
	[[ $output == *'"id","value":3'*'"id","value":4'* ]] || [[ $output == *'id=3'*'id=4'* ]]
}

@test "list: what this context holds, and from which line" {
	check <<'END'
object list		#= complete=true | "objects":[]
ioas alloc as a
ioas map $a --iova 0x1000000 --length 4K
ioas map $a --iova 0x2000000 --length 4K
mock add-device $a as d
ioas alloc
object list		#= | {"id":1,"type":"ioas","parents":[],"mappings":2,"line":2,"call":"IOMMU_IOAS_ALLOC"} | "id":2,"type":"selftest" | "id":3,"type":"device" | "id":4,"type":"hwpt-paging" | "automatic":true | {"id":5,"type":"ioas"
object destroy 5
object destroy $d.mock_id
object list		#= | "objects":[{"id":1,"type":"ioas","parents":[],"mappings":2,"line":2,"call":"IOMMU_IOAS_ALLOC"}]
END
	printf '%s\n' 'ioas alloc' 'mock add-device 1' 'object list' >s
	iom batch s
	assert_success
	assert_line --index 2 --regexp '^ID TYPE +PARENTS +HWPT_ID PASIDS AUTOMATIC MAPPINGS LINE CALL$'
	assert_line --index 3 --regexp '^ 1 ioas +none +- +- +- +0 +1 IOMMU_IOAS_ALLOC$'
}

@test "list: an empty list is exit 0 and an empty array" {
	iom_json object list
	assert_success
	assert_output "{\"schema\":\"iommuctl.object.list/1\",\"backend\":\"$T_BACKEND\",\"complete\":true,\"objects\":[]}"
}
