#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# raw: any call, any field, also wrong ones; and calls of no released kernel never sent to one.

load helper

@test "every field by name, in numbers and words, with the answer" {
	check <<'END'
raw IOMMU_IOAS_ALLOC		#= call=IOMMU_IOAS_ALLOC code=0x3b81 return=0 size=12 flags=0 out_ioas_id=1
raw ioas-alloc flags=0		#= out_ioas_id=2
raw ioas-map ioas_id=1 flags=fixed-iova|writeable|readable user_va=0x10000 length=0x1000 iova=65536	#= flags=7 user_va=0x10000 length=4096 iova=0x10000
raw ioas-map ioas_id=1 flags=4 user_va=0x10000 length=8192	#= iova=0x2000
raw --call ioas-unmap --set ioas_id=1 --set iova=0 --set length=0xffffffffffffffff	#= length=12288
raw destroy id=2		#= return=0
raw option option_id=huge-pages op=get object_id=1	#= val64=0x1
END
	iom raw ioas-alloc
	assert_success
	assert_output "call=IOMMU_IOAS_ALLOC  code=0x3b81  return=0  fields.size=12  fields.flags=0  fields.out_ioas_id=1"
	iom raw ioas-alloc --get fields.out_ioas_id
	assert_success
	assert_output 1
}

@test "buffers: buf, hex and @file, shown after the call" {
	printf '\0\0\0\1\0\0\0\0\377\377\377\1\0\0\0\0' >range
	check <<'END'
ioas alloc as a
raw ioas-allow-iovas ioas_id=$a num_iovas=1 allowed_iovas=@range	#= return=0
ioas map $a --length 4K		#= iova=0x1000000
raw ioas-allow-iovas ioas_id=$a num_iovas=1 allowed_iovas=hex:00000000010000000fffffff01000000	#= | "buffers":[{"field":"allowed_iovas","data":"00000000010000000fffffff01000000"}]
ioas map $a --length 4K		#= iova=0x100000000
raw ioas-iova-ranges ioas_id=$a num_iovas=1 allowed_iovas=buf:16	#= num_iovas=1 out_iova_alignment=1 data=0000000000000000ffffffffffffffff
raw ioas-iova-ranges ioas_id=$a num_iovas=1 allowed_iovas=buf:17M	#! - 2 - | allowed_iovas: buf: takes a size up to 16M
raw ioas-iova-ranges ioas_id=$a allowed_iovas=hex:0	#! - 2 - | hex digits in pairs
raw ioas-iova-ranges ioas_id=$a allowed_iovas=@nowhere	#! ENOENT 5 - | cannot read nowhere
END
}

@test "size: too small, exact, larger with zeros, larger with something" {
	check <<'END'
raw ioas-alloc --size 11	#! EINVAL 1 size-too-small field=size call=IOMMU_IOAS_ALLOC | size is 11, at least 12 is needed
raw ioas-alloc --size 0		#! EINVAL 1 size-too-small | size is 0
raw ioas-alloc --size 12	#= out_ioas_id=1
raw ioas-alloc --size 200	#= out_ioas_id=2
raw ioas-alloc --size 65536	#= out_ioas_id=3
raw ioas-alloc --size 16 --tail 00000000	#= out_ioas_id=4
raw ioas-alloc --size 16 --tail 00000001	#! E2BIG 1 tail-not-zero field=size | byte 15 is not zero | 12 bytes | 16
raw ioas-alloc --size 15 --tail 00000001	#= out_ioas_id=5
raw ioas-alloc --size 65537	#! - 2 - | --size: 65537 is more than 65536
raw ioas-alloc --tail xyz	#! - 2 - | --tail: hex digits in pairs
END
}

@test "size: members behind it count as zero" {
	check <<'END'
ioas alloc as a
raw ioas-copy --size 39 src_ioas_id=$a dst_ioas_id=$a	#! EINVAL 1 size-too-small | size is 39, at least 40
raw test-mock-domain id=$a --size 8	#! EINVAL 1 size-too-small field=size
END
	has HWPT_ALLOC || return 0
	check <<'END'
ioas alloc as a
mock add-device $a as d
raw hwpt-alloc --size 23 dev_id=$d pt_id=$a	#! EINVAL 1 size-too-small | at least 24
raw hwpt-alloc --size 24 dev_id=$d pt_id=$a data_type=77	#= out_hwpt_id=*
END
}

