#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# sw-msi: the window of software MSIs, where the backend has the series; exit 3 where it has not.

load helper

# The IOAS is 1, the attached mock device 3 (its ioctl object 2), the one that is only bound 6.
devices='ioas alloc as ioas
mock add-device $ioas as attached
mock add-device $ioas --no-attach as bound'

# What everything here answers where the series is not.
no_series()
{
	iom_json sw-msi get 1
	assert_equal "$status" 3
	assert_output ""
	assert_stderr_has '"errno":"EOPNOTSUPP"' '"cause":"option-unknown"' "no option 3 (SW_MSI_SIZE)"
}

@test "the backend either has both options or none" {
	if has OPTION_SW_MSI_START; then
		has OPTION_SW_MSI_SIZE
	else
		! has OPTION_SW_MSI_SIZE
	fi
}

@test "a kernel without the series refuses everything with exit 3 and says so" {
	local emu=() hint='no released kernel | --backend emu'

	# the emulator without the series plays such a kernel
	[ "$T_BACKEND" = kernel ] || emu=(--emu 'abi=7.3') hint='--emu abi=sw-msi-v2'
	if [ "$T_BACKEND" = kernel ] && has OPTION_SW_MSI_START; then
		check <<<"sw-msi get 99	#! ENOENT 5 no-object"
		return
	fi
	check "${emu[@]}" <<END
ioas alloc as ioas
mock add-device \$ioas as d
sw-msi get \$d		#! EOPNOTSUPP 3 option-unknown | no option 3 (SW_MSI_SIZE) | $hint
sw-msi set \$d --start 0x70000000 --size 2M	#! EOPNOTSUPP 3 option-unknown | $hint
option get sw-msi-start --object \$d	#! EOPNOTSUPP 3 option-unknown | no option 3
option get sw-msi-size --object \$d	#! EOPNOTSUPP 3 option-unknown | no option 3
option set sw-msi-start 0x70000000 --object \$d	#! EOPNOTSUPP 3 option-unknown
option set sw-msi-size 2 --object \$d	#! EOPNOTSUPP 3 option-unknown
sw-msi get 0				#! EOPNOTSUPP 3 option-unknown
raw option option_id=3 op=get object_id=\$d	#! EOPNOTSUPP 3 option-unknown field=option_id | option 3 (sw-msi-size) | no released kernel
mock add-device \$ioas --no-attach	#! EINVAL 1 flag-unknown field=dev_flags | 0x8
END
}

@test "a kernel without the series is asked once, and only to read" {
	local emu=()

	[ "$T_BACKEND" = kernel ] || emu=(--emu 'abi=7.3')
	iom "${emu[@]}" -v sw-msi set 1 --start 0x70000000 --size 2M
	if [ "$T_BACKEND" = kernel ] && has OPTION_SW_MSI_SIZE; then
		assert_equal "$status" 5
	else
		assert_equal "$status" 3
		assert_equal "$(grep -c '^> ' stderr)" 1
	fi
	assert_stderr_has "option_id=sw-msi-size" "op=get"
	[[ $stderr != *op=set* ]]
}

@test "assertions 1 to 10 of the series: objects, attachment, alignment, reserved region" {
	has OPTION_SW_MSI_START || { no_series; return; }
	check <<END
$devices
option set sw-msi-start 0x70000000 --object \$ioas	#! ENOENT 5 no-object field=object_id | id 1 is an ioas, a device is needed
option set sw-msi-size 2 --object 0			#! ENOENT 5 no-object field=object_id | object_id is 0
option set sw-msi-start 0x70000000 --object \$attached	#! EBUSY 6 device-attached field=object_id | device 3 is attached to hwpt 4
option set sw-msi-start 0x7fffffff --object \$bound	#! EINVAL 1 sw-msi-unaligned field=val64 | start 0x7fffffff is not a multiple of 1 MiB
option set sw-msi-start 0x7fffff00 --object \$bound	#! EINVAL 1 sw-msi-unaligned | 0x7fffff00
option set sw-msi-start 0x7fff0000 --object \$bound	#! EINVAL 1 sw-msi-unaligned | 0x7fff0000
option set sw-msi-start 0x80000000 --object \$bound	#! EADDRINUSE 1 sw-msi-reserved field=val64 | the window 0x80000000-0x800fffff
option set sw-msi-start 0x80400000 --object \$bound	#! EADDRINUSE 1 sw-msi-reserved | the window 0x80400000-0x804fffff
option set sw-msi-start 0x80800000 --object \$bound	#! EADDRINUSE 1 sw-msi-reserved | the window 0x80800000-0x808fffff
option set sw-msi-start 0x80c00000 --object \$bound	#! EADDRINUSE 1 sw-msi-reserved | the window 0x80c00000-0x80cfffff
option get sw-msi-start --object \$bound		#= value=18446744073709551615 address=0xffffffffffffffff
END
}

