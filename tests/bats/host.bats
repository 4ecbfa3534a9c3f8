#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# The host's view: IOMMUs, groups, devices, holders and snapshots, from trees of sysfs and procfs.

load helper

setup_file()
{
	export HOST=$TOP/tests/fixtures/host-server
	iom_features
}

@test "iommu list: what VT-d tells of itself" {
	iom --sysroot "$HOST" iommu list
	assert_success
	assert_output 'IOMMU KIND      VERSION    ADDRESS DEVICES DOMAINS_USED DOMAINS_SUPPORTED
dmar0 intel-vtd 1:0     0xfed90000       1            1             65536
dmar1 intel-vtd 1:0     0xfed91000      16           12             65536'
	iom_json --sysroot "$FIXTURES/host-vtd" iommu list
	assert_success
	[[ $output == *'"iommu":"dmar0","kind":"intel-vtd"'* ]]
	iom_json --sysroot "$FIXTURES/sysfs-none" iommu list
	assert_success
	assert_output '{"schema":"iommuctl.iommu.list/1","iommus":[]}'
}

@test "iommu show: VT-d by the names of its capabilities" {
	iom --sysroot "$HOST" iommu show dmar0
	assert_success
	assert_line --index 0 'iommu=dmar0  kind=intel-vtd  version=1:0  address=0xfed90000  domains_used=1  domains_supported=65536'
	assert_line --regexp '^0000:00:02.0 +2 i915 +vga +UHD Graphics 630$'
	assert_line --regexp '^ecap +0x19e2ff0505e$'
	assert_line --regexp '^nd +cap +2 '
	assert_line --regexp '^pt +ecap +1 pass-through$'
	assert_line --regexp '^nest +ecap +1 nested translation$'
	iom_json --sysroot "$HOST" iommu show dmar1
	assert_success
	[[ $output == *'{"device":"0000:02:00.0","group":6,"driver":"igb","class":"ethernet","vendor_name":"Intel","device_name":"I350 network connection"}'* ]]
	[[ $output == *'{"name":"pasid","register":"ecap","value":0,'* ]]
	# what only iommufd tells is left out
	[[ $output != *errata* ]]
	iom_json --sysroot "$HOST" iommu show dmar
	assert_equal "$status" 5
	assert_stderr_has "there is no IOMMU 'dmar'" "iommu list"
	iom --sysroot "$FIXTURES/sysfs-none" iommu show dmar0
	assert_equal "$status" 5
	assert_stderr_has "no IOMMU at all"
	iom iommu show
	usage_error "missing --name"
}

@test "iommu show: AMD with one and two feature registers, and those without any" {
	class=tree/sys/class/iommu
	mkdir -p $class/ivhd0/amd-iommu $class/ivhd0/devices $class/smmu3.0x9050000/devices \
		tree/sys/devices/platform/arm-smmu-v3.0.auto tree/sys/bus/platform/drivers/arm-smmu-v3
	echo 190b640f >$class/ivhd0/amd-iommu/cap
	echo 800f77ef22294ada:8 >$class/ivhd0/amd-iommu/features
	iom_json --sysroot tree iommu show ivhd0
	assert_success
	[[ $output == *'"registers":[{"register":"efr","value":"0x800f77ef22294ada"},{"register":"efr2","value":"0x8"},{"register":"cap","value":"0x190b640f"}]'* ]]
	[[ $output == *'{"name":"snpsup","register":"efr","value":1,'* ]]
	[[ $output == *'{"name":"pasmax","register":"efr","value":15,'* ]]
	[[ $output == *'{"name":"gcr3trpmode","register":"efr2","value":1,'* ]]
	# a kernel that knows one register says nothing of the other
	echo 22294ada >$class/ivhd0/amd-iommu/features
	iom_json --sysroot tree iommu show ivhd0
	assert_success
	[[ $output == *'"name":"snpsup","register":"efr","value":0,'* && $output != *efr2* ]]
	# nor does one that writes nonsense
	echo 'x:y' >$class/ivhd0/amd-iommu/features
	rm $class/ivhd0/amd-iommu/cap
	iom_json --sysroot tree iommu show ivhd0
	assert_success
	assert_output '{"schema":"iommuctl.iommu.show/1","iommu":"ivhd0","kind":"amd","devices":[],"registers":[],"features":[]}'
	ln -s ../../../devices/platform/arm-smmu-v3.0.auto $class/smmu3.0x9050000/device
	ln -s ../../../bus/platform/drivers/arm-smmu-v3 tree/sys/devices/platform/arm-smmu-v3.0.auto/driver
	iom_json --sysroot tree iommu show smmu3.0x9050000
	assert_success
	assert_output '{"schema":"iommuctl.iommu.show/1","iommu":"smmu3.0x9050000","kind":"arm-smmuv3","parent":"arm-smmu-v3.0.auto","driver":"arm-smmu-v3","devices":[],"registers":[],"features":[]}'
}

