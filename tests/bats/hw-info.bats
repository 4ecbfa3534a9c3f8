#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# device hw-info: type, registers and capabilities of the IOMMU behind a device.

load helper

@test "a mock device: selftest data" {
	check <<'END'
ioas alloc as a
mock add-device $a as d
device hw-info $d	#= type=selftest type_id=0xfeedbeef data_len=8 max_pasid_log2=0 | "register":"test_reg","value":"0xdeadbeef" | "dirty-tracking" | "features":[]
device hw-info $d --type selftest	#= type=selftest
mock add-device $a --pasid as pasid
device hw-info $pasid	#= max_pasid_log2=20
mock add-device $a --no-dirty as plain
device hw-info $plain	#= | "capabilities":["pci-ats-not-supported"]
END
}

@test "refusals" {
	check <<'END'
ioas alloc as a
mock add-device $a as d
device hw-info $d --type intel-vtd	#! EOPNOTSUPP 3 hw-type field=in_data_type | 0x1
device hw-info $d --type red	#! - 2 - | not one of
device hw-info $a	#! ENOENT 5 no-object | id 1 is an ioas
device hw-info 99	#! ENOENT 5 no-object
raw get-hw-info dev_id=$d flags=8	#! EOPNOTSUPP 3 flag-unknown
raw get-hw-info dev_id=$d data_len=8 data_uptr=8	#! EFAULT 1 bad-pointer field=data_uptr
END
}

@test "as text" {
	iom device hw-info 1
	assert_equal "$status" 5
	assert_stderr_has "IOMMU of device 1"
	iom_json device hw-info 1
	assert_equal "$status" 5
	iom device hw-info
	usage_error "missing --dev"
}
