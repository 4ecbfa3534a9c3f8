#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# mock memory-limit and check-refs: how pages are pinned, behind the interface.

load helper

@test "check-refs: pages are pinned while somebody uses them" {
	check <<'END'
ioas alloc as a
ioas map $a --iova 0x1000000 --length 4K as m
mock check-refs --user-va $m.user_va --length 4K --refs 0	#= length=4096 refs=0 user_va=*
mock add-device $a as d
mock check-refs --user-va $m.user_va --length 4K --refs 1	#= refs=1
mock check-refs --user-va $m.user_va --length 4K --refs 2	#! EIO 1 refs-differ call=IOMMU_TEST_OP_MD_CHECK_REFS | not all pinned 2 times
object destroy $d.mock_id
mock check-refs --user-va $m.user_va --length 4K --refs 0	#= refs=0
mock check-refs --user-va $m.user_va --length 4K --refs 1	#! EIO 1 refs-differ
END
}

@test "check-refs: what cannot be checked" {
	check <<'END'
mock check-refs --user-va 0x1000 --length 4K --refs 0	#! EFAULT 1 bad-pointer | 0x1000
mock check-refs --user-va 0x1000 --length 1K --refs 0	#! EINVAL 1 refs-unaligned
mock check-refs --user-va 0x1001 --length 4K --refs 0	#! EINVAL 1 refs-unaligned
mock check-refs --user-va 0x1000 --length 0 --refs 0	#= length=0
END
	iom mock check-refs --length 4K --refs 0
	usage_error "missing --user-va"
}

@test "memory-limit: little is enough, too little is refused" {
	check <<'END'
mock memory-limit 11	#! EINVAL 1 limit-too-low call=IOMMU_TEST_OP_SET_TEMP_MEMORY_LIMIT | cannot limit temporary memory to 11
mock memory-limit 12	#= limit=12
ioas alloc as a
ioas map $a --iova 0x1000000 --length 64K
mock add-device $a as d
mock check-map $d.hwpt_id --iova 0x1000000 --length 64K
mock memory-limit 64K	#= limit=65536
mock memory-limit 4G	#! - 2 - | --limit: 4G does not fit 32 bits
END
	iom mock memory-limit
	usage_error "missing --limit"
}