@test "assertions 11 to 18 of the series: the last MiB, the top of 64 bits, round trip" {
	has OPTION_SW_MSI_START || { no_series; return; }
	check <<END
$devices
option set sw-msi-start 0x7ff00000 --object \$bound	#= address=0x7ff00000
option set sw-msi-size 2 --object \$bound		#! EADDRINUSE 1 sw-msi-reserved | the window 0x7ff00000-0x800fffff
option set sw-msi-start 0xfffffffffff00000 --object \$bound	#= address=0xfffffffffff00000
option set sw-msi-size 2 --object \$bound		#! EOVERFLOW 1 sw-msi-wraps field=val64 | the window of 2 MiB from 0xfffffffffff00000
option set sw-msi-start 0x70000000 --object \$bound	#= address=0x70000000
option set sw-msi-size 2 --object \$bound		#= option=sw-msi-size object_id=6 value=2 !address
option get sw-msi-start --object \$bound		#= value=1879048192 address=0x70000000
option get sw-msi-size --object \$bound			#= value=2
END
}

@test "the 18 assertions of the series in their order, in one context" {
	has OPTION_SW_MSI_START || { no_series; return; }
	check <<END
$devices
option set sw-msi-start 0x70000000 --object \$ioas	#! ENOENT 5 no-object
option set sw-msi-size 2 --object 0			#! ENOENT 5 no-object
option set sw-msi-start 0x70000000 --object \$attached	#! EBUSY 6 device-attached
option set sw-msi-start 0x7fffffff --object \$bound	#! EINVAL 1 sw-msi-unaligned
option set sw-msi-start 0x7fffff00 --object \$bound	#! EINVAL 1 sw-msi-unaligned
option set sw-msi-start 0x7fff0000 --object \$bound	#! EINVAL 1 sw-msi-unaligned
option set sw-msi-start 0x80000000 --object \$bound	#! EADDRINUSE 1 sw-msi-reserved
option set sw-msi-start 0x80400000 --object \$bound	#! EADDRINUSE 1 sw-msi-reserved
option set sw-msi-start 0x80800000 --object \$bound	#! EADDRINUSE 1 sw-msi-reserved
option set sw-msi-start 0x80c00000 --object \$bound	#! EADDRINUSE 1 sw-msi-reserved
option set sw-msi-start 0x7ff00000 --object \$bound	#= address=0x7ff00000 !warnings
option set sw-msi-size 2 --object \$bound		#! EADDRINUSE 1 sw-msi-reserved
option set sw-msi-start 0xfffffffffff00000 --object \$bound	#= address=0xfffffffffff00000
option set sw-msi-size 2 --object \$bound		#! EOVERFLOW 1 sw-msi-wraps
option set sw-msi-start 0x70000000 --object \$bound	#= address=0x70000000
option set sw-msi-size 2 --object \$bound		#= value=2 !warnings
option get sw-msi-start --object \$bound		#= address=0x70000000
option get sw-msi-size --object \$bound			#= value=2
END
}