@test "reserved members, unknown flags, wrong types" {
	check <<'END'
ioas alloc as a
mock add-device $a as d
raw ioas-map ioas_id=$a flags=6 __reserved=1 length=4096	#! EOPNOTSUPP 3 reserved-not-zero field=__reserved
raw ioas-iova-ranges ioas_id=$a __reserved=1	#! EOPNOTSUPP 3 reserved-not-zero
raw ioas-allow-iovas ioas_id=$a __reserved=1	#! EOPNOTSUPP 3 reserved-not-zero
raw ioas-change-process __reserved=1		#! EOPNOTSUPP 3 reserved-not-zero
raw ioas-alloc --abi tsm-rfc1			#= call=IOMMU_IOAS_ALLOC
raw vfio-ioas op=get __reserved=1		#! EOPNOTSUPP 3 reserved-not-zero
raw ioas-alloc flags=0x80000000			#! EOPNOTSUPP 3 flag-unknown | 0x80000000
raw ioas-iova-ranges ioas_id=$d			#! ENOENT 5 no-object | id 3 is a device, an ioas is needed
raw ioas-unmap ioas_id=$d.mock_id iova=0 length=1	#! ENOENT 5 no-object | id 2 is a selftest
END
}

@test "vfio-ioas: get, set, clear" {
	check <<'END'
ioas alloc as a
raw vfio-ioas op=get		#! ENODEV 5 no-compat-ioas call=IOMMU_VFIO_IOAS
raw vfio-ioas op=set ioas_id=99	#! ENOENT 5 no-object field=ioas_id
raw vfio-ioas op=set ioas_id=$a	#= return=0
raw vfio-ioas op=get		#= ioas_id=1
raw vfio-ioas op=clear
raw vfio-ioas op=get		#! ENODEV 5 no-compat-ioas
raw vfio-ioas op=77		#! EOPNOTSUPP 3 value-unsupported
END
}

@test "words that are no call, no field, no value" {
	check <<'END'
raw				#! - 2 - | missing --call
raw ioas-mop			#! - 2 - | there is no call 'ioas-mop' | did you mean ioas-map?
raw ioas-map ioas=1		#! - 2 - | IOMMU_IOAS_MAP has no field 'ioas' | did you mean ioas_id?
raw ioas-map zzzzzzzzz=1	#! - 2 - | fields: size, flags, ioas_id
raw ioas-map ioas_id=0x100000000	#! - 2 - | ioas_id: '0x100000000' does not fit 4 bytes
raw ioas-map ioas_id=one	#! - 2 - | ioas_id: 'one' is neither a number nor a name it knows
raw ioas-map flags=readable|soft	#! - 2 - | flags: 'readable|soft'
raw ioas-map ioas_id=-1		#! - 2 - | ioas_id: '-1'
raw ioas-map ioas_id		#! - 2 - | 'ioas_id' is not FIELD=VALUE
raw ioas-map =1			#! - 2 - | '=1' is not FIELD=VALUE
raw vdevice-tsm-op --abi none	#! - 2 - | --abi: no call is of 'none'
END
}

@test "calls of no released kernel: refused before anything is sent" {
	local call machine=()

	[ "$T_BACKEND" = kernel ] || machine=(--emu 'abi=7.3')
	for call in vdevice-tsm-op vdevice-tsm-guest-request vdevice-tsm-map; do
		iom -j -v "${machine[@]}" raw "$call"
		assert_equal "$status" 3
		assert_output ""
		# asked what the number means, sent nothing with it
		[[ $stderr != *"TSM"*"("* || $stderr != *"> ["* ]] || fail "sent: $stderr"
		assert_stderr_has "is not sent to this kernel" "nothing was sent"
		# -v and the error share stderr: only the error is a document
		printf '%s\n' "${stderr##*$'\n'}" >>"$DOCS"
	done
}

@test "0x95: the released meaning is told apart from the unmerged one" {
	if has IOAS_NOIOMMU_GET_PA; then
		assert_equal "$IOMMUCTL_NR_0X95_IS" ioas-noiommu-get-pa
		has_cap "$CAP_SYS_RAWIO" || {
			check <<<"raw ioas-noiommu-get-pa ioas_id=99 length=1	#! EPERM 4 no-rawio"
			return
		}
		check <<'END'
ioas alloc as a
raw ioas-noiommu-get-pa ioas_id=$a iova=0x1000 length=4096	#! ENOENT 5 nothing-mapped
raw ioas-noiommu-get-pa ioas_id=$a iova=0x1000		#! EINVAL 1 length-zero
raw ioas-noiommu-get-pa ioas_id=99 length=1		#! ENOENT 5 no-object
raw ioas-noiommu-get-pa ioas_id=$a iova=0xffffffffffffffff length=1	#! EOVERFLOW 1 iova-max
END
	else
		check <<'END'
raw ioas-noiommu-get-pa	#! ENOTTY 3 ioctl-unknown | 0x3b95
END
	fi
}

@test "dry-run shows the struct and issues nothing" {
	iom_json --dry-run raw ioas-map ioas_id=1 flags=readable length=4096 --size 38
	assert_success
	[[ $output == '{"schema":"iommuctl.dry-run/1",'* ]]
	[[ $output == *'"call":"IOMMU_IOAS_MAP"'*'"name":"size","value":38'*'"name":"ioas_id","value":1'* ]]
	iom -v --dry-run raw vdevice-tsm-op
	assert_success
	[[ $stderr != *"> ["* ]]
}
