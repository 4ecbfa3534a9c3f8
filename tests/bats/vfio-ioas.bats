#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# vfio-ioas: which IOAS the VFIO container interface works on; and ioas get-pa, which looks behind one.

load helper

@test "get, set, clear" {
	check <<'END'
vfio-ioas get		#! ENODEV 5 no-compat-ioas call=IOMMU_VFIO_IOAS | cannot tell the compatibility IOAS
vfio-ioas clear		#= cleared=true
ioas alloc as a
ioas alloc as b
vfio-ioas set $a	#= ioas_id=1
vfio-ioas get as c	#= ioas_id=1
vfio-ioas set --ioas $b	#= ioas_id=2
vfio-ioas get		#= ioas_id=2
ioas map $c --length 4K
vfio-ioas clear		#= cleared=true
vfio-ioas get		#! ENODEV 5 no-compat-ioas
END
}

@test "the choice goes with its ioas and does not hold it" {
	check <<'END'
ioas alloc as a
vfio-ioas set $a
object destroy $a
vfio-ioas get		#! ENODEV 5 no-compat-ioas
END
}

@test "set: what is no ioas leaves the choice alone" {
	check <<'END'
vfio-ioas set 9		#! ENOENT 5 no-object field=ioas_id | cannot make 9 the compatibility IOAS
ioas alloc as a
vfio-ioas set $a
mock add-device $a as d
vfio-ioas set $d	#! ENOENT 5 no-object field=ioas_id
vfio-ioas set $d.hwpt_id	#! ENOENT 5 no-object
vfio-ioas set 0		#! ENOENT 5 no-object
vfio-ioas get		#= ioas_id=1
raw vfio-ioas op=3	#! EOPNOTSUPP 3 value-unsupported
raw vfio-ioas op=get __reserved=1	#! EOPNOTSUPP 3 reserved-not-zero
END
	iom vfio-ioas set
	usage_error "missing --ioas"
}

@test "get-pa is sent only where 0x95 means it, and says why not" {
	if has IOAS_NOIOMMU_GET_PA && [ "$IOMMUCTL_NR_0X95_IS" = ioas-noiommu-get-pa ]; then
		has_cap "$CAP_SYS_RAWIO" || {
			check <<<"ioas get-pa 9 --iova 0x1000000	#! EPERM 4 no-rawio"
			return
		}
		check <<'END'
ioas alloc as a
ioas get-pa $a --iova 0x1000000	#! ENOENT 5 nothing-mapped call=IOMMU_IOAS_NOIOMMU_GET_PA
ioas get-pa $a --iova 0x1000000 --length 0	#! EINVAL 1 length-zero
ioas get-pa $a --iova 0xffffffffffffffff	#! EOVERFLOW 1 iova-max
ioas get-pa 9 --iova 0x1000000	#! ENOENT 5 no-object field=ioas_id
ioas map $a --iova 0x1000000 --length 4K
mock add-device $a
ioas get-pa $a --iova 0x1000000 --length 4K	#! EOPNOTSUPP 3 not-noiommu
END
		return
	fi
	check <<'END'
ioas alloc as a
ioas get-pa $a --iova 0x1000000	#! - 3 - | IOMMU_IOAS_NOIOMMU_GET_PA is not sent to this kernel | number 0x95 is
ioas get-pa 9 --iova 0x1000000 --length 4K	#! - 3 - | nothing was sent
END
}

@test "get-pa: nothing but questions leaves the program where the call is absent" {
	has IOAS_NOIOMMU_GET_PA && return
	iom -v ioas get-pa 1 --iova 0x1000000
	assert_equal "$status" 3
	[[ $stderr != *"IOMMU_IOAS_NOIOMMU_GET_PA("* ]] || fail "$stderr"
	iom --dry-run ioas get-pa 1 --iova 0x1000000 --length 4K
	assert_success
	[[ $output == *IOMMU_IOAS_NOIOMMU_GET_PA* ]] || fail "$output"
}
