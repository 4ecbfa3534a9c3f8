#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Who pays for memory that devices hold, and who takes over; huge pages; bitmaps of large entries.

load helper

@test "with CAP_IPC_LOCK nobody pays" {
	machine=has=cap-ipc-lock program accounts nobody
}

@test "the user pays for all of its processes" {
	program accounts user
}

@test "rlimit-mode 1: each process pays" {
	machine=has=cap-sys-resource program accounts process
}

# Makes T_IOMMUCTL a program that gets huge pages: where the emulator's host has none, from emu run.
with_huge_pages()
{
	[ "$T_BACKEND" = emu ] || return 0
	printf '#!/bin/sh\nexport ASAN_OPTIONS=verify_asan_link_order=0\nexec "%s" --emu has=%s "%s" %s "$@"\n' \
		"$T_IOMMUCTL" "huge-pages emu run" "$T_IOMMUCTL" "--backend kernel" >"$T/huge"
	chmod +x "$T/huge"
	T_IOMMUCTL=$T/huge
}

@test "huge pages: written to, and dirty as a whole" {
	with_huge_pages
	check <<'END'
ioas alloc as a
mock add-device $a as d
hwpt alloc $d $a --dirty-tracking as h
hwpt dirty start $h
ioas map $a --length 2M --hugepages --iova 0x40000000 as m	#= length=2097152
ioas map $a --length 2M --hugepages --hugepage-size 2M --iova 0x40200000 as n
mock access create $a as x
# over the pages of 4K that a huge one consists of, and over the end of a huge one
mock access rw $x --iova 0x40000ffe --write 01020304
mock access rw $x --iova 0x401ffffe --write 11223344 --slow
mock access rw $x --iova 0x401ffffe --read 4	#= data=11223344
mock check-map $h --iova 0x40000000 --length 2M --user-va $m.user_va
mock check-map $h --iova 0x40200000 --length 2M --user-va $n.user_va
mock check-map $h --iova 0x40001000 --length 4K --user-va $m.user_va	#! EINVAL 1 map-differs
# the same memory elsewhere
ioas map $a --length 2M --user-va $m.user_va --iova 0x50001000
mock access rw $x --iova 0x50001ffe --read 4 --slow	#= data=01020304
mock dirty $h --iova 0x40000000 --length 2M --page-size 4K --pages 3,4	#= dirty_pages=2
hwpt dirty read $h --iova 0x40000000 --length 4M --page-size 4K --no-clear	#= dirty_pages=512 ranges=40000000-401fffff
hwpt dirty read $h --iova 0x40000000 --length 4M --page-size 2M --no-clear	#= dirty_pages=1
# of an entry that begins before the range nothing is told, one that ends behind it is cut
hwpt dirty read $h --iova 0x40001000 --length 2M --page-size 4K --no-clear	#= dirty_pages=0
hwpt dirty read $h --iova 0x40000000 --length 64K --page-size 4K	#= dirty_pages=16 cleared=true
hwpt dirty read $h --iova 0x40000000 --length 4M --page-size 4K	#= dirty_pages=0
# not aligned as the memory is, and where huge pages are not allowed: entries of 4K
mock dirty $h --iova 0x50001000 --length 2M --page-size 4K --pages 0,3
hwpt dirty read $h --iova 0x50001000 --length 2M --page-size 4K	#= dirty_pages=2 ranges=50001000-50001fff,50004000-50004fff
ioas unmap $a --all
option set huge-pages 0 --object $a
ioas map $a --length 2M --hugepages --iova 0x40000000
mock dirty $h --iova 0x40000000 --length 2M --page-size 4K --pages 3,511
hwpt dirty read $h --iova 0x40000000 --length 2M --page-size 4K	#= dirty_pages=2 ranges=40003000-40003fff,401ff000-401fffff
END
}

@test "a file of huge pages: written through, and dirty as a whole" {
	local file=/dev/shm/iommuctl-$$ dirty=1 free

	free=$(awk '/^HugePages_Free/ { print $2 }' /proc/meminfo)
	# without huge pages the same with small ones
	[ "${free:-0}" -lt 2 ] || ! [ -w /dev/hugepages ] || file=/dev/hugepages/iommuctl-$$ dirty=512
	truncate -s 4M "$file"
	check <<END
ioas alloc as a
mock add-device \$a as d
hwpt alloc \$d \$a --dirty-tracking as h
hwpt dirty start \$h
ioas map-file \$a --file $file --length 2M --iova 0x40000000
ioas map-file \$a --file $file --length 2M --offset 2M --iova 0x40200000
mock access create \$a as x
mock access rw \$x --iova 0x40000fff --write 0102
mock access rw \$x --iova 0x401ffffe --write 11223344
mock access rw \$x --iova 0x401ffffe --read 4 --slow	#= data=11223344
mock dirty \$h --iova 0x40200000 --length 2M --page-size 4K --pages 0
hwpt dirty read \$h --iova 0x40000000 --length 4M --page-size 4K	#= dirty_pages=$dirty
END
	run od -An -tx1 -v -j 4094 -N 4 "$file"
	assert_output " 00 01 02 00"
	run od -An -tx1 -v -j 2097150 -N 4 "$file"
	assert_output " 11 22 33 44"
	rm "$file"
}

@test "a dirty entry that is larger than the range: where its bits end" {
	program bitmap
}
