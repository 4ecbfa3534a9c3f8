#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# device: VFIO character devices, opened, attached, detached. The emulator's default machine has
# two; a guest without any says so.

load helper

has_devices()
{
	[ "$T_BACKEND" = emu ]
}

# What a kernel without VFIO devices answers: not found, or no character devices at all.
no_devices()
{
	iom_json device open vfio0
	[[ $status == 3 || $status == 5 ]]
	assert_output ""
	assert_stderr_has '"errno":"ENOENT"' "cannot open /dev/vfio/devices/vfio0" '"fact":"' "--backend emu"
}

@test "open: a device that is not there" {
	check <<'END'
device open vfio77	#! ENOENT 5 - | cannot open /dev/vfio/devices/vfio77 | vfio77 | --backend emu
device open /dev/vfio/devices/vfio78	#! ENOENT 5 - | cannot open /dev/vfio/devices/vfio78
END
	iom device open /nonexistent/vfio0
	if [ "$T_BACKEND" = emu ]; then
		assert_equal "$status" 5
	else
		assert_equal "$status" 3
	fi
	assert_output ""
	assert_stderr_has "cannot open /nonexistent/vfio0" ENOENT
}

@test "open: names that cannot be" {
	local long

	long=$(printf '%0300d' 0)
	check <<END
device open		#! - 2 - | missing --path
device open ''		#! - 2 - | --path: the value is empty
device open $long	#! - 2 - | --path: longer than
END
}

@test "attach and detach of a device that was not opened" {
	check <<'END'
ioas alloc as a
device attach 7 $a	#! - 5 - | this context opened no VFIO device with id 7 | device open
device detach 7		#! - 5 - | this context opened no VFIO device with id 7
mock add-device $a as d
device detach $d	#! - 5 - | id 3 | mock replace
END
}

@test "open, attach, detach, and what each device reserves" {
	has_devices || { no_devices; return; }
	check <<'END'
device open vfio0 as d	#= device_id=1 path=/dev/vfio/devices/vfio0 fd=*
device open /dev/vfio/devices/vfio1 as e	#= device_id=2 path=/dev/vfio/devices/vfio1
ioas alloc as a		#= ioas_id=3
device attach $d $a	#= device_id=1 hwpt_id=4
ioas iova-ranges $a	#= ranges=0-7ffffff,8100000-ffffffffffff
ioas map $a --iova 0x8000000 --length 4K	#! EINVAL 1 iova-reserved field=iova | iova 0x8000000 lies in reserved region 0x8000000-0x80fffff (sw-msi) of vfio0
device detach $d	#= device_id=1
device detach $d	#= device_id=1
ioas iova-ranges $a	#= ranges=0-ffffffffffffffff
device attach $e $a	#= hwpt_id=4
ioas iova-ranges $a	#= ranges=0-fedfffff,fef00000-7fffffffffff
ioas map $a --iova 0xfee00000 --length 4K	#! EINVAL 1 iova-reserved | iova 0xfee00000 lies in reserved region 0xfee00000-0xfeefffff (msi) of vfio1
END
}

@test "attach moves a device, and is refused where something is in the way" {
	has_devices || { no_devices; return; }
	check <<'END'
device open vfio0 as d
ioas alloc as a
ioas alloc as b
device attach --dev $d --pt $a	#= hwpt_id=4
device attach $d $b	#= hwpt_id=5
ioas iova-ranges $a	#= ranges=0-ffffffffffffffff
ioas map $a --iova 0x8000000 --length 4K
device attach $d $a	#! EADDRINUSE 1 mapping-in-the-way call=VFIO_DEVICE_ATTACH_IOMMUFD_PT
ioas unmap $a --all
ioas allow-iovas $a 0x8000000-0x8000fff
device attach $d $a	#! EADDRINUSE 1 allowed-in-the-way
ioas allow-iovas $a --none
device attach $d $a	#= hwpt_id=4
device attach $d 99	#! ENOENT 5 no-object field=pt_id | 99
device attach $d $d	#! EINVAL 1 pt-wrong-kind field=pt_id | id 1 is a device
device attach $d $a --pasid 5	#! EINVAL 1 pasid-page-table
device detach $d --pasid 5
END
}

@test "open twice, and what an open device holds" {
	has_devices || { no_devices; return; }
	check <<'END'
device open vfio0 as d
device open vfio0	#! EINVAL 1 bound-elsewhere call=VFIO_DEVICE_BIND_IOMMUFD | /dev/vfio/devices/vfio0
ioas alloc as a
device attach $d $a as t
object destroy $d	#! EBUSY 6 object-held | device 1 is in use
object destroy $t	#! EBUSY 6 object-held | 3 is in use
object destroy $a	#! EBUSY 6 object-held | 2 is in use
device detach $d
object destroy $a
END
}

@test "raw calls on a device" {
	has_devices || {
		check <<<"raw vfio-device-get-info	#! - 2 - | needs a VFIO device: --dev"
		return
	}
	check <<'END'
raw vfio-device-get-info	#! - 2 - | VFIO_DEVICE_GET_INFO needs a VFIO device: --dev
device open vfio0 as d
raw vfio-device-get-info --dev $d	#= return=0 num_regions=9 num_irqs=5
raw vfio-device-attach-iommufd-pt --dev $d flags=0x80	#! EINVAL 1 flag-unknown field=flags | 0x80
raw vfio-device-attach-iommufd-pt --dev $d --size 8	#! EINVAL 1 size-too-small field=argsz | argsz is 8
raw vfio-device-bind-iommufd --dev $d	#! EINVAL 1 already-bound | device 1
raw vfio-device-reset --dev $d		#= return=0
raw vfio-feature-migration --dev $d flags=0x10001	#! ENOTTY 3 feature-absent
END
}

@test "machines of one's own, and wrong ones" {
	has_devices || { no_devices; return; }
	check --emu 'device=edu0,aperture=0x10000-0xffffff,resv=0x20000-0x2ffff:direct,iommu=4,group=9' <<'END'
device open edu0 as d
device open vfio0	#! ENOENT 5 - | vfio0
ioas alloc as a
device attach $d $a
ioas iova-ranges $a	#= ranges=10000-1ffff,30000-ffffff
END
	iom --emu 'device=x,colour=red' ioas alloc
	usage_error "colour"
	iom --emu 'abi=9.9' ioas alloc
	usage_error "9.9"
	iom --emu 'nonsense' ioas alloc
	usage_error "nonsense"
	iom --emu 'device=a;device=a' ioas alloc
	usage_error "two devices" a
}
