#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# ioas: every errno that the calls document, told apart by its cause, with the right numbers.

load helper

# check, with 64 KiB to pin.
check_limited()
{
	limited "$T/limited" ipc_lock 64
	T_IOMMUCTL=$T/limited check
}

# Prints the name of the file system of a file.
fs_of()
{
	stat -f -c %T "$1"
}

@test "IOAS_ALLOC: flags" {
	check <<'END'
raw ioas-alloc flags=1	#! EOPNOTSUPP 3 flag-unknown field=flags call=IOMMU_IOAS_ALLOC | 0x1
END
}

@test "IOAS_MAP EOPNOTSUPP: reserved member, unknown flags" {
	check <<'END'
ioas alloc as a
raw ioas-map flags=7 ioas_id=$a __reserved=0x55 length=4096	#! EOPNOTSUPP 3 reserved-not-zero field=__reserved call=IOMMU_IOAS_MAP | __reserved (offset 12) is 0x55
raw ioas-map flags=0xf ioas_id=$a length=4096	#! EOPNOTSUPP 3 flag-unknown field=flags | unknown bit 0x8 | fixed-iova|writeable|readable
raw ioas-map flags=0x30 ioas_id=$a length=4096	#! EOPNOTSUPP 3 flag-unknown | unknown bits 0x30
raw ioas-map flags=0x10 ioas_id=99 length=0	#! EOPNOTSUPP 3 flag-unknown
END
}

@test "IOAS_MAP EOVERFLOW: iova, length, user_va, sums" {
	check <<'END'
ioas alloc as a
ioas map $a --iova 0xffffffffffffffff --length 4K	#! EOVERFLOW 1 iova-max field=iova | 0xffffffffffffffff
raw ioas-map flags=7 ioas_id=$a length=0xffffffffffffffff	#! EOVERFLOW 1 length-max field=length | 0xffffffffffffffff
raw ioas-map flags=7 ioas_id=$a user_va=0xfffffffffffff000 length=0x1000	#! EOVERFLOW 1 user-va-wraps field=user_va | 0xfffffffffffff000 | 0x1000
ioas map $a --iova 0xfffffffffffff000 --length 8K	#! EOVERFLOW 1 iova-wraps | iova 0xfffffffffffff000 + length 0x2000
raw ioas-map flags=6 ioas_id=$a length=0x8000000000000000	#! EOVERFLOW 1 length-half field=length | 0x8000000000000000
raw ioas-map flags=7 ioas_id=99 iova=0xffffffffffffffff	#! EOVERFLOW 1 iova-max
END
}

@test "IOAS_MAP EINVAL: rights, lengths" {
	check <<'END'
ioas alloc as a
raw ioas-map flags=1 ioas_id=$a length=4096 iova=0x1000	#! EINVAL 1 no-access field=flags | neither readable nor writeable
raw ioas-map flags=fixed-iova ioas_id=77 length=0	#! EINVAL 1 no-access
ioas map $a --length 0		#! EINVAL 1 length-zero field=length | length is 0
raw ioas-map flags=7 ioas_id=$a length=0xfffffffffffff001	#! EINVAL 1 length-huge field=length | 0xfffffffffffff001
END
}

@test "IOAS_MAP EINVAL: alignment of what a mock device asks for" {
	check <<'END'
ioas alloc as a
mock add-device $a
raw ioas-map flags=7 ioas_id=$a user_va=0x10000 length=1000 iova=0x1000000	#! EINVAL 1 length-unaligned field=length | length 0x3e8 | 0x800
ioas map $a --iova 0x1000001 --length 2K	#! EINVAL 1 iova-unaligned field=iova | iova 0x1000001 is not a multiple of 0x800
END
}

@test "IOAS_MAP EINVAL: memory not aligned as huge-pages 0 asks" {
	check <<'END'
ioas alloc as a
option set huge-pages 0 --object $a
raw ioas-map flags=7 ioas_id=$a user_va=0x10000800 length=4096 iova=0x10000	#! EINVAL 1 user-va-unaligned field=user_va | user_va 0x10000800 is not a multiple of 0x1000
END
}

