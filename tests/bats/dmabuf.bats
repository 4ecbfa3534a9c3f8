#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# dma-bufs: of the mock driver, made, mapped and revoked; and BARs of VFIO devices exported as such,
# which the emulator's machine has and a guest without bound devices has not.

load helper

has_devices()
{
	[ "$T_BACKEND" = emu ]
}

no_devices()
{
	check <<<"device dma-buf 1 --region bar0 --length 4K	#! - 5 - | this context opened no VFIO device with id 1"
}

@test "mock dmabuf get: pages, rounded up, and lengths that are refused" {
	check <<'END'
mock dmabuf get --length 16K as b	#= fd=* length=16384
mock dmabuf get --length 1	#= length=1
mock dmabuf get --length 2M --open-flags rdonly	#= length=2097152
mock dmabuf get --length 0		#! EINVAL 1 length-wrong field=length | length 0 is no page
mock dmabuf get --length 2097153	#! EINVAL 1 length-wrong field=length | 2097153 is more than 512 pages
mock dmabuf get --length 4G		#! - 2 - | --length: 4G does not fit 32 bits
mock dmabuf get				#! - 2 - | missing --length
mock dmabuf get --length 4K --open-flags append	#! - 2 - | --open-flags: 'append' is not one of
raw test-dmabuf-get length=4096 open_flags=0x80000	#= return=0
END
}

@test "mock dmabuf: each gets an fd of its own, which can be mapped" {
	check <<'END'
mock dmabuf get --length 4K as a
mock dmabuf get --length 8K as b
raw test-dmabuf-get length=4096
ioas alloc as i
ioas map-file $i --file-fd $a --length 4K --iova 0x1000000	#= iova=0x1000000 length=4096
ioas map-file $i --file-fd $a --length 8K	#! EINVAL 1 past-file field=length | which has 4096 bytes
ioas map-file $i --file-fd $b --length 8K --iova 0x2000000	#= iova=0x2000000
ioas map-file $i --file-fd $b --length 4K --offset 4K --iova 0x3000000	#= offset=4096
ioas map-file $i --file-fd $b --length 4K --offset 8K	#! EINVAL 1 past-file | start 0x2000
ioas map-file $i --file-fd $b --length 0	#! EINVAL 1 length-zero
END
	value_of 1 fd
	a=$REPLY
	value_of 2 fd
	[ "$a" != "$REPLY" ]
	printf '%s\n' 'mock dmabuf get --length 4K' >s
	iom --dry-run batch s
	assert_success
	iom mock dmabuf get --length 4K --get fd
	assert_success
	[[ $output =~ ^[0-9]+$ ]] || fail "$output"
}

@test "mapped with and without a page table, in parts, at offsets within a page" {
	check <<'END'
mock dmabuf get --length 16K as b
ioas alloc as i
ioas map-file $i --file-fd $b --length 2K --offset 6K --iova 0x1000800	#= iova=0x1000800 offset=6144
mock add-device $i as d
ioas map-file $i --file-fd $b --length 16K --iova 0x2000000
ioas map-file $i --file-fd $b --length 2K --offset 1K	#! EINVAL 1 user-va-unaligned
ioas map-file $i --file-fd $b --length 16K --iova 0x2000000	#! EEXIST 1 iova-mapped
hwpt alloc $d $i as h
ioas unmap $i --iova 0x2000000 --length 4K	#! ENOENT 5 unmap-splits
ioas copy --src-ioas-id $i --dst-ioas-id $i --src-iova 0x2000000 --length 4K --dst-iova 0x3000000	#= iova=0x3000000
ioas unmap $i --all	#= unmapped=22528
END
}

