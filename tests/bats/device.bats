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

@test "open by PCI address: with and without domain, and addresses that are none" {
	has_devices || {
		check <<'END'
device open 7f:1f.7	#! - 5 - | there is no PCI device 0000:7f:1f.7 | --backend emu
device open 0000:00:1f	#! - 2 - | --path: '0000:00:1f' is no PCI address
END
		return
	}
	check <<'END'
device open 00:02.0	#= device_id=1 path=/dev/vfio/devices/vfio0 pci_address=0000:00:02.0
device open 0000:00:03.0	#= device_id=2 path=/dev/vfio/devices/vfio1 pci_address=0000:00:03.0
device open 00:04.0	#! - 5 - | the emulated machine has no PCI device 0000:00:04.0 | bdf=0000:00:04.0
device open 00:2.0	#! - 2 - | --path: '00:2.0' is no PCI address | 0000:00:03.0
device open 00:20.0	#! - 2 - | is no PCI address
device open 00:02.8	#! - 2 - | is no PCI address
device open 00:02	#! - 2 - | is no PCI address
END
	check --emu 'device=edu0,bdf=ABCD:EF:1f.7' <<<"device open abcd:ef:1f.7	#= path=/dev/vfio/devices/edu0 pci_address=abcd:ef:1f.7"
	check --emu 'device=edu0' <<<"device open 00:02.0	#! - 5 - | no PCI device"
	iom --emu 'device=edu0,bdf=00:2' device open edu0
	usage_error "bad PCI address" 00:2
}

# A PCI device below ./root, with a driver and a VFIO node where named: pci ADDRESS [DRIVER [NODE]].
pci()
{
	local dir=root/sys/bus/pci/devices/$1

	mkdir -p "$dir" root/sys/bus/pci/drivers
	[ -z "${2-}" ] || ln -s "../../drivers/$2" "$dir/driver"
	[ -z "${3-}" ] || mkdir -p "$dir/vfio-dev/$3"
}

@test "open by PCI address: what sysfs says, below --sysroot" {
	pci 0000:00:03.0 vfio-pci vfio7
	pci 0000:00:04.0 e1000e
	pci 0000:00:05.0
	pci 0000:00:06.0 vfio-pci
	iom -b kernel --sysroot root --dry-run -j device open 00:03.0
	assert_success
	[[ $output == *VFIO_DEVICE_BIND_IOMMUFD* ]] || fail "$output"
	iom -b kernel --sysroot root device open 00:04.0
	assert_equal "$status" 5
	assert_stderr_has "VFIO does not have the PCI device 0000:00:04.0" \
		"fact: 0000:00:04.0 is bound to the driver e1000e" \
		"hint: cd /sys/bus/pci/devices/0000:00:04.0; echo vfio-pci >driver_override; echo 0000:00:04.0 >driver/unbind; echo 0000:00:04.0 >/sys/bus/pci/drivers_probe"
	iom -b kernel --sysroot root device open 00:05.0
	assert_equal "$status" 5
	assert_stderr_has "0000:00:05.0 is bound to no driver" "echo 0000:00:05.0 >/sys/bus/pci/drivers_probe"
	[[ $stderr != *unbind* ]] || fail "$stderr"
	iom -b kernel --sysroot root device open 00:06.0
	assert_equal "$status" 3
	assert_stderr_has "VFIO has no character device of 0000:00:06.0" "CONFIG_VFIO_DEVICE_CDEV"
	iom -b kernel --sysroot root device open 00:07.0
	assert_equal "$status" 5
	assert_stderr_has "there is no PCI device 0000:00:07.0" "lspci -D"
	[[ $stderr != *fact:* ]] || fail "$stderr"
}

@test "tokens: words that are no UUID, devices that take none" {
	local token=14d63f20-8445-11ea-8900-1f9ce7d5650d

	check <<END
device open vfio0 --token 14d63f20	#! - 2 - | --token: '14d63f20' is no UUID
device open vfio0 --token {$token}	#! - 2 - | is no UUID
device open vfio0 --token ${token}0	#! - 2 - | is no UUID
device open vfio0 --token ''	#! - 2 - | --token: the value is empty
END
	iom --dry-run device open vfio0 --token "$token"
	assert_success
	[[ $output == *"flags=token"* ]] || fail "$output"
	has_devices || return 0
	check <<END
device open vfio0 --token $token	#! EINVAL 1 token-misuse field=flags | vfio0 has no VF token
device open vfio0
raw vfio-feature-pci-vf-token --dev 1 flags=0x20000	#! ENOTTY 3 feature-absent
END
}

@test "tokens: a PF sets it, its VFs need it" {
	has_devices || return 0
	local one=14d63f20-8445-11ea-8900-1f9ce7d5650d two=aa000000-0000-0000-0000-000000000000

	check --emu 'device=pf,bdf=01:00.0;device=vf0,pf=pf;device=vf1,pf=pf;device=vf2,pf=host' <<END
device open vf0		#! EACCES 4 token-missing field=flags | vf0 was opened without a VF token
device open vf0 --token $one	#! EACCES 4 token-wrong field=token_uuid_ptr | vf0 takes another VF token
device open 01:00.0 --token $one as pf
device open vf0 --token $two	#! EACCES 4 token-wrong
device open vf0 --token ${one^^}
raw vfio-feature-pci-vf-token --dev \$pf flags=0x20000 uuid=0xaa
device open vf1 --token $one	#! EACCES 4 token-wrong
device open vf1 --token $two
raw vfio-feature-pci-vf-token --dev \$pf flags=0x10000	#! EINVAL 1 value-refused
device open vf2 --token $one	#! EINVAL 1 token-misuse | vf2 has no VF token
device open vf2
END
	# while functions are open, the PF takes the present token only
	check --emu 'device=pf,bdf=01:00.0;device=vf0,pf=pf' <<END
device open pf --token $one
device open vf0 --token $one
END
	iom --emu 'device=vf0,pf=nobody' device open vf0
	usage_error "no device that could be the PF:" nobody
	iom --emu 'device=a,pf=b;device=b,pf=a' device open a
	usage_error "no device that could be the PF:" b
}