@test "IOAS_MAP EINVAL: outside the aperture, in a reserved region" {
	check <<'END'
ioas alloc as a
mock add-device $a
mock add-reserved $a --start 0x30000000 --length 64K
ioas map $a --iova 0x1000 --length 4K		#! EINVAL 1 iova-aperture field=iova | iova 0x1000 lies in 0x0-0xffffff | usable: 0x1000000-0x2fffffff, 0x30010000-0x7fffffff
ioas map $a --iova 0xfff000 --length 8K		#! EINVAL 1 iova-aperture | lies in 0x0-0xffffff
ioas map $a --iova 0x30008000 --length 4K	#! EINVAL 1 iova-reserved field=iova | iova 0x30008000 lies in reserved region 0x30000000-0x3000ffff (mock)
ioas map $a --iova 0x2ffff000 --length 8K	#! EINVAL 1 iova-reserved | 0x2ffff000-0x30000fff reaches into reserved region 0x30000000-0x3000ffff
ioas map $a --iova 0x3000f000 --length 8K	#! EINVAL 1 iova-reserved
ioas map $a --iova 0x2fff0000 --length 64K
ioas map $a --iova 0x30010000 --length 64K
END
}

@test "IOAS_MAP EEXIST: any overlap" {
	check <<'END'
ioas alloc as a
ioas map $a --iova 0x10000 --length 64K
ioas map $a --iova 0x10000 --length 64K	#! EEXIST 1 iova-mapped field=iova | 0x10000-0x1ffff overlaps the mapping 0x10000-0x1ffff (made by line 2)
ioas map $a --iova 0xf000 --length 8K	#! EEXIST 1 iova-mapped | 0xf000-0x10fff overlaps
ioas map $a --iova 0x1f000 --length 8K	#! EEXIST 1 iova-mapped | 0x1f000-0x20fff overlaps
ioas map $a --iova 0x1f --length 1M	#! EEXIST 1 iova-mapped
ioas map $a --iova 0xf000 --length 4K
ioas map $a --iova 0x20000 --length 4K
END
}

@test "IOAS_MAP ENOSPC: no gap is large enough" {
	check <<'END'
ioas alloc as a
ioas allow-iovas $a 0x100000-0x101fff
ioas map $a --length 16K	#! ENOSPC 1 no-room field=length | 16384 bytes are asked for | in the allowed ranges has 8192 (from 0x100000)
ioas map $a --length 8K		#= iova=0x100000
ioas map $a --length 4K		#! ENOSPC 1 no-room | no iova of ioas 1 is free in its allowed ranges
ioas alloc as b
mock add-device $b
ioas map $b --iova 0x1000000 --length 2K
mock add-reserved $b --start 0x1000800 --length 0x7efff800
ioas map $b --length 4K		#! ENOSPC 1 no-room | no iova of ioas 2 is free
END
}

@test "IOAS_MAP ENOENT: no such ioas, or another object" {
	check <<'END'
ioas alloc as a
mock add-device $a as d
ioas map 0 --length 4K	#! ENOENT 5 no-object field=ioas_id | ioas_id is 0
ioas map 99 --length 4K	#! ENOENT 5 no-object field=ioas_id | there is no ioas 99
ioas map $d --length 4K	#! ENOENT 5 no-object field=ioas_id | id 3 is a device, an ioas is needed
ioas map $d.hwpt_id --length 4K	#! ENOENT 5 no-object | id 4 is a hwpt
END
}

@test "IOAS_MAP EFAULT: memory that is not there or lacks the right" {
	truncate -s 8192 file
	check <<'END'
ioas alloc as a
mock add-device $a
raw ioas-map flags=7 ioas_id=$a user_va=0x1000 length=4096 iova=0x1000000	#! EFAULT 1 user-va-unmapped field=user_va | at 0x1000
ioas alloc as b
ioas map $b --length 8K --file file --read as m
ioas map $a --length 8K --user-va $m.user_va	#! EFAULT 1 user-va-no-right field=user_va | r--s | writeable
ioas map $a --length 8K --user-va $m.user_va --read
END
}