@test "group list: the state of each group, and who is in the way" {
	iom_json --sysroot "$HOST" group list
	assert_success
	# the sibling that kept its driver is named, the bridge is not
	[[ $output == *'"group":1,"type":"DMA-FQ","state":"held"'*'"reason":"0000:01:00.1 has driver snd_hda_intel"'* ]]
	[[ $output != *'pcieport'* ]]
	[[ $output == *'"group":12,"type":"DMA-FQ","state":"blocked"'*'firmware wants 0x7a000000-0x7a0fffff mapped one to one'* ]]
	# what firmware can do without blocks nothing
	[[ $output == *'"group":2,"type":"identity","state":"held","devices":["0000:00:02.0"],"reserved":["direct-relaxable","msi"]'* ]]
	[[ $output == *'"group":5,"type":"DMA-FQ","state":"nothing"'* ]]
	[[ $output == *'"group":11,"type":"DMA-FQ","state":"free"'* ]]
	iom --sysroot "$HOST" group list --state ready --get groups.1.devices
	assert_success
	assert_output 0000:03:00.0
	iom --sysroot "$HOST" group list --device 02:10.4 --get groups.0.group
	assert_success
	assert_output 8
	iom --sysroot "$HOST" group list --device 0000:00:1f.2 --state ready
	assert_success
	assert_output '(none)'
}

@test "group list: an empty machine, a malformed one" {
	iom_json --sysroot "$FIXTURES/sysfs-none" group list
	assert_success
	assert_output '{"schema":"iommuctl.group.list/1","groups":[]}'
	iom_json --sysroot "$FIXTURES/sysfs-malformed" group list
	assert_success
	row_has "$output" malformed_lines=15
	iom_json --sysroot "$FIXTURES/sysfs-empty-group" group list
	assert_success
	[[ $output == *'"state":"nothing","devices":[]'* ]]
	iom group list --state nonsense
	usage_error "--state: 'nonsense' is not one of" held blocked
	iom_json --sysroot "$HOST" group list --device 0000:09:00.0
	assert_equal "$status" 5
	assert_output ""
	assert_stderr_has "there is no device '0000:09:00.0'"
}

@test "group show: the part of each member, and the regions" {
	iom --sysroot "$HOST" group show 1
	assert_success
	assert_output 'group=1  type=DMA-FQ  state=held  reason="0000:01:00.1 has driver snd_hda_intel"  iommu=dmar1

devices:
DEVICE       ROLE   DRIVER        CLASS      IDS       VFIO  USES        DEVICE_NAME
0000:00:01.0 bridge pcieport      pci-bridge 8086:1901 -     none        PCIe root port x16
0000:01:00.0 vfio   vfio-pci      vga        10de:2204 vfio0 none        GA102 graphics
0000:01:00.1 held   snd_hda_intel audio      10de:1aef -     sound:card0 GA102 audio controller

regions:
     START       LAST SIZE KIND
0xfee00000 0xfeefffff   1M msi'
	iom_json --sysroot "$HOST" group show 4
	assert_success
	[[ $output == *'"reason":"0000:00:1f.2 has driver ahci, 0000:00:1f.4 has driver i801_smbus"'* ]]
	[[ $output == *'"uses":["block:sda"]'* ]]
	iom_json --sysroot "$HOST" group show 99
	assert_equal "$status" 5
	assert_stderr_has "there is no IOMMU group 99" "group list"
	iom --sysroot "$FIXTURES/sysfs-none" group show 0
	assert_equal "$status" 5
	assert_stderr_has "no IOMMU group at all"
	iom group show
	usage_error "missing --group"
	iom group show x
	usage_error "--group: 'x' is not a number"
}