@test "the 18 assertions once more as raw calls" {
	has OPTION_SW_MSI_START || { no_series; return; }
	check <<END
$devices
raw option option_id=2 op=0 object_id=\$ioas val64=0x70000000	#! ENOENT 5 no-object
raw option option_id=3 op=0 object_id=0 val64=2			#! ENOENT 5 no-object
raw option option_id=2 op=0 object_id=\$attached val64=0x70000000	#! EBUSY 6 device-attached
raw option option_id=2 op=0 object_id=\$bound val64=0x7fffffff	#! EINVAL 1 sw-msi-unaligned
raw option option_id=2 op=0 object_id=\$bound val64=0x7fffff00	#! EINVAL 1 sw-msi-unaligned
raw option option_id=2 op=0 object_id=\$bound val64=0x7fff0000	#! EINVAL 1 sw-msi-unaligned
raw option option_id=2 op=0 object_id=\$bound val64=0x80000000	#! EADDRINUSE 1 sw-msi-reserved
raw option option_id=2 op=0 object_id=\$bound val64=0x80400000	#! EADDRINUSE 1 sw-msi-reserved
raw option option_id=2 op=0 object_id=\$bound val64=0x80800000	#! EADDRINUSE 1 sw-msi-reserved
raw option option_id=2 op=0 object_id=\$bound val64=0x80c00000	#! EADDRINUSE 1 sw-msi-reserved
raw option option_id=2 op=0 object_id=\$bound val64=0x7ff00000	#= val64=0x7ff00000
raw option option_id=3 op=0 object_id=\$bound val64=2		#! EADDRINUSE 1 sw-msi-reserved
raw option option_id=2 op=0 object_id=\$bound val64=0xfffffffffff00000	#= return=0
raw option option_id=3 op=0 object_id=\$bound val64=2		#! EOVERFLOW 1 sw-msi-wraps
raw option option_id=2 op=0 object_id=\$bound val64=0x70000000
raw option option_id=3 op=0 object_id=\$bound val64=2
raw option option_id=2 op=1 object_id=\$bound			#= val64=0x70000000
raw option option_id=3 op=1 object_id=\$bound			#= val64=0x2
END
}

@test "get is refused on an attached device, an unknown operation passes" {
	has OPTION_SW_MSI_START || { no_series; return; }
	check <<END
$devices
option get sw-msi-start --object \$attached	#! EBUSY 6 device-attached
option get sw-msi-size --object \$attached	#! EBUSY 6 device-attached
sw-msi get \$attached				#! EBUSY 6 device-attached
raw option option_id=2 op=5 object_id=\$bound	#= return=0
raw option option_id=2 op=1 __reserved=1 object_id=99	#! EOPNOTSUPP 3 reserved-not-zero
END
}

@test "size: 0 needs no start, a number of MiB beyond 64 bits is refused" {
	has OPTION_SW_MSI_START || { no_series; return; }
	check <<END
$devices
option set sw-msi-size 0 --object \$bound	#= value=0
option set sw-msi-size 1 --object \$bound	#! EINVAL 1 sw-msi-no-start field=val64 | sw-msi-start of device 6 was never set
option set sw-msi-size 0x100000000000 --object \$bound	#! EINVAL 1 sw-msi-huge field=val64 | 17592186044416 MiB
option set sw-msi-start 0 --object \$bound	#= address=0x0
option set sw-msi-size 1 --object \$bound
END
}

@test "sw-msi set and get speak bytes and set the start first" {
	has OPTION_SW_MSI_START || { no_series; return; }
	check <<END
$devices
sw-msi get \$bound	#= device_id=6 user_window=false !start !last size=0
sw-msi set \$bound --start 0x70000000 --size 2M	#= device_id=6 user_window=true start=0x70000000 last=0x701fffff size=2097152
sw-msi get \$bound	#= user_window=true start=0x70000000 last=0x701fffff size=2097152
sw-msi set \$bound --start 0x60000000 --size 0	#= user_window=false start=0x60000000 !last size=0
sw-msi set \$bound --start 0x70000000 --size 1500K	#! - 2 - | --size: 1500K is not a multiple of 1 MiB
sw-msi set \$bound --start 0x7ff00000 --size 2M	#! EADDRINUSE 1 sw-msi-reserved | starts at 0x7ff00000 now, but its size cannot be set to 2M
sw-msi set \$ioas --start 0x70000000 --size 2M	#! ENOENT 5 no-object
END
	printf '%s\n' "$devices" 'sw-msi set $bound --start 0x70000000 --size 2M' >s
	iom -v batch s
	assert_success
	assert_line "device_id=6  user_window=yes  start=0x70000000  last=0x701fffff  size=2M"
	# start, then size
	assert_equal "$(sed -n 's/^> .*IOMMU_OPTION(.*option_id=\([a-z-]*\),.*op=set.*/\1/p' stderr)" \
		"sw-msi-start
sw-msi-size"
}