@test "IOAS_MAP EFAULT: memory past the end of its file" {
	truncate -s 8192 file
	session_start
	say 'ioas alloc as a'
	say 'ioas alloc as b'
	say 'mock add-device $b'
	say 'ioas map $a --length 8K --file file as m'
	row_has "$REPLY" status=0
	truncate -s 4096 file
	say 'ioas map $b --length 8K --user-va $m.user_va'
	expect_row 5 "$REPLY" "#! EFAULT 1 user-va-past-file field=length | past the end of $T/file | 4096"
	# and the device that would need what is gone
	say 'mock add-device $a'
	expect_row 6 "$REPLY" '#! EADDRINUSE 1 mapping-in-the-way'
	session_end
	assert_equal "$status" 7
}

@test "IOAS_MAP EFAULT: a shared mapping of a file system that tracks writes" {
	local dir

	# a guest may have tmpfs only, where this cannot be met
	for dir in "$T" "$TOP/build"; do
		case $(fs_of "$dir") in
		ext2/ext3|xfs|btrfs) [ ! -w "$dir" ] || break ;;
		esac
		dir=
	done
	if [ -n "$dir" ]; then
		truncate -s 4096 "$dir/shared.$$"
		check <<END
ioas alloc as a
mock add-device \$a
ioas map \$a --length 4K --file $dir/shared.$$	#! EFAULT 1 user-va-shared-file field=user_va | $dir/shared.$$
END
		rm "$dir/shared.$$"
	else
		truncate -s 4096 shared
		check <<'END'
ioas alloc as a
mock add-device $a
ioas map $a --length 4K --file shared	#= length=4096
END
	fi
}

