#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# ioas get-pa and devices without an IOMMU. The emulator's machine can have such a device; the guest
# of the kernel tier has none (tests/vm/noiommu binds one), and there only the refusals are asked for.

load helper

machine='device=noiommu-vfio0,bdf=0000:00:04.0,iommu=none;device=vfio0,bdf=0000:00:02.0,iommu=0;device=noiommu-vfio1,iommu=none'

# Whether this process may open such a device; without the right it is refused, and that is checked.
may_open()
{
	[ "$T_BACKEND" = emu ] || {
		iom_json device open noiommu-vfio0
		[[ $status == 3 || $status == 5 ]]
		return 1
	}
	has_cap "$CAP_SYS_RAWIO" && return 0
	iom_json --emu "$machine" device open noiommu-vfio0
	assert_equal "$status" 4
	assert_stderr_has '"errno":"EPERM"' CAP_SYS_RAWIO
	return 1
}

@test "the order of checks where no such device is attached" {
	has_cap "$CAP_SYS_RAWIO" || {
		check <<<"ioas get-pa 9 --iova 0	#! EPERM 4 no-rawio | CAP_SYS_RAWIO"
		return
	}
	check <<'END'
ioas alloc as a
raw ioas-noiommu-get-pa flags=1 __reserved=1	#! EOPNOTSUPP 3 reserved-not-zero
raw ioas-noiommu-get-pa flags=1		#! EOPNOTSUPP 3 flag-unknown field=flags
ioas get-pa 9 --iova 0xffffffffffffffff --length 0	#! EINVAL 1 length-zero
ioas get-pa 9 --iova 0xffffffffffffffff	#! EOVERFLOW 1 iova-max
ioas get-pa 9 --iova 0x1000		#! ENOENT 5 no-object field=ioas_id
ioas get-pa $a --iova 0x1000		#! ENOENT 5 nothing-mapped field=iova
ioas map $a --iova 0x1000000 --length 8K
ioas get-pa $a --iova 0x1001fff		#! EOPNOTSUPP 3 not-noiommu field=ioas_id | of ioas 1
ioas get-pa $a --iova 0x1002000		#! ENOENT 5 nothing-mapped
mock add-device $a as d
ioas get-pa $a --iova 0x1000000		#! EOPNOTSUPP 3 not-noiommu
mock dmabuf get --length 4K as b
ioas map-file $a --file-fd $b --length 4K --iova 0x2000000
ioas get-pa $a --iova 0x2000000		#! EOPNOTSUPP 3 not-noiommu
mock dmabuf revoke $b
ioas get-pa $a --iova 0x2000000		#! EINVAL 1 dmabuf-revoked field=iova
END
}

@test "without CAP_SYS_RAWIO nothing is told" {
	limited prog sys_rawio
	T_IOMMUCTL=$T/prog check <<'END'
ioas alloc as a
ioas map $a --iova 0x1000000 --length 4K
ioas get-pa $a --iova 0x1000000	#! EPERM 4 no-rawio | CAP_SYS_RAWIO
END
	[ "$T_BACKEND" = emu ] || return 0
	T_IOMMUCTL=$T/prog check --emu "$machine" <<'END'
device open noiommu-vfio0	#! EPERM 4 - | cannot open /dev/vfio/devices/noiommu-vfio0 | CAP_SYS_RAWIO
device open vfio0
END
}