@test "software accesses are refused, only devices may" {
	check <<'END'
mock dmabuf get --length 8K as b
ioas alloc as i
ioas map-file $i --file-fd $b --length 8K --iova 0x1000000
mock access create $i --pin as acc
mock access pages $acc --iova 0x1000000 --length 4K	#! EINVAL 1 access-dmabuf field=iova | (made by line 3) is one of a dma-buf
mock access rw $acc --iova 0x1000000 --write 00	#! EINVAL 1 access-dmabuf field=iova
mock access rw $acc --iova 0x1000000 --read 16	#! EINVAL 1 access-dmabuf
ioas map-file $i --file-fd $b --length 4K --iova 0x2000000 --read
mock access rw $acc --iova 0x2000000 --write 00	#! EPERM 4 access-prot
ioas copy --src-ioas-id $i --dst-ioas-id $i --src-iova 0x1000000 --length 4K --dst-iova 0x4000000
mock access pages $acc --iova 0x4000000 --length 4K	#! EINVAL 1 access-dmabuf | 0x4000000-0x4000fff
END
}

@test "revoke: mappings stay and show nothing, new ones are refused until it is restored" {
	check <<'END'
mock dmabuf get --length 8K as b
ioas alloc as i
mock add-device $i as d
ioas map-file $i --file-fd $b --length 8K --iova 0x1000000
mock dmabuf revoke $b			#= fd=* revoked=true
ioas map-file $i --file-fd $b --length 8K	#! ENODEV 5 dmabuf-revoked field=fd | was revoked
ioas map-file $i --file-fd $b --length 12K	#! EINVAL 1 past-file
ioas map $i --length 4K --iova 0x1000000	#! EEXIST 1 iova-mapped
hwpt alloc $d $i as h
mock dmabuf revoke $b --revoked 0	#= revoked=false
ioas map-file $i --file-fd $b --length 8K --iova 0x2000000
mock dmabuf revoke $b
ioas unmap $i --iova 0x1000000 --length 8K	#= unmapped=8192
mock dmabuf revoke $b --revoked 0
ioas map-file $i --file-fd $b --length 8K --iova 0x1000000
ioas unmap $i --all	#= unmapped=16384
END
}

@test "revoke: what is no mock dma-buf" {
	check <<'END'
mock dmabuf revoke 900	#! EBADF 1 fd-not-open field=dmabuf_fd | fd 900 is not open
ioas alloc as i
mock access create $i as acc
mock dmabuf revoke $acc	#! EINVAL 1 not-dmabuf field=dmabuf_fd | not a dma-buf
mock dmabuf revoke 0	#! EINVAL 1 not-dmabuf | /dev/null
mock dmabuf revoke	#! - 2 - | missing --dmabuf-fd
mock dmabuf revoke 5 --revoked 2	#! - 2 - | --revoked: '2' is not one of 0, 1
END
}

@test "device dma-buf: a BAR, parts of it, the flags of the fd" {
	has_devices || { no_devices; return; }
	check <<'END'
device open vfio0 as d
device dma-buf $d --region bar0 --length 4K as b	#= device_id=1 region_index=0 fd=* size=4096 nr_ranges=1
device dma-buf $d 4 --offset 8K --length 8K	#= region_index=4 size=8192
device dma-buf $d --region 4 --offset 0 --length 4K --offset 12K --length 4K as two	#= size=8192 nr_ranges=2
device dma-buf $d --region bar0 --length 4K --open-flags rdonly --open-flags cloexec
ioas alloc as i
device attach $d $i
ioas map-file $i --file-fd $b --length 4K --iova 0x1000000	#= iova=0x1000000
ioas map-file $i --file-fd $two --length 4K	#! EOPNOTSUPP 3 dmabuf-ranges field=fd | of 2 ranges
mock dmabuf revoke $b		#! EOPNOTSUPP 3 not-mock-dmabuf | not of the selftest driver
raw vfio-feature-dma-buf --dev $d flags=0x1000b region_index=0 nr_ranges=1 --tail 00000000000000000010000000000000 as r	#= return=*
ioas map-file $i --file-fd $r --length 4K --iova 0x2000000
END
	grep -q '"return":[1-9]' <<<"${ROW[11]}"
}