@test "device list: groups, drivers and what lives on the devices" {
	iom --sysroot "$HOST" device list --group 4
	assert_success
	assert_output 'DEVICE       GROUP IOMMU DRIVER     VFIO CLASS      IDS       USES      DEVICE_NAME
0000:00:1f.0     4 dmar1 -          -    isa-bridge 8086:a305 none      Z390 LPC controller
0000:00:1f.2     4 dmar1 ahci       -    sata       8086:a352 block:sda SATA AHCI controller
0000:00:1f.4     4 dmar1 i801_smbus -    smbus      8086:a323 none      SMBus controller'
	# partitions, connectors and the parts of a sound card are no rows of their own
	iom_json --sysroot "$HOST" device list
	assert_success
	[[ $output != *sda1* && $output != *HDMI* && $output != *hwC0D0* ]]
	[[ $output == *'"uses":["drm:card0","graphics:fb0"]'* ]]
	[[ $output == *'"device":"0000:01:00.0","bus":"pci","group":1,"iommu":"dmar1","driver":"vfio-pci","vfio":"vfio0"'* ]]
	iom --sysroot "$HOST" device list --driver none --get devices.1.device
	assert_success
	assert_output 0000:00:16.0
	iom --sysroot "$HOST" device list --iommu dmar0 --get devices.0.driver
	assert_success
	assert_output i915
	# devices of other buses are there when they have a group
	iom --sysroot "$FIXTURES/sysfs-smmuv3" device list --get devices.2.device
	assert_success
	assert_output a000000.dma
}

@test "device show: capabilities, virtual functions, what is in the way" {
	iom_json --sysroot "$HOST" device show 02:00.0
	assert_success
	row_has "$output" ats=on
	row_has "$output" pasid=no
	row_has "$output" sriov=on
	row_has "$output" virtual_functions=2
	row_has "$output" virtual_functions_max=7
	[[ $output == *'"vfs":["0000:02:10.0","0000:02:10.4"]'* ]]
	iom_json --sysroot "$HOST" device show 0000:02:10.0
	assert_success
	row_has "$output" physical_function=0000:02:00.0
	row_has "$output" driver_override=vfio-pci
	row_has "$output" group_state=ready
	row_has "$output" sriov=no
	iom_json --sysroot "$HOST" device show 0000:01:00.0
	row_has "$output" pasid=off
	row_has "$output" pasid_bits=20
	iom_json --sysroot "$HOST" device show 0000:0f:00.0
	assert_equal "$status" 5
	assert_stderr_has "there is no device '0000:0f:00.0'" "device list"
	iom device show
	usage_error "missing --name"
}

@test "device show: what may not be read is unknown, which is not no" {
	cp -r "$HOST" tree
	find tree -name config -exec truncate -s 64 {} +
	iom_json --sysroot tree device show 0000:01:00.0
	assert_success
	[[ $output == *'"ats":null,"pri":null,"pasid":null,"sriov":null'* ]]
	row_has "$output" '!pasid_bits'
	iom --sysroot tree device show 0000:01:00.0 --get ats
	assert_success
	assert_output null
}

@test "device show: configuration space that bites its tail, or points outside" {
	local config

	cp -r "$HOST" tree
	config=$(find tree/sys/devices -path '*0000:01:00.0/config')
	printf '\x0f\x00\x01\x10' | dd of="$config" bs=1 seek=256 conv=notrunc status=none
	iom_json --sysroot tree device show 0000:01:00.0
	assert_success
	row_has "$output" ats=on
	row_has "$output" pasid=no
	printf '\x0f\x00\xf1\xff' | dd of="$config" bs=1 seek=256 conv=notrunc status=none
	iom_json --sysroot tree device show 0000:01:00.0
	assert_success
	head -c 100000 /dev/zero | tr '\0' '\377' >"$config"
	iom_json --sysroot tree device show 0000:01:00.0
	assert_success
}

