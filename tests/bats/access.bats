#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# mock access: in-kernel users of an ioas, which read, write and pin through it.

load helper

@test "create and close" {
	check <<'END'
ioas alloc as a
mock access create $a as x	#= access_fd=* ioas_id=1
mock access create $a --pin as y	#= access_fd=*
ioas iova-ranges $a		#= iova_alignment=4096
mock access close $y		#= access_fd=*
ioas iova-ranges $a		#= iova_alignment=1
mock access close $y		#! EBADF 5 - | this context has no access with fd
mock access close $x
object destroy $a
END
}

@test "create: wrong ids and flags, mappings that cannot be pinned" {
	check <<'END'
mock access create 0		#! ENOENT 5 no-object field=id call=IOMMU_TEST_OP_CREATE_ACCESS
mock access create 99		#! ENOENT 5 no-object field=id | 99
ioas alloc as a
ioas map $a --iova 0x10800 --length 2K
mock access create $a --pin	#! EADDRINUSE 1 mapping-unaligned field=id | 0x10800-0x10fff (made by line 4) of ioas 1 is not aligned to 0x1000
mock access create $a as x
raw test-create-access id=$a flags=0x80	#! EOPNOTSUPP 3 flag-unknown field=flags | 0x80
END
}

@test "rw: bytes go where they are mapped, slow path too" {
	check <<'END'
ioas alloc as a
mock access create $a as x
ioas map $a --iova 0x10000 --length 8K
mock access rw $x --iova 0x10ffe --write 01020304	#= iova=0x10ffe length=4 !data
mock access rw $x --iova 0x10ffd --read 6		#= length=6 data=000102030400
mock access rw $x --iova 0x10ffd --read 6 --slow	#= data=000102030400
mock access rw $x --iova 0x10fff --write 0xffee --slow
mock access rw $x --iova 0x10ffe --read 4		#= data=01ffee04
END
	printf 'from a file' >bytes
	check <<'END'
ioas alloc as a
mock access create $a as x
ioas map $a --iova 0x10000 --length 8K
mock access rw $x --iova 0x10000 --write @bytes	#= length=11
mock access rw $x --iova 0x10005 --read 6	#= data=612066696c65
END
}

@test "rw: numbers, gaps, rights" {
	check <<'END'
ioas alloc as a
mock access create $a as x
ioas map $a --iova 0x10000 --length 4K
ioas map $a --iova 0x12000 --length 4K --read
mock access rw $x --iova 0x10000 --read 0	#! EINVAL 1 length-zero field=length call=IOMMU_TEST_OP_ACCESS_RW
mock access rw $x --iova 0xffffffffffffffff --read 2	#! EOVERFLOW 1 iova-wraps | 0xffffffffffffffff
mock access rw $x --iova 0x10000 --read 8K	#! ENOENT 5 access-gap field=iova | nothing is mapped at 0x11000-0x11fff of ioas 1
mock access rw $x --iova 0x11000 --read 1	#! ENOENT 5 access-gap | 0x11000-0x11000
mock access rw $x --iova 0x12000 --write 00	#! EPERM 4 access-prot field=flags | 0x12000-0x12fff (made by line 4) is not writeable
mock access rw 77 --iova 0x10000 --read 1	#! EBADFD 1 not-access field=id | fd 77
mock access rw $x --iova 0 --read 17M		#! - 2 - | --read: 17M is more than 16M
raw test-access-rw id=$x length=0x1000001 iova=0x10000	#! ENOMEM 1 access-too-long field=length | 16777217 | 16777216
raw test-access-rw id=$x length=1 iova=0x10000 uptr=buf:1 flags=0x80	#! EOPNOTSUPP 3 flag-unknown field=flags | 0x80
END
}

@test "rw: wants one of --read and --write, with proper bytes" {
	check <<'END'
ioas alloc as a
mock access create $a as x
mock access rw $x --iova 0	#! - 2 - | takes either --read SIZE or --write HEX
mock access rw $x --iova 0 --read 1 --write 00	#! - 2 - | takes either
mock access rw $x --iova 0 --write 0		#! - 2 - | --write: hex digits in pairs
mock access rw $x --iova 0 --write 0g		#! - 2 - | --write: '0g' is not a hex byte
mock access rw $x --iova 0 --write @nowhere	#! ENOENT 5 - | --write: cannot read nowhere
END
}

