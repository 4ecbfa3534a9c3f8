#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# device bind, unbind, restore: what is refused, what would be written, what is reported. On trees
# of files nothing ever binds; tests/vm/bind does it on a kernel.

load helper

setup()
{
	T=$BATS_TEST_TMPDIR
	DOCS=$BATS_FILE_TMPDIR/docs
	cd "$T" || return 1
	cp -r "$TOP/tests/fixtures/host-server" tree
}

@test "bind --dry-run: each write, and none is done" {
	local before

	before=$(find tree | sort | md5sum)
	iom_json --dry-run --sysroot tree device bind 01:00.1
	assert_success
	assert_output '{"schema":"iommuctl.device.bind/1","writes":[{"device":"0000:01:00.1","path":"/sys/bus/pci/devices/0000:01:00.1/driver_override","value":"vfio-pci"},{"device":"0000:01:00.1","path":"/sys/bus/pci/devices/0000:01:00.1/driver/unbind","value":"0000:01:00.1"},{"device":"0000:01:00.1","path":"/sys/bus/pci/drivers_probe","value":"0000:01:00.1"}]}'
	iom_json --dry-run --sysroot tree device bind 00:16.0 --driver nvidia
	assert_success
	[[ $output == *'{"device":"0000:00:16.0","path":"modprobe","value":"nvidia"}'* ]]
	[[ $output != *unbind* ]]
	iom_json --dry-run --sysroot tree device unbind 01:00.1
	assert_success
	[[ $output == *'"writes":[{"device":"0000:01:00.1","path":"/sys/bus/pci/devices/0000:01:00.1/driver/unbind"'* ]]
	assert_equal "$(find tree | sort | md5sum)" "$before"
}

@test "bind: what is in use is refused, with the reason, and nothing is changed" {
	local before

	before=$(find tree | sort | md5sum)
	iom_json --sysroot tree device bind 02:00.0
	assert_equal "$status" 6
	assert_stderr_has '"message":"0000:02:00.0 is in use"' 'network interface eth0 is up'
	iom --sysroot tree device bind 0000:00:02.0
	assert_equal "$status" 6
	assert_stderr_has "the last graphics device with a console (fb0)"
	iom --sysroot tree device bind 0000:01:00.0 --driver nvidia
	assert_equal "$status" 6
	assert_stderr_has "process 4242 (qemu-system-x86) has it open"
	# one member in use is enough
	iom --sysroot tree device bind 0000:01:00.1 --group --driver nvidia
	assert_equal "$status" 6
	assert_stderr_has "0000:01:00.0 is in use"
	iom --sysroot tree device unbind 02:00.0
	assert_equal "$status" 6
	assert_equal "$(find tree | sort | md5sum)" "$before"
	iom --dry-run --sysroot tree device bind 02:00.0 --force
	assert_success
}

@test "bind: virtual functions, and an interface that is down" {
	echo down >"$(find tree/sys/devices -path '*eth0/operstate')"
	iom --sysroot tree device bind 02:00.0
	assert_equal "$status" 6
	assert_stderr_has "it has 2 active virtual functions"
	iom --dry-run --sysroot tree device bind 02:10.4
	assert_success
}

@test "bind: disks that carry something mounted, at any depth" {
	mkdir -p tree/proc/self
	echo '36 1 8:2 / /srv/data rw,relatime shared:1 - ext4 /dev/sda2 rw' >tree/proc/self/mountinfo
	iom --sysroot tree device bind 00:1f.2
	assert_equal "$status" 6
	assert_stderr_has "disk sda carries what is mounted at /srv/data"
	# by name, where the file system makes up its number
	echo '37 1 0:33 / /home rw - btrfs /dev/sda1 rw' >tree/proc/self/mountinfo
	iom --sysroot tree device bind 00:1f.2
	assert_equal "$status" 6
	assert_stderr_has "mounted at /home"
	# LVM on a partition
	echo '38 1 253:0 / /var rw - xfs /dev/mapper/vg-var rw' >tree/proc/self/mountinfo
	iom --dry-run --sysroot tree device bind 00:1f.2
	assert_success
	mkdir -p "$(dirname "$(find tree/sys/devices -path '*sda2/dev')")/holders/dm-0" \
		tree/sys/devices/virtual/block/dm-0
	echo 253:0 >tree/sys/devices/virtual/block/dm-0/dev
	ln -s ../../devices/virtual/block/dm-0 tree/sys/class/block/dm-0
	# partitions have an entry of their own, below which their holders stand
	iom --sysroot tree device bind 00:1f.2
	assert_equal "$status" 6
	assert_stderr_has "mounted at /var"
	: >tree/proc/self/mountinfo
	printf 'Filename Type Size Used Priority\n/dev/sda1 partition 8 0 -2\n' >tree/proc/swaps
	iom --sysroot tree device bind 00:1f.2
	assert_equal "$status" 6
	assert_stderr_has "disk sda holds swap space in use"
	iom --dry-run --sysroot tree device bind 80:01.0
	assert_success
}