@test "device list, show: one of another bus than PCI" {
	local dir=tree/sys/devices/platform/fee00000.dma

	mkdir -p $dir/vfio-dev/vfio7 tree/sys/bus/platform tree/sys/class/vfio-dev \
		tree/sys/kernel/iommu_groups/3/devices
	echo DMA >tree/sys/kernel/iommu_groups/3/type
	: >tree/sys/kernel/iommu_groups/3/reserved_regions
	printf 'DRIVER=vfio-platform\nOF_NAME=dma\n' >$dir/uevent
	echo vfio-platform >$dir/driver_override
	echo 1 >$dir/numa_node
	ln -s ../../../bus/platform $dir/subsystem
	ln -s ../../../../devices/platform/fee00000.dma tree/sys/kernel/iommu_groups/3/devices/fee00000.dma
	ln -s ../../devices/platform/fee00000.dma/vfio-dev/vfio7 tree/sys/class/vfio-dev/vfio7
	iom_json --sysroot tree device list
	assert_success
	assert_output '{"schema":"iommuctl.device.list/1","devices":[{"device":"fee00000.dma","bus":"platform","group":3,"driver":"vfio-platform","vfio":"vfio7","uses":[]}]}'
	iom_json --sysroot tree device show fee00000.dma
	assert_success
	assert_output '{"schema":"iommuctl.device.show/1","device":"fee00000.dma","bus":"platform","driver":"vfio-platform","driver_override":"vfio-platform","vfio":"vfio7","group":3,"group_state":"ready","numa_node":1,"uses":[]}'
	iom_json --sysroot tree group list
	[[ $output == *'"state":"ready","devices":["fee00000.dma"],"reserved":[]}]}' ]]
}

@test "names: those of the root's own pci.ids, in every command" {
	iom_json --sysroot "$HOST" device show 02:00.0
	assert_success
	row_has "$output" vendor_name=Intel
	row_has "$output" 'device_name=I350 network connection'
	row_has "$output" 'class_name=Ethernet controller'
	row_has "$output" subsystem_vendor_name=Dell
	row_has "$output" 'subsystem_name=I350 on the board of a test server'
	# what the list does not have is left out
	iom_json --sysroot "$HOST" device show 00:16.0
	row_has "$output" vendor_name=Intel
	row_has "$output" '!device_name'
	row_has "$output" '!class_name'
	iom --sysroot "$HOST" group list --get groups.1.names
	assert_output 'PCIe root port x16 GA102 graphics GA102 audio controller'
	iom_json --sysroot "$HOST" group list --state free
	[[ $output != *names* ]]
	iom --sysroot "$HOST" ps --pid 5151 --get processes.0.names.0
	assert_output 'SSD controller SM981'
	iom_json --sysroot "$HOST" tree
	[[ $output == *'"vendor_name":"NVIDIA","device_name":"GA102 graphics"'* ]]
	for cmd in 'device list' 'group list' tree graph; do
		# shellcheck disable=SC2086
		iom_json --sysroot "$HOST" $cmd --no-names
		assert_success
		[[ $output != *GA102* ]]
	done
}

@test "names: a member without one keeps the place of its ids" {
	cp -r "$HOST" tree
	sed -i '/^	2204/d' tree/usr/share/misc/pci.ids
	iom --sysroot tree group list --get groups.1.names.1
	assert_success
	assert_output 10de:2204
	iom --sysroot tree device list --group 1 --get devices.1.vendor_name
	assert_output NVIDIA
}

@test "names: without the root's list the machine's; none without a list or the library" {
	cp -r "$HOST" tree
	# other distributions have it elsewhere
	mkdir tree/usr/share/hwdata
	mv tree/usr/share/misc/pci.ids tree/usr/share/hwdata/pci.ids
	iom --sysroot tree device show 02:00.0 --get vendor_name
	assert_output Intel
	rm tree/usr/share/hwdata/pci.ids
	mkfifo tree/usr/share/misc/pci.ids
	iom --sysroot tree device show 02:00.0 --get vendor_name
	assert_success
	assert_output 'Intel Corporation'
	# a list that cannot be read is as good as none
	rm tree/usr/share/misc/pci.ids
	printf '8086  Intel\n	15x\n' >tree/usr/share/misc/pci.ids
	iom_json --sysroot tree device show 02:00.0
	assert_success
	row_has "$output" '!vendor_name'
	assert_equal "$stderr" ""
	head -c 100000 /dev/urandom >tree/usr/share/misc/pci.ids
	iom_json --sysroot tree device list
	assert_success
	mkdir lib
	: >lib/libpci.so.3
	LD_LIBRARY_PATH=$PWD/lib iom_json --sysroot "$HOST" device show 02:00.0
	assert_success
	row_has "$output" '!vendor_name'
	row_has "$output" ids=8086:1521
	assert_equal "$stderr" ""
}

