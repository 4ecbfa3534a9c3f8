#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# ioas: every verb and option doing what it says.

load helper

@test "alloc gives ids in order, in text, JSON and bare" {
	iom ioas alloc
	assert_success
	assert_output "ioas_id=1"
	assert_stderr ""
	iom_json ioas alloc
	assert_success
	assert_output "{\"schema\":\"iommuctl.ioas.alloc/1\",\"backend\":\"$T_BACKEND\",\"ioas_id\":1}"
	iom ioas alloc --get ioas_id
	assert_success
	assert_output 1
	check <<'END'
ioas alloc	#= ioas_id=1
ioas alloc	#= ioas_id=2
ioas alloc	#= ioas_id=3
END
}

@test "map takes fresh memory, readable and writeable, where it is told" {
	check <<'END'
ioas alloc as a
ioas map $a --iova 0x2000000 --length 512K	#= ioas_id=1 iova=0x2000000 length=524288 user_va=* access=rw
ioas map --ioas $a --iova 33554432 --length 4096	#! EEXIST 1 iova-mapped | 0x2000000-0x207ffff
ioas map $a --iova=0x3000000 --length=0x1000	#= iova=0x3000000 length=4096
ioas unmap $a --iova 0x2000000 --length 512K	#= unmapped=524288
END
}

@test "map without --iova lets the kernel choose, never 0" {
	check <<'END'
ioas alloc as a
ioas map $a --length 4K as m	#= iova=0x1000 length=4096
ioas map $a --length 4K		#= iova=0x2000
ioas unmap $a --iova $m.iova --length $m.length	#= unmapped=4096
ioas map $a --length 4K		#= iova=0x1000
raw ioas-map ioas_id=$a flags=6 user_va=0x40000000 length=0x200000	#= iova=0x200000
END
}

@test "map --read and --write choose the rights" {
	check <<'END'
ioas alloc as a
mock access create $a as x
ioas map $a --iova 0x10000 --length 4K --read	#= access=r
ioas map $a --iova 0x20000 --length 4K --write	#= access=w
ioas map $a --iova 0x30000 --length 4K --read --write	#= access=rw
ioas map $a --iova 0x40000 --length 4K		#= access=rw
mock access rw $x --iova 0x10000 --read 1	#= data=00
mock access rw $x --iova 0x10000 --write 01	#! EPERM 4 access-prot | the mapping 0x10000-0x10fff (made by line 3) is not writeable
mock access rw $x --iova 0x20000 --read 1	#! EPERM 4 access-prot | the mapping 0x20000-0x20fff (made by line 4) is not readable
mock access rw $x --iova 0x20000 --write 02
mock access rw $x --iova 0x30000 --write 03
mock access rw $x --iova 0x30000 --read 1	#= data=03
END
}

@test "map takes sizes with K, M, G, in either case and with iB" {
	check <<'END'
ioas alloc as a
ioas map $a --length 4K		#= length=4096
ioas map $a --length 4k		#= length=4096
ioas map $a --length 4KiB	#= length=4096
ioas map $a --length 1M		#= length=1048576
ioas map $a --length 0x2000	#= length=8192
ioas map $a --length 1G --iova 0x100000000	#= length=1073741824
ioas unmap $a --iova 0x100000000 --length 1G	#= unmapped=1073741824
END
}

@test "map --file shows the file's bytes, from --offset" {
	printf 'first page' >file
	truncate -s 4096 file
	printf 'second' >>file
	truncate -s 8192 file
	check <<'END'
ioas alloc as a
mock access create $a as x
ioas map $a --iova 0x10000 --length 8K --file file	#= length=8192 access=rw
mock access rw $x --iova 0x10000 --read 10		#= data=66697273742070616765
ioas map $a --iova 0x20000 --length 4K --file file --offset 4K	#= length=4096
mock access rw $x --iova 0x20000 --read 6		#= data=7365636f6e64
ioas map $a --iova 0x30000 --length 4K --file file --read	#= access=r
mock access rw $x --iova 0x20000 --write 5345
END
	# a device's write reached the file behind the mapping
	assert_equal "$(head -c 4102 file | tail -c 6)" SEcond
}