@test "addresses: the offset in a page, what is contiguous, the same memory twice" {
	may_open || return 0
	check --emu "$machine" <<'END'
device open 00:04.0 as d	#= device_id=1 path=/dev/vfio/devices/noiommu-vfio0 pci_address=0000:00:04.0
ioas alloc as a
device attach $d $a	#= hwpt_id=3
ioas iova-ranges $a	#= iova_alignment=4096 ranges=0-ffffffffffffffff
ioas map $a --length 16K --iova 0x1000000 as m
ioas get-pa $a --iova 0x1000000	#= ioas_id=2 iova=0x1000000 phys=0x100000000 length=1
ioas get-pa $a --iova 0x1000800 --length 1M	#= phys=0x100000800 length=14336
ioas get-pa $a --iova 0x1003fff --length 1M	#= phys=0x100003fff length=1
ioas get-pa $a --iova 0x1001000 --length 5000	#= phys=0x100001000 length=5000
ioas map $a --user-va $m.user_va --length 4K --iova 0x2000000
ioas get-pa $a --iova 0x2000000 --length 4K	#= phys=0x100000000 length=4096
ioas map $a --length 8M --iova 0x4000000
ioas get-pa $a --iova 0x4000000 --length 8M	#= phys=0x100400000 length=2097152
ioas get-pa $a --iova 0x41ff000 --length 8M	#= phys=0x1005ff000 length=4096
ioas get-pa $a --iova 0x4200000 --length 8M	#= phys=0x100800000 length=2097152
END
	value_of 7 phys
	assert_equal "$REPLY" 0x100000800
}

@test "a file and a BAR have places of their own" {
	may_open || return 0
	check --emu "$machine" <<'END'
device open noiommu-vfio0 as d
ioas alloc as a
device attach $d $a
ioas map-file $a --length 16K --iova 0x1000000
ioas get-pa $a --iova 0x1000000 --length 64K	#= phys=0x100000000 length=16384
device dma-buf $d --region bar4 --offset 4K --length 8K as b
ioas map-file $a --file-fd $b --offset 4K --length 4K --iova 0x2000000
ioas get-pa $a --iova 0x2000010 --length 64K	#= phys=0xe0042010 length=4080
mock dmabuf get --length 8K as k
ioas map-file $a --file-fd $k --length 8K --iova 0x3000000
ioas get-pa $a --iova 0x3000000 --length 64K	#= length=8192
device reset $d
ioas get-pa $a --iova 0x2000010	#! EINVAL 1 dmabuf-revoked
END
}

@test "the oldest page table of an ioas decides; the others are no matter" {
	may_open || return 0
	check --emu "$machine" <<'END'
device open noiommu-vfio0 as d
device open vfio0 as v
ioas alloc as a
ioas map $a --length 4K --iova 0x1000000
device attach $v $a as vpt
device attach $d $a as same
ioas get-pa $a --iova 0x1000000	#! EOPNOTSUPP 3 not-noiommu
hwpt alloc $d $a as h
ioas get-pa $a --iova 0x1000000	#! EOPNOTSUPP 3 not-noiommu
device attach $d $h
device detach $v
ioas get-pa $a --iova 0x1000000	#= length=1
device attach $v $a
ioas get-pa $a --iova 0x1000000	#= length=1
END
}

@test "a device without an IOMMU: what it has not" {
	may_open || return 0
	check --emu "$machine" <<'END'
device open noiommu-vfio0 as d
device open noiommu-vfio1 as e
ioas alloc as a
hwpt alloc $d $a as h	#= hwpt_id=4
hwpt alloc $d $a --nest-parent	#! EOPNOTSUPP 3 noiommu-plain field=dev_id | noiommu-vfio0) is behind no IOMMU
hwpt alloc $d $a --dirty-tracking	#! EOPNOTSUPP 3 noiommu-plain
device hw-info $d	#! EOPNOTSUPP 3 noiommu
device attach $d $h
device attach $e $h
device attach $d $a --pasid 1	#! EINVAL 1 pasid-page-table
ioas map $a --iova 0x1000 --length 4K
device detach $d
device detach $e
object destroy $h
END
	iom --emu 'device=edu0,iommu=none' device open edu0
	usage_error "a device without an IOMMU is named noiommu-..., not 'edu0'"
}

@test "a machine whose 0x95 is a call of a series does not get it" {
	needs_emulator
	check --emu abi=tsm-rfc1 <<'END'
ioas alloc as a
ioas get-pa $a --iova 0x1000	#! - 3 - | is not sent to this kernel | vdevice-tsm-op | leave the series out of --emu abi=... | nothing was sent
END
}