@test "device show: interfaces with their state, disks with what they carry" {
	local eth0 sda

	cp -r "$HOST" tree
	eth0=$(dirname "$(find tree/sys/devices -path '*eth0/operstate')")
	echo 1 >"$eth0/carrier"
	iom_json --sysroot tree device show 02:00.0
	assert_success
	# addresses are those of a running machine
	[[ $output == *'"interfaces":[{"interface":"eth0","state":"up","carrier":true}]'* ]]
	row_has "$output" '!mounts'
	echo down >"$eth0/operstate"
	: >"$eth0/carrier"
	iom_json --sysroot tree device show 02:00.0
	[[ $output == *'"interfaces":[{"interface":"eth0","state":"down"}]'* ]]
	# without a table nothing is known of mounts
	iom_json --sysroot tree device show 00:1f.2
	assert_success
	row_has "$output" '!mounts'
	row_has "$output" '!interfaces'
	mkdir -p tree/proc/self
	: >tree/proc/self/mountinfo
	iom_json --sysroot tree device show 00:1f.2
	[[ $output == *'"mounts":[]'* ]]
	sda=$(find tree/sys/devices -path '*/sda' -type d)
	mkdir -p "$sda/sda1/holders/dm-0" "$sda/sda2/holders/dm-0" tree/sys/devices/virtual/block/dm-0
	ln -s ../../devices/virtual/block/dm-0 tree/sys/class/block/dm-0
	cat >tree/proc/self/mountinfo <<'END'
36 1 8:2 / /srv/two\040words\134\7 rw,relatime shared:1 - ext4 /dev/sda2 rw
37 1 0:33 / /home rw - btrfs /dev/sda1 rw
38 1 0:33 /x /home/x rw - btrfs /dev/sda1 rw
39 1 0:21 / /proc rw - proc proc rw
nonsense
END
	printf 'Filename Type Size Used Priority\n/dev/dm-0 partition 8 0 -2\n' >tree/proc/swaps
	iom --sysroot tree device show 00:1f.2
	assert_success
	assert_line --regexp '^sda +sda1 /home$'
	assert_line --regexp '^sda +sda1 /home/x$'
	assert_line --regexp '^sda +sda2 /srv/two words\\\\7$'
	# what two partitions carry together is there once
	iom_json --sysroot tree device show 00:1f.2
	assert_equal "$(jq -c '[.mounts[] | select(.node == "dm-0") | .mounted]' <<<"$output")" '["swap"]'
	assert_equal "$(jq '.mounts | length' <<<"$output")" 4
	iom_json --sysroot tree device show 80:01.0
	[[ $output == *'"mounts":[]'* ]]
}

@test "malformed files of devices and IOMMUs" {
	cp -r "$HOST" tree
	for f in $(find tree/sys/devices -name uevent | head -n 6); do
		head -c 300 /dev/urandom >"$f"
	done
	printf 'PCI_ID=zz:1\nPCI_CLASS=fffffffff\nDRIVER=\n' >"tree/sys/bus/pci/devices/0000:80:01.0/uevent"
	printf 'nonsense' >tree/sys/devices/virtual/iommu/dmar0/intel-iommu/address
	head -c 100000 /dev/zero >tree/sys/devices/virtual/iommu/dmar0/intel-iommu/version
	printf -- '-1' >tree/sys/devices/virtual/iommu/dmar1/intel-iommu/domains_used
	rm "tree/sys/bus/pci/devices/0000:03:00.0"
	ln -s /nonexistent/0000:03:00.0 "tree/sys/bus/pci/devices/0000:03:00.0"
	for cmd in "iommu list" "group list" "device list" tree ps "device show 0000:80:01.0"; do
		# shellcheck disable=SC2086
		iom_json --sysroot tree $cmd
		assert_success
	done
	iom_json --sysroot tree iommu list
	[[ $output == *'{"iommu":"dmar0","kind":"intel-vtd","devices":1,'* ]]
}

