#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# The checks that every call goes through before its handler, in the kernel's order.

load helper

# call, smallest size, full size: the 7.3 table
table='DESTROY 8 8
IOAS_ALLOC 12 12
IOAS_ALLOW_IOVAS 24 24
IOAS_COPY 40 40
IOAS_IOVA_RANGES 32 32
IOAS_MAP 40 40
IOAS_UNMAP 24 24
OPTION 24 24
VFIO_IOAS 12 12
HWPT_ALLOC 24 48
GET_HW_INFO 32 40
HWPT_SET_DIRTY_TRACKING 16 16
HWPT_GET_DIRTY_BITMAP 48 48
HWPT_INVALIDATE 32 32
FAULT_QUEUE_ALLOC 16 16
IOAS_MAP_FILE 40 40
VIOMMU_ALLOC 24 40
VDEVICE_ALLOC 24 24
IOAS_CHANGE_PROCESS 8 8
VEVENTQ_ALLOC 28 32
HW_QUEUE_ALLOC 40 40
IOAS_NOIOMMU_GET_PA 40 40'

# The table as a script, by a line in which NAME, MIN, FULL BELOW (MIN - 1), LAST (FULL + 10),
# OVER (FULL + 11) stand for the call's; a call that is not there is ENOTTY whatever it is sent.
each()
{
	local name min full line

	while read -r name min full; do
		line=${1//NAME/IOMMU_$name}
		line=${line//MIN/$min}
		line=${line//BELOW/$((min - 1))}
		line=${line//LAST/$((full + 10))}
		line=${line//OVER/$((full + 11))}
		has "$name" || line="${line%%	*}	#! ENOTTY 3 ioctl-unknown call=IOMMU_$name"
		printf '%s\n' "${line//FULL/$full}"
	done <<<"$table"
}

@test "a size below the smallest is EINVAL for every call" {
	each 'raw NAME --size 4	#! EINVAL 1 size-too-small field=size call=NAME | size is 4, at least MIN is needed' >s
	check <s
	each 'raw NAME --size BELOW	#! EINVAL 1 size-too-small | size is BELOW, at least MIN' >s
	check <s
}

@test "something behind the struct is E2BIG for every call, before the handler looks" {
	each 'raw NAME --size OVER --tail 00000000000000000000ff	#! E2BIG 1 tail-not-zero field=size call=NAME | byte LAST is not zero | FULL bytes | OVER' >s
	check <s
}

@test "the size comes before flags, flags before ids" {
	check <<'END'
raw ioas-map --size 39 flags=0x80 ioas_id=99	#! EINVAL 1 size-too-small
raw ioas-map --size 44 --tail 01000000 flags=0x80	#! E2BIG 1 tail-not-zero
raw ioas-map flags=0x80 ioas_id=99		#! EOPNOTSUPP 3 flag-unknown
raw ioas-map flags=7 ioas_id=99 length=4096	#! ENOENT 5 no-object
raw ioas-alloc --size 4 flags=1			#! EINVAL 1 size-too-small
raw ioas-alloc flags=1				#! EOPNOTSUPP 3 flag-unknown
END
}

@test "ids: 0, absent, gone, of another type are all ENOENT" {
	check <<'END'
ioas alloc as a
ioas alloc as b
object destroy $b
mock add-device $a as d
raw ioas-iova-ranges ioas_id=0	#! ENOENT 5 no-object | ioas_id is 0, which is never an object
raw ioas-iova-ranges ioas_id=99	#! ENOENT 5 no-object | no ioas 99
raw ioas-iova-ranges ioas_id=0xffffffff	#! ENOENT 5 no-object | 4294967295
raw ioas-iova-ranges ioas_id=$d.hwpt_id	#! ENOENT 5 no-object | hwpt
END
}

@test "numbers of patch series are not even sent where they are unknown" {
	local machine=()

	# the emulator as a plain 7.3 is asked like a kernel
	[ "$T_BACKEND" = kernel ] || machine=(--emu 'abi=7.3')
	check "${machine[@]}" <<'END'
raw vdevice-tsm-op		#! - 3 - | is not sent to this kernel | 0x95
raw vdevice-tsm-guest-request --abi tsm-rfc1	#! - 3 - | number 0x96 is absent in this kernel
raw vdevice-tsm-map		#! - 3 - | number 0x97 is absent
END
}

@test "a fd that is no iommufd answers ENOTTY" {
	exec 9</dev/null
	iom_json -b kernel --fd 9 ioas alloc
	exec 9<&-
	assert_equal "$status" 3
	assert_stderr_has '"errno":"ENOTTY"' '"cause":"fd-not-iommufd"' "fd 9 is /dev/null"
}

@test "probe finds the sizes of the table by E2BIG" {
	local name min full var

	while read -r name min full; do
		var=IOMMUCTL_SIZE_$name
		if has "$name"; then
			assert_equal "$name ${!var}" "$name $full"
		else
			assert_equal "${!var}" ""
		fi
	done <<<"$table"
}