@test "a window moves what an SMMUv3 device reserves" {
	[ "$T_BACKEND" = emu ] || { no_series; return; }
	check <<'END'
ioas alloc as a
device open vfio0 as d
device attach $d $a
ioas iova-ranges $a	#= ranges=0-7ffffff,8100000-ffffffffffff
device detach $d
ioas iova-ranges $a	#= ranges=0-ffffffffffffffff
sw-msi set $d --start 0x70000000 --size 2M
device attach $d $a
ioas iova-ranges $a	#= ranges=0-6fffffff,70200000-ffffffffffff
ioas map $a --iova 0x8000000 --length 4K
ioas map $a --iova 0x70000000 --length 4K	#! EINVAL 1 iova-reserved | 0x70000000-0x701fffff
END
}

@test "only the device's own attachment, without a PASID, is in the way" {
	[ "$T_BACKEND" = emu ] || { no_series; return; }
	check --emu 'device=d,iommu=0,driver=arm-smmuv3;device=e,group=1;device=f,group=1' <<'END'
device open d as d
device open e as e
device open f as f
ioas alloc as a
hwpt alloc $d $a --pasid as h
device attach $d $h --pasid 5
sw-msi set $d --start 0x70000000 --size 2M
sw-msi get $d		#= user_window=true start=0x70000000
device attach $d $h
sw-msi get $d		#! EBUSY 6 device-attached
device attach $e $a
sw-msi get $e		#! EBUSY 6 device-attached
sw-msi set $f --start 0x60000000 --size 1M
device detach $e
sw-msi get $e		#= user_window=false size=0
END
}

@test "warnings: a start without a size, and a move without a detach" {
	[ "$T_BACKEND" = emu ] || { no_series; return; }
	check <<'END'
device open vfio0 as d
ioas alloc as a
ioas alloc as b
option set sw-msi-start 0x70000000 --object $d	#= !warnings
device attach $d $a	#= | "warnings":["device 1 has sw-msi-start 0x70000000 and sw-msi-size 0: | set start, then size, then attach"]
ioas iova-ranges $a	#= ranges=0-7ffffff,8100000-ffffffffffff
device detach $d
sw-msi set $d --start 0x70000000 --size 2M	#= !warnings
device attach $d $a	#= !warnings
device attach $d $a	#= !warnings
device attach $d $b	#= | "warnings":["device 1 moved without a detach: the series reserves the driver's window in ioas 3, not 0x70000000-0x701fffff; detach, then attach"]
ioas iova-ranges $b	#= ranges=0-7ffffff,8100000-ffffffffffff
sw-msi set $d --start 0x60000000 --size 2M	#! EBUSY 6 device-attached | hint":"set sw-msi-start, then sw-msi-size, before the attach
device detach $d
device attach $d $b	#= !warnings
ioas iova-ranges $b	#= ranges=0-6fffffff,70200000-ffffffffffff
device detach $d
sw-msi set $d --start 0x60000000 --size 0	#= | "warnings":["device 1 has sw-msi-start 0x60000000 and sw-msi-size 0
option set sw-msi-size 3 --object $d	#= !warnings
option set sw-msi-size 0 --object $d	#= | "warnings":["device 1 has sw-msi-start 0x60000000
raw option option_id=3 op=0 object_id=$d val64=1
device attach $d $a	#= !warnings
device detach $d
device open vfio1 as e
option set sw-msi-size 0 --object $e	#= !warnings
device attach $e $a	#= !warnings
END
	printf '%s\n' 'device open vfio0 as d' 'ioas alloc as a' \
		'option set sw-msi-start 0x70000000 --object $d' 'device attach $d $a' >s
	iom batch s
	assert_success
	assert_stderr "iommuctl: warning: line 4: device 1 has sw-msi-start 0x70000000 and sw-msi-size 0: the series maps interrupts at the start, but reserves the driver's window; set start, then size, then attach"
}