@test "map --file of a read-only file maps it --read" {
	truncate -s 4096 file
	chmod 0444 file
	check <<'END'
ioas alloc as a
ioas map $a --length 4K --file file --read	#= access=r
END
}

@test "map --file that is not there, too short or not aligned changes nothing" {
	truncate -s 4096 file
	check <<'END'
ioas alloc as a
ioas map $a --length 4K --file nowhere	#! ENOENT 5 - | cannot open nowhere
ioas map $a --length 8K --file file	#! - 2 - | file has 4096 bytes | reach past its end | truncate -s SIZE
ioas map $a --length 4K --file file --offset 4K	#! - 2 - | file has 4096 bytes
ioas map $a --length 2K --file file --offset 100	#! EINVAL 1 - | offset 100 is not a multiple of 4096
ioas map $a --length 4K --offset 0	#! - 2 - | --offset needs --file
object list	#= mappings=0
END
}

@test "map --hugepages says where to reserve them when there is none" {
	check <<'END'
ioas alloc as a
ioas map $a --length 4K --hugepage-size 2M	#! - 2 - | --hugepage-size needs --hugepages
ioas map $a --length 4K --hugepages --hugepage-size 4M	#! - 2 - | '4M' is not one of 2M, 1G
ioas map $a --length 4K --hugepages --file x	#! - 2 - | --file, --hugepages and --user-va exclude each other
ioas map $a --length 4K --user-va 1 --file x	#! - 2 - | exclude each other
END
	printf '%s\n' 'ioas alloc' 'ioas map 1 --length 2M --hugepages --hugepage-size 2M' >s
	iom_rows batch s
	# whether there are huge pages is the machine's business; both answers are told exactly
	if [ "$status" = 0 ]; then
		assert_equal "${#ROWS[@]}" 2
		row_has "${ROWS[1]}" length=2097152
		row_has "${ROWS[1]}" iova=0x200000
	else
		assert_equal "$status" 1
		row_has "${ROWS[1]}" errno=ENOMEM
		[[ ${ROWS[1]} == *"hugepages-2048kB/nr_hugepages"* ]]
	fi
}

@test "map --user-va maps memory of another line again" {
	check <<'END'
ioas alloc as a
ioas map $a --iova 0x10000 --length 64K as m
ioas map $a --iova 0x40000 --length 64K --user-va $m.user_va
mock access create $a as x
mock access rw $x --iova 0x10010 --write cafe
mock access rw $x --iova 0x40010 --read 2	#= data=cafe
END
	value_of 2 user_va
	row_has "${ROW[3]}" "user_va=$REPLY"
}

@test "map-file maps a memfd of its own, a tmpfs file and an open fd" {
	local shm=/dev/shm

	[ -w "$shm" ] || shm=$T
	truncate -s 8192 "$shm/iommuctl.$$"
	check <<END
ioas alloc as a
mock access create \$a as x
ioas map-file \$a --length 64K --iova 0x10000	#= ioas_id=1 iova=0x10000 length=65536 offset=0 access=rw
mock access rw \$x --iova 0x10000 --write 0102
mock access rw \$x --iova 0x10000 --read 2	#= data=0102
ioas map-file \$a --length 4K --offset 4K --file $shm/iommuctl.$$ --iova 0x30000	#= offset=4096 length=4096
mock access rw \$x --iova 0x30000 --write 424242
ioas map-file \$a --length 4K --file $shm/iommuctl.$$ --read	#= access=r iova=0x1000
ioas map-file \$a --length 4K --write	#= access=w
END
	assert_equal "$(tail -c 4096 "$shm/iommuctl.$$" | head -c 3)" BBB
	exec 9<>"$shm/iommuctl.$$"
	check <<'END'
ioas alloc as a
mock access create $a as x
ioas map-file $a --length 8K --file-fd 9 --iova 0x10000
mock access rw $x --iova 0x11000 --read 3	#= data=424242
ioas map-file $a --length 8K --file-fd 9 --file x	#! - 2 - | --file and --file-fd exclude each other
END
	exec 9>&-
	rm "$shm/iommuctl.$$"
}

