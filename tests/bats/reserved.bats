#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# reserved: regions of IOMMU groups from trees of sysfs, byte for byte.

load helper

vtd_text='GROUP RANGE             SIZE KIND             DEVICES
    0 8d800000-8fffffff  40M direct-relaxable 0000:00:02.0
    0 fee00000-feefffff   1M msi              0000:00:02.0
    1 fee00000-feefffff   1M msi              0000:00:01.0,0000:01:00.0,0000:01:00.1
    2 7a000000-7a0fffff   1M direct           0000:00:14.0
    2 fee00000-feefffff   1M msi              0000:00:14.0
    9 fee00000-feefffff   1M msi              0000:00:1f.0,0000:00:1f.3
   10 fee00000-feefffff   1M msi              0000:02:00.0
   17 fed00000-fed003ff   1K reserved         0000:03:00.0
   17 fee00000-feefffff   1M msi              0000:03:00.0'

@test "VT-d: text, groups in the order of their numbers" {
	iom --sysroot "$FIXTURES/sysfs-vtd" reserved
	assert_success
	assert_output "$vtd_text"
	assert_stderr ""
}

@test "VT-d: JSON" {
	iom_json --sysroot "$FIXTURES/sysfs-vtd" reserved --group 2
	assert_success
	assert_output '{"schema":"iommuctl.reserved/1","regions":[{"group":2,"range":"7a000000-7a0fffff","start":"0x7a000000","last":"0x7a0fffff","size":1048576,"kind":"direct","devices":["0000:00:14.0"]},{"group":2,"range":"fee00000-feefffff","start":"0xfee00000","last":"0xfeefffff","size":1048576,"kind":"msi","devices":["0000:00:14.0"]}]}'
	iom_json --sysroot "$FIXTURES/sysfs-vtd" reserved
	assert_success
	ranges_of "$output"
	assert_equal "$REPLY" "8d800000-8fffffff,fee00000-feefffff,fee00000-feefffff,7a000000-7a0fffff,fee00000-feefffff,fee00000-feefffff,fee00000-feefffff,fed00000-fed003ff,fee00000-feefffff"
}

@test "SMMUv3: the software MSI window" {
	iom --sysroot "$FIXTURES/sysfs-smmuv3" reserved
	assert_success
	assert_output 'GROUP RANGE             SIZE KIND   DEVICES
    0 8000000-80fffff     1M msi    0000:00:01.0
    1 8000000-80fffff     1M msi    0000:00:02.0
    2 8000000-80fffff     1M msi    a000000.dma
    2 10000000-100fffff   1M direct a000000.dma'
}

@test "filters by group and by device" {
	iom --sysroot "$FIXTURES/sysfs-vtd" reserved --device 0000:01:00.0
	assert_success
	assert_output 'GROUP RANGE             SIZE KIND DEVICES
    1 fee00000-feefffff   1M msi  0000:00:01.0,0000:01:00.0,0000:01:00.1'
	iom --sysroot "$FIXTURES/sysfs-vtd" reserved --group 1 --device 0000:01:00.0
	assert_success
	iom --sysroot "$FIXTURES/sysfs-smmuv3" reserved --device a000000.dma --get regions.1.last
	assert_success
	assert_output 0x100fffff
}

@test "filters that match nothing are not found" {
	iom_json --sysroot "$FIXTURES/sysfs-vtd" reserved --group 99
	assert_equal "$status" 5
	assert_output ""
	assert_stderr_has '"message":"there is no IOMMU group 99"' '"exit":5'
	iom --sysroot "$FIXTURES/sysfs-vtd" reserved --device 0000:09:00.0
	assert_equal "$status" 5
	assert_stderr "iommuctl: no IOMMU group holds a device '0000:09:00.0'
  hint: PCI devices are named like 0000:01:00.0; only devices behind an IOMMU have a group"
	iom --sysroot "$FIXTURES/sysfs-vtd" reserved --group 2 --device 0000:01:00.0
	assert_equal "$status" 5
	assert_stderr_has "no IOMMU group 2 holds a device '0000:01:00.0'"
	# a beginning of a name is no name
	iom --sysroot "$FIXTURES/sysfs-vtd" reserved --device 0000:01:00
	assert_equal "$status" 5
}

@test "a group without devices stays an empty array" {
	iom_json --sysroot "$FIXTURES/sysfs-empty-group" reserved
	assert_success
	assert_output '{"schema":"iommuctl.reserved/1","regions":[{"group":5,"range":"fee00000-feefffff","start":"0xfee00000","last":"0xfeefffff","size":1048576,"kind":"msi","devices":[]}]}'
	iom --sysroot "$FIXTURES/sysfs-empty-group" reserved
	assert_line --index 1 --regexp '^ +5 fee00000-feefffff +1M msi +none$'
}

@test "no groups at all: exit 3 and why" {
	iom_json --sysroot "$FIXTURES/sysfs-none" reserved
	assert_equal "$status" 3
	assert_output ""
	assert_stderr_has '"errno":"ENOENT"' "sysfs-none/sys/kernel/iommu_groups" "no IOMMU groups"
	iom --sysroot /nonexistent reserved
	assert_equal "$status" 3
	assert_stderr_has "cannot list /nonexistent/sys/kernel/iommu_groups" ENOENT
	mkdir -p empty/sys/kernel/iommu_groups
	iom_json --sysroot empty reserved
	assert_success
	assert_output '{"schema":"iommuctl.reserved/1","regions":[]}'
}

@test "what is malformed is counted, the rest is shown" {
	iom_json --sysroot "$FIXTURES/sysfs-malformed" reserved
	assert_success
	row_has "$output" malformed_lines=15
	row_has "$output" unreadable_groups=1
	row_has "$output" ranges=fee00000-feefffff,0-ffffffffffffffff,a0000000-a0000000
	# all 64 bits have no size that fits, a kind of the future stays a word
	[[ $output == *'"last":"0xffffffffffffffff","kind":"reserved"'* ]]
	[[ $output == *'"size":1,"kind":"future-kind"'* ]]
}

@test "--sysroot from the environment, and the real machine" {
	IOMMUCTL_SYSROOT=$FIXTURES/sysfs-smmuv3 iom reserved --get regions.0.start
	assert_success
	assert_output 0x8000000
	# nothing is known about it but that it answers in one of two ways
	iom_json reserved
	if [ -d /sys/kernel/iommu_groups ]; then
		assert_success
	else
		assert_equal "$status" 3
	fi
}

@test "wrong filters" {
	iom reserved --group x
	usage_error "--group: 'x' is not a number"
	iom reserved --group 4294967296
	usage_error "--group: '4294967296' is too large"
	iom reserved --device ''
	usage_error "--device: the value is empty"
}

@test "dry-run needs no calls and shows the regions" {
	iom --dry-run --sysroot "$FIXTURES/sysfs-vtd" reserved
	assert_success
	assert_output "$vtd_text"
}