@test "IOAS_MAP EFAULT: memory without pages to pin" {
	local kind vvar

	# Every program has memory of the kernel's clock, at the same place when addresses are not
	# randomised. In some kernels it has no pages (pf, io), in others it is as good as any.
	read -r kind vvar < <(setarch -R awk '
		/^[0-9a-f]+-[0-9a-f]+ / { split($1, range, "-"); clock = $NF ~ /^\[vvar/ }
		clock && /^VmFlags:/ && / (pf|io)( |$)/ { print "device", range[1]; exit }
		clock && /^VmFlags:/ && !any { any = range[1] }
		END { print "pages", any }' /proc/self/smaps)
	[ -n "$vvar" ]
	printf '#!/bin/bash\nexec setarch -R "%s" "$@"\n' "$T_IOMMUCTL" >fixed
	chmod +x fixed
	if [ "$kind" = device ]; then
		T_IOMMUCTL=$T/fixed check <<END
ioas alloc as a
mock add-device \$a
raw ioas-map flags=readable ioas_id=\$a user_va=0x$vvar length=4096	#! EFAULT 1 user-va-device field=user_va | 0x$vvar | [vvar
END
	fi
	# without a device nothing is pinned
	T_IOMMUCTL=$T/fixed check <<END
ioas alloc as a
raw ioas-map flags=readable ioas_id=\$a user_va=0x$vvar length=4096 iova=0x1000000
END
}

@test "IOAS_MAP ENOMEM: RLIMIT_MEMLOCK" {
	check_limited <<'END'
ioas alloc as a
mock add-device $a
ioas map $a --length 32K
ioas map $a --length 128K	#! ENOMEM 1 memlock field=length | RLIMIT_MEMLOCK is 65536 bytes, 131072 are to be mapped
ioas map $a --length 64K	#! ENOMEM 1 memlock | RLIMIT_MEMLOCK is 65536 bytes, 32768 are mapped already and 65536 are to be added
ioas map $a --length 32K
END
}

@test "IOAS_MAP_FILE: flags, numbers, rights, lengths" {
	check <<'END'
ioas alloc as a
raw ioas-map-file flags=8 ioas_id=$a	#! EOPNOTSUPP 3 flag-unknown field=flags call=IOMMU_IOAS_MAP_FILE | 0x8
raw ioas-map-file flags=7 ioas_id=$a iova=0xffffffffffffffff length=4096	#! EOVERFLOW 1 iova-max field=iova
raw ioas-map-file flags=7 ioas_id=$a length=0xffffffffffffffff	#! EOVERFLOW 1 length-max field=length
raw ioas-map-file flags=1 ioas_id=$a length=4096	#! EINVAL 1 no-access field=flags
ioas map-file 99 --length 4K	#! ENOENT 5 no-object field=ioas_id | ioas 99
raw ioas-map-file flags=7 ioas_id=$a length=0	#! EINVAL 1 length-zero field=length
raw ioas-map-file flags=7 ioas_id=$a start=0xfffffffffffff000 length=0x2000	#! EOVERFLOW 1 start-wraps | start 0xfffffffffffff000 + length 0x2000
raw ioas-map-file flags=7 ioas_id=$a length=4096 fd=99	#! EBADF 1 fd-not-open field=fd | fd 99 is not open
ioas map-file $a --length 4K --file-fd 99		#! EBADF 1 fd-not-open | fd 99
ioas map-file $a --iova 0xfffffffffffff000 --length 8K	#! EOVERFLOW 1 iova-wraps
END
	exec 9<>/dev/shm/iommuctl.$$
	rm /dev/shm/iommuctl.$$
	truncate -s 8192 /proc/self/fd/9
	check <<'END'
ioas alloc as a
raw ioas-map-file flags=7 ioas_id=$a fd=9 length=0xfffffffffffff001	#! EINVAL 1 length-huge field=length | 0xfffffffffffff001
raw ioas-map-file flags=6 ioas_id=$a fd=9 length=0x8000000000000000	#! EOVERFLOW 1 length-half field=length | 0x8000000000000000
END
	exec 9>&-
}

@test "IOAS_MAP_FILE EINVAL, EEXIST, ENOSPC: as for memory" {
	check <<'END'
ioas alloc as a
mock add-device $a
mock add-reserved $a --start 0x30000000 --length 64K
ioas map-file $a --length 1000 --iova 0x1000000	#! EINVAL 1 length-unaligned field=length | 0x3e8 | 0x800
ioas map-file $a --length 4K --iova 0x1000001	#! EINVAL 1 iova-unaligned | 0x1000001
ioas map-file $a --length 4K --iova 0x1000	#! EINVAL 1 iova-aperture | 0x0-0xffffff
ioas map-file $a --length 4K --iova 0x30000000	#! EINVAL 1 iova-reserved | 0x30000000-0x3000ffff (mock)
ioas map-file $a --length 4K --iova 0x1000000
ioas map-file $a --length 4K --iova 0x1000000	#! EEXIST 1 iova-mapped | 0x1000000-0x1000fff
ioas alloc as b
ioas allow-iovas $b 0x100000-0x101fff
ioas map-file $b --length 16K	#! ENOSPC 1 no-room | has 8192 (from 0x100000)
option set huge-pages 0 --object $b
ioas map-file $b --length 4K --offset 2K --iova 0x100000	#! EINVAL 1 user-va-unaligned field=start | 0x800 | 0x1000
END
}

@test "IOAS_MAP_FILE EINVAL: past the end, or a file of the wrong kind, once it is pinned" {
	local f=$TOP/LICENSE

	exec 9<>/dev/shm/iommuctl.$$
	rm /dev/shm/iommuctl.$$
	truncate -s 4096 /proc/self/fd/9
	check <<'END'
ioas alloc as a
mock add-device $a
ioas map-file $a --length 8K --file-fd 9 --iova 0x1000000	#! EINVAL 1 past-file field=length | start 0x0 + length 0x2000 | 4096
ioas map-file $a --length 4K --offset 4K --file-fd 9 --iova 0x1000000	#! EINVAL 1 past-file | start 0x1000 + length 0x1000
ioas map-file $a --length 4K --file-fd 9 --iova 0x1000000
END
	exec 9>&-
	case $(fs_of "$f") in
	tmpfs|hugetlbfs)
		f=/proc/self/exe ;;
	esac
	check <<END
ioas alloc as a
ioas map-file \$a --length 4K --file $f --read --iova 0x1000000
ioas unmap \$a --all
mock add-device \$a
ioas map-file \$a --length 4K --file $f --read	#! EINVAL 1 file-wrong-kind field=fd | neither on tmpfs
END
}

@test "IOAS_MAP_FILE ENOMEM: RLIMIT_MEMLOCK" {
	check_limited <<'END'
ioas alloc as a
mock add-device $a
ioas map-file $a --length 128K	#! ENOMEM 1 memlock field=length | RLIMIT_MEMLOCK is 65536 bytes, 131072 are to be mapped
ioas map-file $a --length 64K
END
}

@test "IOAS_UNMAP EOVERFLOW, EINVAL: numbers" {
	check <<'END'
ioas alloc as a
ioas unmap $a --iova 0xffffffffffffffff --length 1	#! EOVERFLOW 1 iova-max field=iova call=IOMMU_IOAS_UNMAP | 0xffffffffffffffff
ioas unmap $a --iova 1 --length 0xffffffffffffffff	#! EOVERFLOW 1 length-max field=length
ioas unmap $a --iova 0xfffffffffffff000 --length 8K	#! EOVERFLOW 1 iova-wraps | iova 0xfffffffffffff000 + length 0x2000
ioas unmap $a --iova 0x1000 --length 0	#! EINVAL 1 length-zero field=length
ioas unmap 0 --all			#! ENOENT 5 no-object field=ioas_id
ioas unmap 99 --all			#! ENOENT 5 no-object field=ioas_id | ioas 99
ioas unmap 99 --iova 0xffffffffffffffff --length 0	#! ENOENT 5 no-object
END
}

@test "IOAS_UNMAP ENOENT: nothing there, or a mapping would be split" {
	check <<'END'
ioas alloc as a
ioas map $a --iova 0x10000 --length 64K
ioas unmap $a --iova 0x90000 --length 4K	#! ENOENT 5 nothing-mapped field=iova | 0x90000-0x90fff
ioas unmap $a --iova 0x10000 --length 4K	#! ENOENT 5 unmap-splits | 0x10000-0x1ffff
ioas unmap $a --iova 0x1f000 --length 8K	#! ENOENT 5 unmap-splits | 0x10000-0x1ffff (made by line 2)
ioas unmap $a --iova 0x14000 --length 4K	#! ENOENT 5 unmap-splits
ioas unmap $a --iova 0x10000 --length 64K	#= unmapped=65536
ioas unmap $a --iova 0x10000 --length 64K	#! ENOENT 5 nothing-mapped | 0x10000-0x1ffff
END
}

@test "IOAS_UNMAP ENOENT: what comes before a mapping that would be split is gone" {
	check <<'END'
ioas alloc as a
ioas map $a --iova 0x10000 --length 4K
ioas map $a --iova 0x20000 --length 64K
ioas unmap $a --iova 0x10000 --length 0x11000	#! ENOENT 5 unmap-splits | 0x20000-0x2ffff
ioas unmap $a --iova 0x10000 --length 4K	#! ENOENT 5 nothing-mapped
END
}

@test "IOAS_UNMAP EBUSY: a hardware queue keeps the memory pinned" {
	check <<'END'
ioas alloc as a
mock add-device $a as d
ioas map $a --iova 0x1000000 --length 64K
raw hwpt-alloc flags=nest-parent dev_id=$d pt_id=$a as h
raw viommu-alloc type=0xdeadbeef dev_id=$d hwpt_id=$h.fields.out_hwpt_id as v
raw hw-queue-alloc viommu_id=$v.fields.out_viommu_id type=0xdeadbeef nesting_parent_iova=0x1000000 length=4096 as q
ioas unmap $a --iova 0x1000000 --length 64K	#! EBUSY 6 area-pinned field=iova | hw-queue 7 | ioas 1
object destroy $v.fields.out_viommu_id		#! EBUSY 6 object-held | viommu 6 is in use | hw-queue 7
object destroy $q.fields.out_hw_queue_id
ioas unmap $a --iova 0x1000000 --length 64K	#= unmapped=65536
object destroy $v.fields.out_viommu_id		#= type=viommu
object destroy $h.fields.out_hwpt_id
END
}

@test "IOAS_COPY: flags and numbers" {
	check <<'END'
ioas alloc as a
ioas alloc as b
ioas map $a --iova 0x10000 --length 64K
raw ioas-copy flags=0xf dst_ioas_id=$b src_ioas_id=$a length=4096 src_iova=0x10000	#! EOPNOTSUPP 3 flag-unknown field=flags call=IOMMU_IOAS_COPY | 0x8
ioas copy --src-ioas-id $a --dst-ioas-id $b --src-iova 0xffffffffffffffff --length 4K	#! EOVERFLOW 1 iova-max field=src_iova
ioas copy --src-ioas-id $a --dst-ioas-id $b --src-iova 0x10000 --length 4K --dst-iova 0xffffffffffffffff	#! EOVERFLOW 1 iova-max field=dst_iova
ioas copy --src-ioas-id $a --dst-ioas-id $b --src-iova 0x10000 --length 0xffffffffffffffff	#! EOVERFLOW 1 length-max field=length
ioas copy --src-ioas-id $a --dst-ioas-id $b --src-iova 0xfffffffffffff000 --length 8K	#! EOVERFLOW 1 src-wraps field=length | src_iova 0xfffffffffffff000 + length 0x2000
ioas copy --src-ioas-id $a --dst-ioas-id $b --src-iova 0x10000 --length 8K --dst-iova 0xfffffffffffff000	#! EOVERFLOW 1 iova-wraps | dst_iova 0xfffffffffffff000 + length 0x2000
raw ioas-copy flags=1 dst_ioas_id=$b src_ioas_id=$a length=4096 src_iova=0x10000	#! EINVAL 1 no-access field=flags
ioas copy --src-ioas-id $a --dst-ioas-id $b --src-iova 0x10000 --length 0	#! EINVAL 1 length-zero field=length
raw ioas-map flags=7 ioas_id=$b length=0x8000000000000000
raw ioas-copy flags=6 dst_ioas_id=$a src_ioas_id=$b length=0x8000000000000000	#! EOVERFLOW 1 length-half field=length | 0x8000000000000000
END
}

@test "IOAS_COPY ENOENT: no such ioas, or a gap in the source" {
	check <<'END'
ioas alloc as a
ioas alloc as b
ioas map $a --iova 0x10000 --length 4K
ioas map $a --iova 0x12000 --length 4K
ioas copy --src-ioas-id 99 --dst-ioas-id $b --src-iova 0x10000 --length 4K	#! ENOENT 5 no-object field=src_ioas_id | ioas 99
ioas copy --src-ioas-id $a --dst-ioas-id 98 --src-iova 0x10000 --length 4K	#! ENOENT 5 no-object field=dst_ioas_id | ioas 98
ioas copy --src-ioas-id $a --dst-ioas-id 0 --src-iova 0x10000 --length 4K	#! ENOENT 5 no-object field=dst_ioas_id
ioas copy --src-ioas-id $a --dst-ioas-id $b --src-iova 0x50000 --length 4K	#! ENOENT 5 src-not-mapped field=src_iova | 0x50000-0x50fff
ioas copy --src-ioas-id $a --dst-ioas-id $b --src-iova 0x10000 --length 12K	#! ENOENT 5 src-not-mapped | 0x11000-0x11fff
ioas copy --src-ioas-id $a --dst-ioas-id $b --src-iova 0xf000 --length 8K	#! ENOENT 5 src-not-mapped | 0xf000-0xffff
END
}

@test "IOAS_COPY EINVAL, EEXIST, ENOSPC: where it should go" {
	check <<'END'
ioas alloc as a
ioas alloc as b
mock add-device $b
mock add-reserved $b --start 0x30000000 --length 64K
ioas map $a --iova 0x10000 --length 64K
ioas copy --src-ioas-id $a --dst-ioas-id $b --src-iova 0x10000 --length 1000 --dst-iova 0x1000000	#! EINVAL 1 length-unaligned field=length | 0x3e8 | 0x800
ioas copy --src-ioas-id $a --dst-ioas-id $b --src-iova 0x10000 --length 4K --dst-iova 0x1000001	#! EINVAL 1 iova-unaligned field=dst_iova | 0x1000001
ioas copy --src-ioas-id $a --dst-ioas-id $b --src-iova 0x10000 --length 4K --dst-iova 0x1000	#! EINVAL 1 iova-aperture field=dst_iova | 0x0-0xffffff
ioas copy --src-ioas-id $a --dst-ioas-id $b --src-iova 0x10000 --length 4K --dst-iova 0x30000000	#! EINVAL 1 iova-reserved field=dst_iova | 0x30000000-0x3000ffff (mock)
ioas copy --src-ioas-id $a --dst-ioas-id $b --src-iova 0x10400 --length 4K --dst-iova 0x1000000	#! EINVAL 1 user-va-unaligned field=src_iova | 0x800
ioas copy --src-ioas-id $a --dst-ioas-id $b --src-iova 0x10000 --length 8K --dst-iova 0x1000000
ioas copy --src-ioas-id $a --dst-ioas-id $b --src-iova 0x10000 --length 8K --dst-iova 0x1001000	#! EEXIST 1 iova-mapped field=dst_iova | 0x1001000-0x1002fff overlaps the mapping 0x1000000-0x1001fff (made by line 11)
ioas alloc as c
ioas allow-iovas $c 0x100000-0x101fff
ioas copy --src-ioas-id $a --dst-ioas-id $c --src-iova 0x10000 --length 16K	#! ENOSPC 1 no-room field=length | 16384 bytes are asked for | 8192 (from 0x100000)
END
}

@test "IOAS_COPY EPERM: writeable from memory that is not" {
	truncate -s 4096 file
	check <<'END'
ioas alloc as a
ioas map $a --iova 0x10000 --length 4K --read
ioas copy --src-ioas-id $a --dst-ioas-id $a --src-iova 0x10000 --length 4K	#! EPERM 4 src-not-writeable field=flags | 0x10000-0x10fff
ioas copy --src-ioas-id $a --dst-ioas-id $a --src-iova 0x10000 --length 4K --write	#! EPERM 4 src-not-writeable
ioas copy --src-ioas-id $a --dst-ioas-id $a --src-iova 0x10000 --length 4K --read
END
}

@test "IOAS_COPY ENOMEM: RLIMIT_MEMLOCK" {
	check_limited <<'END'
ioas alloc as a
ioas alloc as b
mock add-device $b
ioas map $a --iova 0x10000 --length 128K
ioas copy --src-ioas-id $a --dst-ioas-id $b --src-iova 0x10000 --length 128K	#! ENOMEM 1 memlock | RLIMIT_MEMLOCK is 65536 bytes
ioas copy --src-ioas-id $a --dst-ioas-id $b --src-iova 0x10000 --length 64K
END
}

@test "IOAS_ALLOW_IOVAS: what is refused leaves the old list" {
	check <<'END'
ioas alloc as a
mock add-reserved $a --start 0x30000000 --length 64K
ioas allow-iovas $a 0x100000-0x1fffff
raw ioas-allow-iovas ioas_id=$a __reserved=1	#! EOPNOTSUPP 3 reserved-not-zero field=__reserved call=IOMMU_IOAS_ALLOW_IOVAS | 0x1
ioas allow-iovas 99 0-0xfff			#! ENOENT 5 no-object field=ioas_id | ioas 99
ioas allow-iovas $a 0x2000-0x1fff		#! EINVAL 1 range-backwards field=allowed_iovas | range 0, 0x2000-0x1fff
ioas allow-iovas $a 0-0xfff 0x2000-0x2000	#! EINVAL 1 range-backwards | range 1, 0x2000-0x2000
ioas allow-iovas $a 0x0-0x1fff 0x1000-0x2fff	#! EINVAL 1 ranges-overlap | ranges 0 and 1 overlap: 0x0-0x1fff and 0x1000-0x2fff
ioas allow-iovas $a 0x40000000-0x4fffffff 0x2fff0000-0x300000ff	#! EADDRINUSE 1 range-reserved field=allowed_iovas | range 0x2fff0000-0x300000ff | 0x30000000-0x3000ffff (mock)
raw ioas-allow-iovas ioas_id=$a num_iovas=1 allowed_iovas=0x10	#! EFAULT 1 bad-pointer field=allowed_iovas | 0x10
ioas map $a --length 4K			#= iova=0x100000
END
}

@test "IOAS_ALLOW_IOVAS EADDRINUSE: outside the aperture of a device" {
	check <<'END'
ioas alloc as a
mock add-device $a
ioas allow-iovas $a 0x1000-0x1ffff	#! EADDRINUSE 1 range-reserved | range 0x1000-0x1ffff | 0x0-0xffffff
ioas allow-iovas $a 0x1000000-0x7fffffff
END
}

@test "IOAS_IOVA_RANGES: room, pointers, ids" {
	check <<'END'
ioas alloc as a
mock add-reserved $a --start 0x30000000 --length 64K
raw ioas-iova-ranges ioas_id=$a			#! EMSGSIZE 1 array-too-small field=num_iovas | there are 2 ranges and room for 0
raw ioas-iova-ranges ioas_id=$a num_iovas=1 allowed_iovas=buf:16	#! EMSGSIZE 1 array-too-small | 2 ranges and room for 1
raw ioas-iova-ranges ioas_id=$a num_iovas=2 allowed_iovas=buf:32	#= num_iovas=2 data=0000000000000000ffffff2f000000000000013000000000ffffffffffffffff
raw ioas-iova-ranges ioas_id=$a num_iovas=9 allowed_iovas=0x10	#! EFAULT 1 bad-pointer field=allowed_iovas | 0x10
raw ioas-iova-ranges ioas_id=$a __reserved=1	#! EOPNOTSUPP 3 reserved-not-zero
ioas iova-ranges 99				#! ENOENT 5 no-object | ioas 99
END
}

@test "IOAS_CHANGE_PROCESS: mappings of memory, reserved member" {
	check <<'END'
ioas alloc as a
ioas map-file $a --length 64K
ioas map $a --iova 0x500000 --length 4K
ioas change-process	#! EINVAL 1 area-not-file call=IOMMU_IOAS_CHANGE_PROCESS | 0x500000-0x500fff (made by line 3) of ioas 1
ioas unmap $a --iova 0x500000 --length 4K
ioas change-process
raw ioas-change-process __reserved=1	#! EOPNOTSUPP 3 reserved-not-zero
END
}

@test "text mode: message, errno, fact and hint, each once" {
	printf '%s\n' 'ioas alloc' 'ioas map 1 --iova 0x10000 --length 64K' \
		'ioas map 1 --iova 0x1f000 --length 8K' >s
	iom batch s
	assert_equal "$status" 1
	assert_output "ioas_id=1
ioas_id=1  iova=0x10000  length=64K  access=rw"
	assert_stderr "iommuctl: s:3: cannot map 8K bytes at 0x1f000 in IOAS 1: IOMMU_IOAS_MAP: EEXIST (File exists)
  fact: 0x1f000-0x20fff overlaps the mapping 0x10000-0x1ffff (made by line 2)
  hint: unmap it first, or take another iova"
	iom ioas map 1 --length 4K
	assert_equal "$status" 5
	assert_output ""
	assert_stderr "iommuctl: cannot map 4K bytes in IOAS 1: IOMMU_IOAS_MAP: ENOENT (No such file or directory)
  fact: there is no ioas 1 in this context
  hint: ids live as long as the open file: use \`iommuctl batch\`, or keep it open and pass --fd"
}

@test "JSON mode: the error is one document on stderr, stdout stays empty" {
	iom_json ioas map 1 --length 4K
	assert_equal "$status" 5
	assert_output ""
	assert_stderr '{"schema":"iommuctl.error/1","error":{"call":"IOMMU_IOAS_MAP","errno":"ENOENT","message":"cannot map 4K bytes in IOAS 1","field":"ioas_id","cause":"no-object","fact":"there is no ioas 1 in this context","hint":"ids live as long as the open file: use `iommuctl batch`, or keep it open and pass --fd","exit":5}}'
}
