#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Object ids, chosen IOVAs and other outputs of fixed sequences: both backends must agree with
# these values, which a 7.3.4 kernel gave. Where the kernel chooses an IOVA it looks at how the
# memory is aligned, so the memory is a file or an address that is the same each time.

load helper

@test "ids are the lowest free ones" {
	check <<'END'
ioas alloc	#= ioas_id=1
ioas alloc	#= ioas_id=2
ioas alloc	#= ioas_id=3
object destroy 2
ioas alloc	#= ioas_id=2
ioas alloc	#= ioas_id=4
object destroy 1
object destroy 3
ioas alloc	#= ioas_id=1
ioas alloc	#= ioas_id=3
ioas alloc	#= ioas_id=5
mock add-device 1	#= mock_id=6 device_id=7 hwpt_id=8
mock add-device 1	#= mock_id=9 device_id=10 hwpt_id=8
mock add-device 2	#= mock_id=11 device_id=12 hwpt_id=13
object destroy 6
mock add-device 5	#= mock_id=6 device_id=7 hwpt_id=14
object destroy 9
ioas alloc		#= ioas_id=8
END
}

@test "a refused call gives its id back" {
	check <<'END'
mock add-device 99	#! ENOENT 5 no-object
raw ioas-alloc flags=1	#! EOPNOTSUPP 3 flag-unknown
ioas alloc		#= ioas_id=1
mock add-device 99	#! ENOENT 5 no-object
mock access create 99	#! ENOENT 5 no-object
mock add-device 1	#= mock_id=2 device_id=3 hwpt_id=4
END
}

@test "an access takes an id as long as it is open" {
	check <<'END'
ioas alloc
mock access create 1 as x
ioas alloc		#= ioas_id=3
mock access close $x
ioas alloc		#= ioas_id=2
END
}

@test "IOVAs the kernel chooses: lowest gap, aligned to size and memory" {
	check <<'END'
ioas alloc as a
raw ioas-map ioas_id=$a flags=6 user_va=0x10000000 length=4096		#= iova=0x1000
raw ioas-map ioas_id=$a flags=6 user_va=0x10000000 length=4096		#= iova=0x2000
raw ioas-map ioas_id=$a flags=6 user_va=0x10000000 length=8192		#= iova=0x4000
raw ioas-map ioas_id=$a flags=6 user_va=0x10000000 length=4096		#= iova=0x3000
raw ioas-map ioas_id=$a flags=6 user_va=0x10000000 length=0x3000		#= iova=0x8000
raw ioas-map ioas_id=$a flags=6 user_va=0x10001000 length=0x100000	#= iova=0xb000
raw ioas-map ioas_id=$a flags=6 user_va=0x10000000 length=0x100000	#= iova=0x200000
raw ioas-map ioas_id=$a flags=6 user_va=0x10200000 length=0x200000	#= iova=0x400000
raw ioas-map ioas_id=$a flags=6 user_va=0x40000000 length=0x40000000	#= iova=0x600000
raw ioas-map ioas_id=$a flags=6 user_va=0x10000123 length=4096		#= iova=0x6123
raw ioas-map ioas_id=$a flags=6 user_va=0x10000800 length=0x800		#= iova=0x7800
raw ioas-map ioas_id=$a flags=6 user_va=0x10000000 length=1		#= iova=0x6000
raw ioas-map ioas_id=$a flags=6 user_va=0x10000001 length=1		#= iova=0x6001
raw ioas-map ioas_id=$a flags=6 user_va=0 length=4096			#= iova=*
END
}

@test "IOVAs the kernel chooses: around reserved ranges, devices, allowed lists" {
	check <<'END'
ioas alloc as a
mock add-reserved $a --start 0x1000 --length 0x3000
raw ioas-map ioas_id=$a flags=6 user_va=0x10000000 length=4096	#= iova=0x4000
mock add-reserved $a --start 0x5800 --length 0x800
raw ioas-map ioas_id=$a flags=6 user_va=0x10000000 length=4096	#= iova=0x6000
raw ioas-map ioas_id=$a flags=6 user_va=0x10000000 length=2048	#= iova=0x5000
ioas unmap $a --all
mock add-device $a
raw ioas-iova-ranges ioas_id=$a num_iovas=1 allowed_iovas=buf:16	#= num_iovas=1 out_iova_alignment=2048 data=0000000100000000ffffff7f00000000
ioas map-file $a --length 4K	#= iova=0x1000000
ioas map-file $a --length 1M	#= iova=0x1100000
ioas allow-iovas $a 0x2001000-0x2ffffff 0x3000000-0x3ffffff
ioas map-file $a --length 4K	#= iova=0x2001000
ioas map-file $a --length 2M	#= iova=0x2200000
ioas map-file $a --length 4M	#= iova=0x2400000
ioas map-file $a --length 32M	#! ENOSPC 1 no-room
END
}

@test "ranges through attach, replace, add-reserved and detach" {
	check <<'END'
ioas alloc as a
ioas alloc as b
mock add-reserved $a --start 0x2000000 --length 64K
mock add-device $a as d			#= mock_id=3 device_id=4 hwpt_id=5
ioas iova-ranges $a	#= ranges=1000000-1ffffff,2010000-7fffffff iova_alignment=2048
mock replace $d.mock_id $b		#= hwpt_id=6
ioas iova-ranges $a	#= ranges=0-1ffffff,2010000-ffffffffffffffff iova_alignment=1
ioas iova-ranges $b	#= ranges=1000000-7fffffff iova_alignment=2048
mock add-device $b as e			#= mock_id=5 device_id=7 hwpt_id=6
object destroy $d.mock_id
ioas iova-ranges $b	#= ranges=1000000-7fffffff
option set huge-pages 0 --object $b
ioas iova-ranges $b	#= ranges=1000000-7fffffff iova_alignment=4096
object destroy $e.mock_id
ioas iova-ranges $b	#= ranges=0-ffffffffffffffff iova_alignment=4096
mock access create $a --pin as x
ioas iova-ranges $a	#= iova_alignment=4096
mock access close $x
ioas iova-ranges $a	#= ranges=0-1ffffff,2010000-ffffffffffffffff iova_alignment=1
object destroy $a
object destroy $b
END
}

@test "copies choose by the memory behind them" {
	check <<'END'
ioas alloc as a
ioas alloc as b
raw ioas-map ioas_id=$a flags=7 user_va=0x10000000 length=0x200000 iova=0x1000
ioas copy --src-ioas-id $a --dst-ioas-id $b --src-iova 0x1000 --length 2M	#= iova=0x200000
ioas copy --src-ioas-id $a --dst-ioas-id $b --src-iova 0x2000 --length 64K	#= iova=0x1000
ioas copy --src-ioas-id $a --dst-ioas-id $b --src-iova 0x3000 --length 8K	#= iova=0x12000
ioas copy --src-ioas-id $a --dst-ioas-id $b --src-iova 0x3800 --length 1	#= iova=0x11800
ioas copy --src-ioas-id $a --dst-ioas-id $a --src-iova 0x1000 --length 64K	#= iova=0x210000
END
}

@test "what a half-done unmap leaves" {
	check <<'END'
ioas alloc as a
ioas map $a --iova 0x10000 --length 4K
ioas map $a --iova 0x20000 --length 4K
ioas map $a --iova 0x30000 --length 64K
ioas unmap $a --iova 0x10000 --length 0x21000	#! ENOENT 5 unmap-splits
ioas unmap $a --all				#= unmapped=65536
END
}