@test "pages: pins until unpin, an unmap asks the access to let go" {
	check <<'END'
ioas alloc as a
mock access create $a --pin as x
ioas map $a --iova 0x10000 --length 64K as m
mock access pages $x --iova 0x10000 --length 8K as p	#= access_fd=* pages_id=0 iova=0x10000 length=8192
mock access pages $x --iova 0x11000 --length 16 --write --user-va $m.user_va	#! EBADE 1 pages-differ
mock access pages $x --iova 0x10000 --length 64K --write --user-va $m.user_va as q	#= pages_id=*
raw test-md-check-refs length=4096 uptr=$m.user_va refs=1
mock access unpin $x $p			#= pages_id=0
mock access unpin $x $p			#! ENOENT 5 no-such-pages call=IOMMU_TEST_OP_DESTROY_ACCESS_PAGES
ioas unmap $a --all			#= unmapped=65536
mock access unpin $x $q			#! ENOENT 5 no-such-pages
END
}

@test "pages: numbers, gaps, rights, kinds" {
	check <<'END'
ioas alloc as a
mock access create $a --pin as x
mock access create $a as y
ioas map $a --iova 0x10000 --length 4K
ioas map $a --iova 0x12000 --length 4K --read
mock access pages $x --iova 0x10000 --length 0	#! EINVAL 1 length-zero field=length call=IOMMU_TEST_OP_ACCESS_PAGES
mock access pages $x --iova 0xffffffffffffffff --length 2	#! EOVERFLOW 1 iova-wraps
mock access pages $x --iova 0x10000 --length 8K	#! ENOENT 5 access-gap field=iova | 0x11000-0x11fff
mock access pages $x --iova 0x12000 --length 4K --write	#! EPERM 4 access-prot | 0x12000-0x12fff
mock access pages $x --iova 0x10000 --length 17M	#! ENOMEM 1 access-too-long field=length
mock access pages $y --iova 0x10000 --length 4K	#! EOPNOTSUPP 3 access-not-pinning
mock access pages 77 --iova 0x10000 --length 4K	#! EBADFD 1 not-access | fd 77
mock access unpin 77 0				#! EBADFD 1 not-access
mock access unpin $x 5				#! ENOENT 5 no-such-pages
END
}

@test "pages ENOMEM: RLIMIT_MEMLOCK" {
	limited limited ipc_lock 64
	T_IOMMUCTL=$T/limited check <<'END'
ioas alloc as a
mock access create $a --pin as x
ioas map $a --iova 0x10000 --length 128K
mock access pages $x --iova 0x10000 --length 128K	#! ENOMEM 1 memlock | 65536
mock access pages $x --iova 0x10000 --length 64K
END
}

@test "create ENOMEM: no file descriptor left" {
	printf '#!/bin/bash\nulimit -n 6\nexec "%s" "$@"\n' "$T_IOMMUCTL" >few
	chmod +x few
	printf '%s\n' 'ioas alloc' 'mock access create 1' 'mock access create 1' \
		'mock access create 1' 'mock access create 1' >s
	capture ./few -j batch s
	printf '%s\n' "$output" >>"$DOCS"
	assert_equal "$status" 1
	mapfile -t ROWS <stdout
	expect_row "${#ROWS[@]}" "${ROWS[${#ROWS[@]} - 1]}" \
		'#! ENOMEM 1 no-fd-left call=IOMMU_TEST_OP_CREATE_ACCESS'
}

@test "replace-ioas moves an access" {
	check <<'END'
ioas alloc as a
ioas alloc as b
mock access create $a as x
ioas map $b --iova 0x10000 --length 4K
mock access rw $x --iova 0x10000 --read 1	#! ENOENT 5 access-gap
mock access replace-ioas $x $b			#= access_fd=* ioas_id=2
mock access rw $x --iova 0x10000 --read 1	#= data=00
object destroy $a
mock access replace-ioas $x 99			#! ENOENT 5 no-object field=ioas_id call=IOMMU_TEST_OP_ACCESS_REPLACE_IOAS | 99
mock access replace-ioas 77 $b			#! EBADFD 1 not-access
object destroy $b				#! EBUSY 6 object-held
END
}

@test "two accesses and a device see the same bytes" {
	check <<'END'
ioas alloc as a
mock add-device $a as d
mock access create $a as x
mock access create $a --pin as y
ioas map $a --iova 0x1000000 --length 64K
mock access rw $x --iova 0x1000000 --write c0ffee
mock access rw $y --iova 0x1000000 --read 3	#= data=c0ffee
mock check-map $d.hwpt_id --iova 0x1000000 --length 64K
END
}

@test "text output" {
	printf '%s\n' 'ioas alloc' 'ioas map 1 --iova 0x1000 --length 4K' \
		'mock access create 1 as x' 'mock access rw $x --iova 0x1000 --read 2' >s
	iom batch s
	assert_success
	[[ $output == *"access_fd="*"  iova=0x1000  length=2  data=0000" ]]
}