@test "bind: a disk of several NVMe controllers is found from each of them" {
	local sub=tree/sys/devices/virtual/nvme-subsystem/nvme-subsys0

	mkdir -p $sub/nvme0n1 tree/sys/class/nvme-subsystem tree/proc/self \
		tree/sys/devices/pci0000:00/0000:00:1d.0/0000:03:00.0/nvme/nvme0
	ln -s ../../devices/virtual/nvme-subsystem/nvme-subsys0 tree/sys/class/nvme-subsystem/nvme-subsys0
	ln -s ../../../pci0000:00/0000:00:1d.0/0000:03:00.0/nvme/nvme0 $sub/nvme0
	ln -s ../../devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1 tree/sys/class/block/nvme0n1
	echo 259:0 >$sub/nvme0n1/dev
	rm -r tree/proc/5151
	iom --sysroot tree device list --group 10 --get devices.0.uses
	assert_output block:nvme0n1
	echo '36 1 259:0 / / rw - ext4 /dev/root rw' >tree/proc/self/mountinfo
	iom --sysroot tree device bind 03:00.0 --driver nvme
	assert_equal "$status" 6
	assert_stderr_has "disk nvme0n1 carries what is mounted at /"
}

@test "bind: what is true is reported, not what was asked" {
	# the files take the writes, and nothing happens
	touch tree/sys/bus/pci/drivers_probe "$(readlink -f tree/sys/bus/pci/drivers/snd_hda_intel)/unbind"
	iom_json --sysroot tree device bind 01:00.1
	assert_equal "$status" 1
	assert_output ""
	assert_stderr_has "0000:01:00.1 did not come to driver vfio-pci" "it has driver snd_hda_intel"
	assert_equal "$(cat tree/sys/bus/pci/devices/0000:01:00.1/driver_override)" vfio-pci
	assert_equal "$(cat tree/sys/bus/pci/drivers_probe)" 0000:01:00.1
	# it has that driver still, so that going back is done at once
	iom_json --sysroot tree device restore 01:00.1
	assert_success
	assert_output '{"schema":"iommuctl.device.restore/1","devices":[{"device":"0000:01:00.1","before":"snd_hda_intel","driver":"snd_hda_intel"}]}'
	iom --sysroot tree device restore 01:00.1
	assert_equal "$status" 5
	assert_stderr_has "nothing is remembered of 0000:01:00.1"
}

@test "bind: what has the driver already is left alone" {
	rm -r tree/proc/6006
	iom_json --sysroot tree device bind 02:10.0
	assert_success
	assert_output '{"schema":"iommuctl.device.bind/1","devices":[{"device":"0000:02:10.0","before":"vfio-pci","driver":"vfio-pci","vfio":"vfio1"}]}'
	[ ! -e tree/run ]
	# in use or not: nothing is taken away from who has the other member open
	iom_json --sysroot tree device bind 01:00.0
	assert_success
	iom_json --dry-run --sysroot tree device bind 01:00.1 --group
	assert_success
	[[ $output == *'"device":"0000:01:00.1"'* && $output != *'"device":"0000:01:00.0"'* ]]
}

@test "bind: the bus decides which VFIO driver is meant" {
	local dir=tree/sys/devices/platform/ARMH0330:00

	mkdir -p "$dir" tree/sys/bus/platform/drivers tree/sys/kernel/iommu_groups/20/devices
	echo DMA >tree/sys/kernel/iommu_groups/20/type
	echo MODALIAS=acpi:ARMH0330: >"$dir/uevent"
	ln -s ../../../bus/platform "$dir/subsystem"
	ln -s ../../../../devices/platform/ARMH0330:00 tree/sys/kernel/iommu_groups/20/devices/ARMH0330:00
	iom_json --dry-run --sysroot tree device bind ARMH0330:00
	assert_success
	[[ $output == *'"path":"modprobe","value":"vfio-platform"'* ]]
	[[ $output == *'/driver_override","value":"vfio-platform"'* ]]
	[[ $output == *'"path":"/sys/bus/platform/drivers_probe"'* ]]
}

@test "bind: wrong words" {
	iom device bind
	usage_error "missing --name"
	iom device bind x --driver ../../etc
	usage_error "--driver: '../../etc' is not the name of a driver"
	iom --sysroot tree device bind 00:16.0 --driver "$(printf 'x%.0s' {1..80})"
	usage_error "the name of the driver is too long"
	iom --sysroot tree device bind 0000:0f:00.0
	assert_equal "$status" 5
	iom --sysroot tree device restore 0000:0f:00.0
	assert_equal "$status" 5
	iom --sysroot tree device bind 0000:00:16.0
	assert_equal "$status" 5
	assert_stderr_has "cannot write" ENOENT
}