@test "device dma-buf: every refusal" {
	has_devices || { no_devices; return; }
	check <<'END'
device open vfio0 as d
device dma-buf $d --region bar1 --length 4K	#! ENODEV 5 bar-absent field=region_index | the device has no BAR 1
device dma-buf $d --region bar0 --length 0	#! EINVAL 1 range-empty field=ranges | range 0 has length 0
device dma-buf $d --region bar0 --length 1K	#! EINVAL 1 range-unaligned | length 0x400 is not a multiple
device dma-buf $d --region bar0 --offset 1K --length 4K	#! EINVAL 1 range-unaligned | offset 0x400
device dma-buf $d --region bar0 --length 8K	#! EINVAL 1 range-past-bar | goes past the end of BAR 0, which has 4096 bytes
device dma-buf $d --region bar4 --offset 16K --length 4K	#! EINVAL 1 range-past-bar | which has 16384
device dma-buf $d --region bar0 --offset 0xfffffffffffff000 --length 4K	#! EOVERFLOW 1 range-wraps
device dma-buf $d --region bar6 --length 4K	#! - 2 - | --region: 'bar6' is not one of
device dma-buf $d --region bar0			#! - 2 - | missing --length
device dma-buf $d --region bar0 --length 4K --length 4K	#! - 2 - | 0 --offset and 2 --length do not go together
device dma-buf 9 --region bar0 --length 4K	#! - 5 - | this context opened no VFIO device with id 9
raw vfio-feature-dma-buf --dev $d flags=0x2000b	#! EINVAL 1 feature-op field=flags | ask to set
raw vfio-feature-dma-buf --dev $d flags=0xb	#! EINVAL 1 feature-flags | neither get nor set
raw vfio-feature-dma-buf --dev $d flags=0x1000b	#! EINVAL 1 no-ranges field=nr_ranges
raw vfio-feature-dma-buf --dev $d flags=0x1000b nr_ranges=1 dma_buf_flags=1	#! EINVAL 1 flag-unknown field=dma_buf_flags
raw vfio-feature-dma-buf --dev $d flags=0x1000b nr_ranges=1 region_index=rom	#! ENODEV 5 bar-absent | region 6 is not a BAR
raw vfio-feature-dma-buf --dev $d flags=0x1000b nr_ranges=1 region_index=1	#! ENODEV 5 bar-absent
raw vfio-feature-dma-buf --dev $d flags=0x1000b nr_ranges=0xffffffff	#! ENOMEM 1 too-many-ranges
raw vfio-feature-dma-buf --dev $d flags=0x5000b	#= return=0
END
}

@test "a device revokes what it exported: reset, sleep, memory off, close" {
	has_devices || { no_devices; return; }
	check <<'END'
device open vfio0 as d
ioas alloc as i
device attach $d $i
device dma-buf $d --region bar0 --length 4K as b
ioas map-file $i --file-fd $b --length 4K --iova 0x1000000
device reset $d
ioas map-file $i --file-fd $b --length 4K --iova 0x2000000
raw vfio-feature-low-power-entry --dev $d flags=0x20003
ioas map-file $i --file-fd $b --length 4K	#! ENODEV 5 dmabuf-revoked | was revoked
device dma-buf $d --region bar0 --length 4K as asleep
ioas map-file $i --file-fd $asleep --length 4K	#! ENODEV 5 dmabuf-revoked
raw vfio-feature-low-power-exit --dev $d flags=0x20005
ioas map-file $i --file-fd $b --length 4K --iova 0x3000000
ioas map-file $i --file-fd $asleep --length 4K --iova 0x4000000
device region write $d --region config 4 --width 2 0
ioas map-file $i --file-fd $b --length 4K	#! ENODEV 5 dmabuf-revoked
device region write $d --region config 4 --width 2 2
ioas map-file $i --file-fd $b --length 4K --iova 0x5000000
ioas unmap $i --all	#= unmapped=20480
END
}
