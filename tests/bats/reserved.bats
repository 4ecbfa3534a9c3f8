#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# reserved: regions of IOMMU groups from trees of sysfs, byte for byte.

load helper

vtd_text='GROUP RANGE             SIZE KIND             DEVICES                                MEANING
    0 8d800000-8fffffff  40M direct-relaxable 0000:00:02.0                           firmware wants it mapped one to one; user space may do without
    0 fee00000-feefffff   1M msi              0000:00:02.0                           writes become interrupts
    1 fee00000-feefffff   1M msi              0000:00:01.0,0000:01:00.0,0000:01:00.1 writes become interrupts
    2 7a000000-7a0fffff   1M direct           0000:00:14.0                           firmware wants it mapped one to one; blocks passthrough
    2 fee00000-feefffff   1M msi              0000:00:14.0                           writes become interrupts
    9 fee00000-feefffff   1M msi              0000:00:1f.0,0000:00:1f.3              writes become interrupts
   10 fee00000-feefffff   1M msi              0000:02:00.0                           writes become interrupts
   17 fed00000-fed003ff   1K reserved         0000:03:00.0                           nothing can be mapped here
   17 fee00000-feefffff   1M msi              0000:03:00.0                           writes become interrupts'

@test "VT-d: text, groups in the order of their numbers" {
	iom --sysroot "$FIXTURES/sysfs-vtd" reserved
	assert_success
	assert_output "$vtd_text"
	assert_stderr ""
}

@test "VT-d: JSON" {
	iom_json --sysroot "$FIXTURES/sysfs-vtd" reserved --group 2
	assert_success
	assert_output '{"schema":"iommuctl.reserved/1","regions":[{"group":2,"range":"7a000000-7a0fffff","start":"0x7a000000","last":"0x7a0fffff","size":1048576,"kind":"direct","devices":["0000:00:14.0"],"meaning":"firmware wants it mapped one to one; blocks passthrough"},{"group":2,"range":"fee00000-feefffff","start":"0xfee00000","last":"0xfeefffff","size":1048576,"kind":"msi","devices":["0000:00:14.0"],"meaning":"writes become interrupts"}]}'
	iom_json --sysroot "$FIXTURES/sysfs-vtd" reserved
	assert_success
	ranges_of "$output"
	assert_equal "$REPLY" "8d800000-8fffffff,fee00000-feefffff,fee00000-feefffff,7a000000-7a0fffff,fee00000-feefffff,fee00000-feefffff,fee00000-feefffff,fed00000-fed003ff,fee00000-feefffff"
}

@test "SMMUv3: the software MSI window" {
	iom --sysroot "$FIXTURES/sysfs-smmuv3" reserved
	assert_success
	assert_output 'GROUP RANGE             SIZE KIND   DEVICES      MEANING
    0 8000000-80fffff     1M msi    0000:00:01.0 interrupts; may be the software window, which can be moved
    1 8000000-80fffff     1M msi    0000:00:02.0 interrupts; may be the software window, which can be moved
    2 8000000-80fffff     1M msi    a000000.dma  interrupts; may be the software window, which can be moved
    2 10000000-100fffff   1M direct a000000.dma  firmware wants it mapped one to one; blocks passthrough'
}

@test "filters by group and by device" {
	iom --sysroot "$FIXTURES/sysfs-vtd" reserved --device 0000:01:00.0
	assert_success
	assert_output 'GROUP RANGE             SIZE KIND DEVICES                                MEANING
    1 fee00000-feefffff   1M msi  0000:00:01.0,0000:01:00.0,0000:01:00.1 writes become interrupts'
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
	assert_output '{"schema":"iommuctl.reserved/1","regions":[{"group":5,"range":"fee00000-feefffff","start":"0xfee00000","last":"0xfeefffff","size":1048576,"kind":"msi","devices":[],"meaning":"writes become interrupts"}]}'
	iom --sysroot "$FIXTURES/sysfs-empty-group" reserved
	assert_line --index 1 --regexp '^ +5 fee00000-feefffff +1M msi +none +writes become interrupts$'
}

