#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# emu run: unmodified programs on the emulated machine.

load helper

@test "emu run: a program finds the nodes, and its children do" {
	needs_emulator
	iom emu run sh -c 'test -c /dev/iommu && test -r /dev/vfio/devices/vfio1 && ls /dev/iommu'
	assert_equal "$status" 0
	assert_output /dev/iommu
	iom emu run ls /dev/vfio/devices/vfio2
	assert_equal "$status" 2
}

@test "emu run: the exit code is the program's" {
	needs_emulator
	iom emu run sh -c 'exit 42'
	assert_equal "$status" 42
	iom emu run -- sh -c 'kill -TERM $$'
	assert_equal "$status" 143
}

@test "emu run: what cannot be run" {
	needs_emulator
	iom emu run no-such-program
	assert_equal "$status" 127
	iom emu run ./no-such-program
	assert_equal "$status" 127
	iom emu run /
	assert_equal "$status" 126
	echo 'exit 0' >"$T/script"
	iom emu run "$T/script"
	assert_equal "$status" 126
	assert_stderr_has EACCES
	chmod +x "$T/script"
	iom emu run "$T/script"
	assert_equal "$status" 126
	assert_stderr_has "neither a program nor a script"
	iom emu run
	usage_error "missing --command"
}

@test "emu run: a machine from a file" {
	needs_emulator
	printf '# one device\ndevice=nic0\n\tbdf=0000:01:00.0 , iommu=0\nlacks=kvm # none\n' >"$T/m"
	iom --dry-run --get machine emu run --config "$T/m" true
	assert_output "device=nic0,bdf=0000:01:00.0,iommu=0;lacks=kvm"
	iom emu run --config "$T/m" ls /dev/vfio/devices/nic0
	assert_output /dev/vfio/devices/nic0
	printf 'device=a\nlacks=kvm\n\ndevice=b\n bdf=zz\n' >"$T/m"
	iom emu run --config "$T/m" true
	usage_error "$T/m:4: emulated machine: bad PCI address 'zz'"
	printf ' bdf=0000:01:00.0\n' >"$T/m"
	iom emu run --config "$T/m" true
	usage_error "$T/m:1: indented"
	iom emu run --config "$T/none" true
	assert_equal "$status" 5
}
