#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# device region read, write: registers of an opened VFIO device. Real ones move bytes in the VT-d
# guest (tests/vm/edu).

load helper

@test "region: a device that was not opened" {
	check <<'END'
device region read 7 bar0 0	#! - 5 - | this context opened no VFIO device with id 7 | device open
device region write 7 bar0 0 1	#! - 5 - | this context opened no VFIO device with id 7
END
}

@test "region: words that cannot be" {
	check <<'END'
device region read		#! - 2 - | missing --dev
device region read 1 bar9 0	#! - 2 - | 'bar9' is neither bar0 to bar5, rom, config, vga, nor a number
device region read 1 -1 0	#! - 2 -
device region read 1 4294967296 0	#! - 2 - | nor a number
device region read 1 bar0 2	#! - 2 - | 0x2 is not a multiple of the width 4 | smaller --width
device region read 1 bar0 0 --width 3	#! - 2 - | 3 is not 1, 2, 4 or 8
device region read 1 bar0 0 --width 16	#! - 2 - | 16 is not 1, 2, 4 or 8
device region read 1 bar0 0 --width 0	#! - 2 - | 0 is not 1, 2, 4 or 8
device region read 1 bar0 0 --count 0	#! - 2 - | 0 is not 1 to 4096
device region read 1 bar0 0 --count 4097	#! - 2 - | 4097 is not 1 to 4096
device region write 1 bar0 0	#! - 2 - | missing --value
device region write 1 bar0 0 0x100000000	#! - 2 - | 0x100000000 does not fit 4 bytes
device region write 1 bar0 0 256 --width 1	#! - 2 - | 0x100 does not fit 1 bytes
device region write 1 bar0 0 1 --count 2	#! - 2 - | --count
END
}

@test "region: a BAR is memory, little endian, of every width" {
	needs_device
	check <<'END'
device open vfio0 as d
device region write $d bar0 0x80 0x1122334455667788 --width 8	#= device_id=1 index=0 region=bar0 offset=0x80 width=8 value=0x1122334455667788
device region read $d bar0 0x80 as word	#= device_id=1 index=0 region=bar0 offset=0x80 width=4 value=0x55667788 !words
device region read $d 0 0x84 --width 2	#= region=bar0 value=0x3344
device region read $d bar0 0x87 --width 1	#= value=0x11
device region read $d bar0 0x80 --width 8	#= value=0x1122334455667788
device region read --dev $d --region bar0 --offset 0x80 --width 2 --count 3	#= width=2 value=0x7788 | "words":[{"offset":"0x80","value":"0x7788"},{"offset":"0x82","value":"0x5566"},{"offset":"0x84","value":"0x3344"}]
device region write $d bar0 0x83 0 --width 1
device region read $d bar0 0x80	#= value=0x667788
device region write $d bar0 0xffc $word
device region read $d bar0 0xffc	#= value=0x55667788
device open vfio1 as e
device region read $e bar0 0x80	#= device_id=2 value=0x0
device reset $d
device region read $d bar0 0xffc	#= value=0x0
END
}

@test "region: where a device has nothing" {
	needs_device
	check <<'END'
device open vfio0 as d
device region read $d bar0 0x1000	#! - 2 - | 4 bytes at 0x1000 do not lie within region bar0 of 0x1000
device region read $d bar0 0xff8 --count 3	#! - 2 - | 12 bytes at 0xff8
device region write $d bar0 0xfffffffffffffff8 1	#! - 2 - | 0xfffffffffffffff8
device region read $d bar1 0	#! - 5 - | no region bar1 | device info
device region read $d rom 0	#! - 5 - | no region rom
device region write $d rom 0 1	#! - 5 - | no region rom
device region read $d vga 0xa0000	#! EINVAL 1 no-region call=VFIO_DEVICE_GET_REGION_INFO | cannot find region vga
device region read $d 77 0	#! EINVAL 1 no-region | cannot find region 77
device region read $d config 4096 --width 1	#! - 2 - | 0x1000 do not lie within region config
END
}

@test "region: the configuration space" {
	needs_device
	check <<'END'
device open vfio0 as d
device region read $d config 0 --width 2 --count 2	#= index=7 region=config value=0x1234 | "value":"0x1"
device region read $d config 4 --width 2	#= value=0x2
device region write $d config 4 0xffff --width 2
device region read $d config 4 --width 2	#= value=0x546
device region write $d config 0 0
device region read $d config 0	#= value=0x11234
device region read $d config 0x10	#= value=0xfe000000
device region write $d config 0x10 0xffffffff
device region read $d config 0x10	#= value=0xfffff000
device region write $d config 0x20 0xffffffff
device region read $d config 0x20	#= value=0xffffc000
device region read $d config 0x14	#= value=0x0
device region read $d config 0x34 --width 1	#= value=0x40
device region read $d config 0x98 --width 8	#= value=0x2004
device region read $d config 0xffc	#= value=0x0
device reset $d
device region read $d config 4 --width 2	#= value=0x546
END
}

@test "region: the MSI-X table is out of reach" {
	needs_device
	check <<'END'
device open vfio0 as d
device region write $d bar4 0x3c 0
device region read $d bar4 0x38 --width 4 --count 3	#= value=0xffffffff | {"offset":"0x3c","value":"0xffffffff"},{"offset":"0x40","value":"0x0"}
device region write $d bar4 0x40 7
device region read $d bar4 0x40	#= value=0x7
END
}

@test "region: memory that is not decoded" {
	needs_device
	check <<'END'
device open vfio0 as d
device region write $d config 4 0x4 --width 2
device region read $d bar0 0	#! EIO 1 memory-off call=pread field=offset | cannot read bar0 at 0x0 | the command register of the device is 0x0004: it does not decode memory
device region write $d bar0 8 1	#! EIO 1 memory-off call=pwrite | cannot write to bar0 at 0x8 | "hint":"set it:
device region read $d bar4 0	#= value=0xffffffff
device region write $d config 4 0x2 --width 2
device region read $d bar0 8	#= value=0x0
END
}

@test "region: traced, kept back, asked for by name" {
	needs_device
	printf '%s\n' 'device open vfio0 as d' 'device region write $d bar0 8 5' \
		'device region read $d bar0 8' >"$T/script"
	iom -v batch "$T/script"
	assert_success
	assert_stderr_has "pwrite(index=bar0, offset=0x8, count=4, value=0x5)" \
		"pread(index=bar0, offset=0x8, count=4)" "pread = 4 (value=0x5)"
	iom_json --dry-run device region write 1 config 4 6 --width 2
	assert_success
	[[ $output == *'VFIO_DEVICE_GET_REGION_INFO'*'pwrite'* ]] || fail "$output"
	iom explain pread EIO
	assert_success
	[[ $output == *memory-off*not-awake* ]] || fail "$output"
	iom explain PWRITE
	assert_success
	[[ $output == *nothing-there*bar-taken*bar-unmappable*bar-unmapped* ]] || fail "$output"
}