@test "ps: open files, devices behind them, memory and its limit" {
	iom --sysroot "$HOST" ps
	assert_success
	assert_output ' PID COMMAND         USER DEVICES      LOCKED PINNED LIMIT HOLDS                                     NAMES
4242 qemu-system-x86 -    0000:01:00.0      0     8G     - iommufd, device, fault-queue, event-queue GA102 graphics
5151 spdk_tgt        -    0000:03:00.0     1M     2M   64M container, group, device                  SSD controller SM981
6006 vhost-6001      -    0000:02:10.0      0      0   64K device                                    I350 virtual function'
	iom_json --sysroot "$HOST" ps --pid 4242
	assert_success
	row_has "$output" uid=64055
	row_has "$output" unlimited=true
	row_has "$output" '!limit'
	[[ $output == *'{"kind":"iommufd","fd":9,"node":"/dev/iommu"}'* ]]
	[[ $output == *'{"kind":"device","fd":12,"node":"/dev/vfio/devices/vfio0","device":"0000:01:00.0"}'* ]]
	# closed, but still mapped
	iom_json --sysroot "$HOST" ps --device 02:10.0
	assert_success
	[[ $output == *'"holds":[{"kind":"device","node":"/dev/vfio/devices/vfio1","device":"0000:02:10.0"}]'* ]]
	# the whole group is held by who opened it
	iom --sysroot "$HOST" ps --device 0000:03:00.0 --get processes.0.pid
	assert_success
	assert_output 5151
	iom_json --sysroot "$HOST" ps --device 0000:00:02.0
	assert_success
	assert_output '{"schema":"iommuctl.ps/1","processes":[]}'
	iom --sysroot "$HOST" ps --device nonsense
	assert_equal "$status" 5
	mkdir none
	iom --sysroot none ps
	assert_equal "$status" 5
	assert_stderr_has "cannot list none/proc"
}

@test "ps: this very machine, with and without rights" {
	iom_json ps
	assert_success
	if [ "$(id -u)" = 0 ]; then
		capture as_nobody "$T_IOMMUCTL" -j ps
		assert_success
		row_has "$output" hidden_processes='*'
	fi
}

@test "tree: from the IOMMU to who holds the device" {
	iom --sysroot "$HOST" tree
	assert_success
	assert_line --index 0 'dmar0                 kind=intel-vtd'
	assert_line '| |-0000:01:00.0      driver=vfio-pci vfio=vfio0 class=vga device_name=GA102 graphics'
	assert_line '| | `-qemu-system-x86 pid=4242'
	assert_line '`-group 12            state=blocked type=DMA-FQ'
	iom_json --sysroot "$HOST" tree
	assert_success
	[[ $output == *'"role":"vfio","vfio":"vfio0","class":"vga","uses":[],"vendor_name":"NVIDIA","device_name":"GA102 graphics","holders":[{"command":"qemu-system-x86","pid":4242}]'* ]]
	# groups that no IOMMU lists are not lost
	iom_json --sysroot "$FIXTURES/sysfs-smmuv3" tree
	assert_success
	[[ $output == *'a000000.dma'* ]]
	iom_json --sysroot "$FIXTURES/sysfs-none" tree
	assert_success
	assert_output '{"schema":"iommuctl.tree/1","iommus":[]}'
}

@test "snapshot: the archive shows the same machine" {
	iom_json --sysroot "$HOST" snapshot s.tar
	assert_success
	row_has "$output" file=s.tar
	tar tf s.tar >names
	row_has "$output" entries="$(wc -l <names)"
	for cmd in "iommu list" "iommu show dmar1" "group list" "group show 1" "device list" "device show 02:00.0" \
		"device show 0000:02:10.0" reserved; do
		# shellcheck disable=SC2086
		iom_json --sysroot "$HOST" $cmd
		assert_success
		want=$(without_names <<<"$output")
		# shellcheck disable=SC2086
		iom_json --sysroot s.tar $cmd
		assert_success
		assert_equal "$(without_names <<<"$output")" "$want"
	done
	iom --sysroot s.tar ps --get processes.0.holds.1.device
	assert_success
	assert_output 0000:01:00.0
	# of one state there is one archive, and one of the archive is the archive
	iom --sysroot "$HOST" snapshot again.tar
	cmp s.tar again.tar
	iom --sysroot s.tar snapshot third.tar
	assert_success
	iom --sysroot third.tar snapshot fourth.tar
	cmp third.tar fourth.tar
	# the folder that it was unpacked into is gone
	TMPDIR=$PWD/tmp
	mkdir tmp
	TMPDIR=$PWD/tmp iom --sysroot s.tar group list
	assert_success
	assert_equal "$(ls -A tmp)" ""
}