@test "unmap takes a range of whole mappings or all of them" {
	check <<'END'
ioas alloc as a
ioas map $a --iova 0x10000 --length 4K
ioas map $a --iova 0x11000 --length 4K
ioas map $a --iova 0x20000 --length 8K
ioas unmap $a --iova 0x10000 --length 8K	#= ioas_id=1 unmapped=8192
ioas unmap $a --iova 0x1f000 --length 64K	#= unmapped=8192
ioas map $a --length 4K
ioas map $a --length 8K
ioas unmap $a --all		#= unmapped=12288
ioas unmap $a --all		#= unmapped=0
ioas unmap $a --iova 0 --length 0xffffffffffffffff	#= unmapped=0
object list	#= mappings=0
END
}

@test "copy shares memory between address spaces" {
	check <<'END'
ioas alloc as a
ioas alloc as b
ioas map $a --iova 0x100000 --length 64K
ioas copy --src-ioas-id $a --dst-ioas-id $b --src-iova 0x100000 --length 64K --dst-iova 0x900000	#= src_ioas_id=1 dst_ioas_id=2 src_iova=0x100000 iova=0x900000 length=65536
mock access create $a as xa
mock access create $b as xb
mock access rw $xa --iova 0x108000 --write 55aa
mock access rw $xb --iova 0x908000 --read 2	#= data=55aa
ioas copy --src-ioas-id $a --dst-ioas-id $a --src-iova 0x101000 --length 4K as c	#= iova=0x1000 length=4096
ioas unmap $a --iova 0x100000 --length 64K	#= unmapped=65536
mock access rw $xb --iova 0x908000 --read 2	#= data=55aa
mock access rw $xa --iova $c.iova --read 1	#= data=00
ioas copy --src-ioas-id $b --dst-ioas-id $a --src-iova 0x900000 --length 4K --read
ioas copy --src-ioas-id $b --dst-ioas-id $a --src-iova 0x900000 --length 4K --write --dst-iova 0x70000	#= iova=0x70000
mock access rw $xa --iova 0x70000 --read 1	#! EPERM 4 access-prot | is not readable
END
}

@test "copy spans mappings that touch" {
	check <<'END'
ioas alloc as a
ioas map $a --iova 0x10000 --length 4K
ioas map $a --iova 0x11000 --length 4K
ioas copy --src-ioas-id $a --dst-ioas-id $a --src-iova 0x10800 --length 4K --dst-iova 0x40800	#= iova=0x40800 length=4096
mock access create $a as x
mock access rw $x --iova 0x10ffe --write 01020304
mock access rw $x --iova 0x40ffe --read 4	#= data=01020304
END
}

@test "iova-ranges shows the whole space, then what a device leaves" {
	check <<'END'
ioas alloc as a
ioas iova-ranges $a	#= ioas_id=1 iova_alignment=1 ranges=0-ffffffffffffffff start=0x0 last=0xffffffffffffffff !size
mock add-device $a
ioas iova-ranges $a	#= ranges=1000000-7fffffff start=0x1000000 last=0x7fffffff size=2130706432 iova_alignment=2048
mock add-reserved $a --start 0x30000000 --length 256M
ioas iova-ranges --ioas $a	#= ranges=1000000-2fffffff,40000000-7fffffff
END
	printf '%s\n' 'ioas alloc' 'mock add-device 1' 'ioas iova-ranges 1' >s
	iom batch s
	assert_success
	assert_output "ioas_id=1
device_id=3  mock_id=2  hwpt_id=4
ioas_id=1  iova_alignment=2K

ranges:
RANGE             SIZE
1000000-7fffffff 2032M"
}