@test "no groups at all: exit 3 and why" {
	iom_json --sysroot "$FIXTURES/sysfs-none" reserved
	assert_equal "$status" 3
	assert_output ""
	assert_stderr_has '"errno":"ENOENT"' "sysfs-none/sys/kernel/iommu_groups" "no IOMMU groups"
	mkdir none
	iom --sysroot none reserved
	assert_equal "$status" 3
	assert_stderr_has "cannot list none/sys/kernel/iommu_groups" ENOENT
	iom --sysroot /nonexistent reserved
	assert_equal "$status" 5
	assert_stderr_has "--sysroot: cannot read /nonexistent: ENOENT"
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
	[[ $output == *'"size":1,"kind":"future-kind","devices":["0000:00:05.0"]}'* ]]
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

@test "--guest-ram: where a guest's memory meets regions, exactly" {
	iom --sysroot "$FIXTURES/sysfs-vtd" reserved --group 17 --guest-ram 3G --guest-ram 1G@0xfed00200
	assert_success
	assert_output 'regions:
GROUP RANGE             SIZE KIND     GUEST_RAM         DEVICES      MEANING
   17 fed00000-fed003ff   1K reserved fed00200-fed003ff 0000:03:00.0 nothing can be mapped here
   17 fee00000-feefffff   1M msi      fee00000-feefffff 0000:03:00.0 writes become interrupts

conflicts:
GROUP RANGE             SIZE KIND     GUEST_RAM     MAPPING
   17 fed00200-fed003ff  512 reserved 1G@0xfed00200 refused
   17 fee00000-feefffff   1M msi      1G@0xfed00200 refused'
	# the kernel maps what firmware can do without; one region can meet two pieces of memory
	iom_json --sysroot "$FIXTURES/sysfs-vtd" reserved --group 0 --guest-ram 0x8d900000 --guest-ram 1M@0x8fe00000
	assert_success
	[[ $output == *'"guest_ram":["8d800000-8d8fffff","8fe00000-8fefffff"]'*'"kind":"msi","guest_ram":[],'* ]]
	[[ $output == *'"conflicts":[{"group":0,"range":"8d800000-8d8fffff","start":"0x8d800000","last":"0x8d8fffff","size":1048576,"kind":"direct-relaxable","guest_ram":"0x8d900000","mapping":"allowed"},{"group":0,"range":"8fe00000-8fefffff",'* ]]
	# side by side is no overlap
	iom_json --sysroot "$FIXTURES/sysfs-vtd" reserved --group 1 --guest-ram 0xfee00000 --guest-ram 1G@0xfef00000
	assert_success
	[[ $output == *'"conflicts":[]}' ]]
	# to the last byte of 64 bits
	iom_json --sysroot "$FIXTURES/sysfs-malformed" reserved --guest-ram 4K@0xfffffffffffff000
	assert_success
	[[ $output == *'"range":"fffffffffffff000-ffffffffffffffff"'* ]]
}

@test "--guest-ram: what is no memory" {
	for bad in x 0 1G@ @1G 1G@x -1 1G@1G@1G 99999999999999999999999999999999999999G; do
		iom --sysroot "$FIXTURES/sysfs-vtd" reserved --guest-ram "$bad"
		usage_error "--guest-ram: '$bad' is not SIZE or SIZE@ADDR"
	done
	iom --sysroot "$FIXTURES/sysfs-vtd" reserved --guest-ram 8K@0xfffffffffffff000
	usage_error "--guest-ram: '8K@0xfffffffffffff000' goes beyond 64 bits"
	iom --sysroot "$FIXTURES/sysfs-vtd" reserved --guest-ram 4G --guest-ram 1G@3G
	usage_error "--guest-ram: '4G' and '1G@3G' overlap"
	iom reserved --format png
	usage_error "--format: 'png' is not one of text, svg"
}

@test "--map: the IOVA space in characters that the locale has" {
	LC_ALL=C iom --sysroot "$FIXTURES/sysfs-vtd" reserved --group 2 --map --guest-ram 2G
	assert_success
	assert_output 'group 2: 0000:00:14.0
               0 +------------------------+
                 |........................|
                 |........................| 1.9G guest memory
        7a000000 +------------------------+
                 |XXXXXXXXXXXXXXXXXXXXXXXX| 1M direct, guest memory: conflict
        7a100000 +------------------------+
                 |........................|
                 |........................| 95M guest memory
        80000000 +------------------------+
                 |                        |
                 |                        | 2.0G free
        fee00000 +------------------------+
                 |########################| 1M msi
        fef00000 +------------------------+
                 |                        |
                 |                        | 16.0E free
                 |                        |
ffffffffffffffff +------------------------+'
	LC_ALL=C.UTF-8 iom --sysroot "$FIXTURES/sysfs-vtd" reserved --group 0 --map
	assert_success
	assert_line --index 1 '               0 ┌────────────────────────┐'
	assert_line '                 │▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒│ 40M direct-relaxable'
	# in JSON it is a key, in ASCII everywhere, and only when asked for
	LC_ALL=C.UTF-8 iom_json --sysroot "$FIXTURES/sysfs-vtd" reserved --group 0 --map
	assert_success
	[[ $output == *'"text":"group 0: 0000:00:02.0\n               0 +---'*'"regions":[{'* ]]
	# regions that lie above each other, up to the end
	iom --sysroot "$FIXTURES/sysfs-malformed" reserved --map
	assert_success
	assert_line --partial ' reserved, future-kind'
	assert_line --regexp '^ffffffffffffffff '
	# no group, nothing to draw
	mkdir -p empty/sys/kernel/iommu_groups
	iom --sysroot empty reserved --map
	assert_success
	assert_output ""
}

@test "--format svg: well-formed whatever the names are" {
	iom --sysroot "$FIXTURES/sysfs-vtd" reserved --group 2 --format svg --guest-ram 2G
	assert_success
	/usr/bin/python3 -c 'import sys, xml.dom.minidom as x; x.parseString(sys.stdin.read())' <<<"$output"
	assert_line --index 0 --regexp '^<svg xmlns="http://www.w3.org/2000/svg" width="800" height="[0-9]+"'
	assert_line '<text x="408" y="101" text-anchor="start">1M direct, guest memory: conflict</text>'
	group=tree/sys/kernel/iommu_groups/0
	mkdir -p "$group/devices/"$'a<b>&"\033[2J\xff\xc2\x9b'
	echo '0x0 0xfff <&">' >$group/reserved_regions
	iom --sysroot tree reserved --format svg
	assert_success
	/usr/bin/python3 -c 'import sys, xml.dom.minidom as x; x.parseString(sys.stdin.read())' <<<"$output"
	assert_line --partial '>group 0: a&lt;b&gt;&amp;&quot;?[2J???</text>'
	assert_line --partial '>4K &lt;&amp;&quot;&gt;</text>'
	iom --sysroot tree reserved --map
	assert_success
	assert_line --index 0 'group 0: a<b>&"?[2J???'
	mkdir -p empty/sys/kernel/iommu_groups
	iom --sysroot empty reserved --map --format svg
	assert_success
	/usr/bin/python3 -c 'import sys, xml.dom.minidom as x; x.parseString(sys.stdin.read())' <<<"$output"
}