@test "snapshot: what counts up is no state" {
	local n

	cp -r "$HOST" tree
	mkdir -p tree/dev
	for n in 11 222; do
		{
			printf '           CPU0       CPU1\n'
			printf '  32:         %3d          1  IR-PCI-MSIX-0000:01:00.0    1-edge      nvme0q1\n' $n
			printf '  34:       123456     %d      GICv3  27 Level     arch_timer\n' $n
			printf ' LOC:         %3d          1  Local timer interrupts\n' $n
		} >tree/proc/interrupts
		printf 'cpu MHz\t\t: %d.5\naddress sizes\t: 46 bits physical, 48 bits virtual\n' $n \
			>tree/proc/cpuinfo
		printf 'VmRSS:\t%d kB\n' $n >>tree/proc/4242/status
		printf 'pos:\t%d\n' $n >>tree/proc/4242/fdinfo/12
		rm -rf tree/proc/self tree/proc/$n
		ln -s $n tree/proc/self
		mkdir tree/proc/$n
		printf 'Max open files %d 4096 files\nMax locked memory 65536 65536 bytes\n' $n >tree/proc/$n/limits
		printf '36 35 0:25 / /x rw - tmpfs x%d rw\n36 35 8:2 / /home rw - ext4 /dev/sda2 rw\n' $n \
			>tree/proc/$n/mountinfo
		iom --sysroot tree snapshot $n.tar
		assert_success
	done
	cmp 11.tar 222.tar
	iom --sysroot 11.tar snapshot again.tar
	cmp 11.tar again.tar
	tar xf 11.tar
	assert_equal "$(cat proc/interrupts)" "32: IR-PCI-MSIX-0000:01:00.0    1-edge      nvme0q1
34: GICv3  27 Level     arch_timer"
	assert_equal "$(cat proc/self/limits)" "Max locked memory 65536 65536 bytes"
	# and the commands say the same as of the whole files
	for cmd in doctor ps 'device show 00:1f.2' 'device show 02:00.0'; do
		# shellcheck disable=SC2086
		iom -j --sysroot tree $cmd
		want=$(without_names <<<"$output")
		# shellcheck disable=SC2086
		iom -j --sysroot 11.tar $cmd
		assert_equal "$(without_names <<<"$output")" "$want"
	done
}

@test "--sysroot FILE.tar: nothing is left behind by a process that is killed" {
	local signal

	iom --sysroot "$HOST" snapshot s.tar
	mkdir tmp
	for signal in TERM INT HUP KILL; do
		mkfifo lines out
		TMPDIR=$PWD/tmp "$T_IOMMUCTL" --sysroot s.tar batch - <lines >out 3>&- &
		exec 7>lines 8<out
		echo group list >&7
		read -r <&8
		# it waits for the next line now
		kept=(tmp/iommuctl.*/sys)
		[ -d "${kept[0]}" ]
		kill -"$signal" $!
		run wait $!
		exec 7>&- 8<&-
		timeout 60 sh -c 'until [ -z "$(ls -A tmp)" ]; do :; done'
		rm lines out
	done
}

@test "snapshot --list: exactly what is read, and nothing of strangers" {
	iom --sysroot "$HOST" -j snapshot --list
	assert_success
	[[ $output == *'"proc/4242/fdinfo/12"'* ]]
	[[ $output != *'"proc/1"'* && $output != *[0-9]/cmdline* && $output != *environ* ]]
	[[ $output == *'"sys/kernel/iommu_groups/12/reserved_regions"'* ]]
	iom --sysroot "$HOST" snapshot s.tar
	iom --sysroot "$HOST" snapshot --list --get paths
	assert_equal "$(tr ' ' '\n' <<<"$output")" "$(tar tf s.tar | sed 's,/$,,')"
}