@test "iova-ranges copes with more ranges than it first asks for" {
	local i want=0-ffff

	for ((i = 1; i <= 40; i++)); do
		printf 'mock add-reserved 1 --start %#x --length 64K\n' $((i * 0x20000 - 0x10000))
		want+=$(printf ',%x-%x' $((i * 0x20000)) $((i * 0x20000 + 0xffff)))
	done >s
	{
		echo ioas alloc
		cat s
		echo "ioas iova-ranges 1	#= ranges=${want%-*}-ffffffffffffffff"
	} >all
	check <all
}

@test "allow-iovas keeps ranges usable and bounds what the kernel chooses" {
	check <<'END'
ioas alloc as a
ioas allow-iovas $a 0x100000-0x1fffff	#= ioas_id=1 allowed=1
ioas map $a --length 4K		#= iova=0x100000
ioas map $a --iova 0x400000 --length 4K	#= iova=0x400000
mock add-reserved $a --start 0x180000 --length 4K	#! EADDRINUSE 1 range-allowed | 0x180000-0x180fff | 0x100000-0x1fffff
ioas allow-iovas $a 0x200000+64K 0x300000-0x30ffff	#= allowed=2
ioas map $a --length 4K		#= iova=0x200000
ioas map $a --length 64K	#= iova=0x300000
ioas allow-iovas $a --range 0x500000+1M --range 0x700000+1M	#= allowed=2
ioas map $a --length 4K		#= iova=0x500000
ioas allow-iovas $a --none	#= allowed=0
ioas map $a --length 4K		#= iova=0x1000
END
}

@test "allow-iovas wants ranges or --none, not both" {
	check <<'END'
ioas alloc as a
ioas allow-iovas $a			#! - 2 - | takes ranges, or --none
ioas allow-iovas $a 0-0xfff --none	#! - 2 - | takes ranges, or --none
END
}

@test "change-process takes over file mappings" {
	check <<'END'
ioas alloc as a
ioas map-file $a --length 64K
ioas change-process	#= pid=*
mock add-device $a	#! EADDRINUSE 1 mapping-in-the-way
END
	value_of 3 pid
	[ "$REPLY" -gt 0 ]
}

@test "change-process refuses a dma-buf, which is charged to nobody" {
	check <<'END'
mock dmabuf get --length 4K as b
ioas alloc as a
ioas map-file $a --file-fd $b --length 4K
ioas change-process	#! EINVAL 1 area-not-file | (made by line 3) of ioas 1 is of a dma-buf, not of a file
END
}

@test "pins of huge pages are not counted" {
	local free

	free=$(awk '/^HugePages_Free/ { print $2 }' /proc/meminfo)
	printf '%s\n' 'ioas alloc as a' 'mock add-device $a' \
		'ioas map $a --length 2M --hugepages --hugepage-size 2M --iova 0x1000000 as m' \
		'mock check-refs --user-va $m.user_va --length 4K --refs 7' >s
	iom_rows batch s
	# whether there are any is the machine's business
	if [ "${free:-0}" -gt 0 ]; then
		assert_success
		assert_equal "${#ROWS[@]}" 4
	else
		assert_equal "$status" 1
		assert_equal "${#ROWS[@]}" 3
	fi
}

@test "text output of every verb" {
	cat >s <<'END'
ioas alloc
ioas alloc
ioas map 1 --iova 0x100000 --length 64K
ioas map-file 1 --iova 0x200000 --length 1M --read
ioas copy --src-ioas-id 1 --dst-ioas-id 2 --src-iova 0x100000 --length 8K --dst-iova 0x4000
ioas allow-iovas 2 0x4000-0x5fff
ioas unmap 1 --iova 0x100000 --length 64K
END
	iom batch s
	assert_success
	assert_output "ioas_id=1
ioas_id=2
ioas_id=1  iova=0x100000  length=64K  access=rw
ioas_id=1  iova=0x200000  length=1M  offset=0  access=r
src_ioas_id=1  dst_ioas_id=2  src_iova=0x100000  iova=0x4000  length=8K
ioas_id=2  allowed=1
ioas_id=1  unmapped=64K"
	assert_stderr ""
}