@test "snapshot: of files with secrets only the lines that commands read" {
	local unit=etc/systemd/system/vmm.service.d

	cp -r "$HOST" tree
	mkdir -p tree/dev tree/$unit tree/etc/security
	{
		echo '6,1,1,-;Kernel command line: intel_iommu=on luks.key=secret'
		echo '4,2,2,-;DMAR: [Firmware Bug]: a line about IOMMUs'
		echo ' SUBSYSTEM=secret'
		echo '12,3,3,-;DMAR: secret that a program wrote'
		echo '5,4,4,-;audit: type=1400 name="secret" vfio'
		echo '6,5,5,-;usb 1-1: SerialNumber: secret'
	} >tree/dev/kmsg
	printf '[Service]\nEnvironment=KEY=secret\nLimitMEMLOCK=64M\nExecStart=/bin/vmm secret' \
		>tree/$unit/10.conf
	printf '#secret memlock\nsecret - nofile 1\nkvm - memlock 65536\n' >tree/etc/security/limits.conf
	echo 0::/system.slice/vmm.service >tree/proc/4242/cgroup
	echo 0::/user.slice/session-1.scope >tree/proc/5151/cgroup
	echo '7f0000000000-7f0000004000 rw-s 10000000000 00:0e 77 /dev/vfio/devices/vfio0' >>tree/proc/4242/maps
	iom_json --sysroot tree snapshot s.tar
	assert_success
	mkdir out
	tar xf s.tar -C out
	run grep -r secret out
	assert_output ""
	assert_equal "$(cat out/dev/kmsg)" '4,2,2,-;DMAR: [Firmware Bug]: a line about IOMMUs'
	assert_equal "$(cat out/$unit/10.conf)" $'[Service]\nLimitMEMLOCK=64M'
	assert_equal "$(cat out/etc/security/limits.conf)" 'kvm - memlock 65536'
	assert_equal "$(cat out/proc/4242/maps)" \
		'7f0000000000-7f0000004000 rw-s 10000000000 00:0e 77 /dev/vfio/devices/vfio0'
	# and what they say of it is the same
	for pid in 4242 5151; do
		iom -j --sysroot tree doctor --process $pid --plan 1G,1
		want=$output
		iom -j --sysroot s.tar doctor --process $pid --plan 1G,1
		assert_equal "$output" "$want"
	done
}

@test "snapshot: names that do not fit into a header" {
	local long

	long=$(printf 'x%.0s' {1..90})
	mkdir -p "tree/sys/devices/$long/$long/0000:01:00.0" tree/sys/bus/pci/devices
	printf 'DRIVER=edu\nPCI_CLASS=FF00\nPCI_ID=1234:11E8\n' >"tree/sys/devices/$long/$long/0000:01:00.0/uevent"
	ln -s "../../../devices/$long/$long/0000:01:00.0" tree/sys/bus/pci/devices/0000:01:00.0
	iom --sysroot tree snapshot s.tar
	assert_success
	tar tf s.tar >/dev/null
	iom --sysroot s.tar device list --get devices.0.driver
	assert_success
	assert_output edu
}

@test "snapshot: files that cannot be written" {
	iom snapshot
	usage_error "missing the file to write, or --list"
	iom snapshot x --list
	usage_error "--list writes no file"
	iom --sysroot "$HOST" snapshot /nonexistent/s.tar
	assert_equal "$status" 5
	assert_stderr_has "cannot write /nonexistent/s.tar" ENOENT
	iom --sysroot "$HOST" snapshot /dev/full
	assert_equal "$status" 8
	assert_stderr_has ENOSPC
	# a device is nobody's to remove
	[ -c /dev/full ]
}

@test "--sysroot: archives that are none, are damaged, or lead out" {
	printf 'no archive at all' >text
	iom --sysroot text group list
	usage_error "text is not a snapshot"
	: >empty
	iom --sysroot empty group list
	usage_error "empty is not a snapshot"
	iom --sysroot "$HOST" snapshot s.tar
	head -c 3000 s.tar >cut.tar
	iom --sysroot cut.tar group list
	usage_error "cut.tar is not a snapshot"
	assert_stderr_has "ends in the middle"
	cp s.tar bent.tar
	printf 'X' | dd of=bent.tar bs=1 seek=512 conv=notrunc status=none
	iom --sysroot bent.tar group list
	usage_error "bent.tar is not a snapshot"
	mkdir in
	echo secret >outside
	(cd in && tar cPf ../up.tar ../outside)
	iom --sysroot up.tar group list
	usage_error "an entry would be outside of it"
	mkfifo pipe
	iom --sysroot pipe group list
	usage_error "neither a folder nor a snapshot"
	# nothing there is no machine without groups
	iom --sysroot nowhere group list
	assert_equal "$status" 5
	assert_output ""
	assert_stderr_has "--sysroot: cannot read nowhere: ENOENT"
	# a link first, then a file through it
	mkdir -p one two/l target
	ln -s "$PWD/target" one/l
	echo x >two/l/f
	tar cf evil.tar -C one l
	tar rf evil.tar -C two l/f
	iom --sysroot evil.tar group list
	usage_error "evil.tar is not a snapshot: a name is there twice"
	[ ! -e target/f ]
}
