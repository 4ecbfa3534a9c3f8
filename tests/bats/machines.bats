#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Machines captured by tests/vm/capture: each kind of IOMMU, with a device that a process holds.

load helper

# on MACHINE: the commands that follow look at it.
on()
{
	export IOMMUCTL_SYSROOT=$FIXTURES/host-$1
}

# answer FILTER: jq's answer about the last output.
answer()
{
	jq -c "$1" <<<"$output"
}

@test "iommu list: what there is" {
	local machine want

	while read -r machine want; do
		on "$machine"
		iom_json iommu list
		assert_success
		assert_equal "$(answer '.iommus[] | select(.devices > 0) | [.iommu, .kind, .devices]')" "$want"
	done <<'END'
vtd ["dmar0","intel-vtd",13]
amd ["ivhd0","amd",13]
virtio ["0000:00:02.0","virtio",9]
smmuv3 ["smmu3.0x0000000009050000","arm-smmuv3",6]
END
}

@test "iommu show: registers, by name, where the kernel shows them" {
	on vtd
	iom_json iommu show dmar0
	assert_success
	assert_equal "$(answer '[.version, .address, .registers[].register]')" '["1:0","0xfed90000","cap","ecap"]'
	assert_equal "$(answer '.features[] | select(.name == "ir") | .value')" 1
	on amd
	iom_json iommu show ivhd0
	assert_success
	assert_equal "$(answer '[.parent, (.registers[] | .register, .value)]')" \
		'["0000:00:02.0","efr","0x29d3","efr2","0x0","cap","0x1f03000f"]'
	assert_equal "$(answer '.features[] | select(.name == "gtsup") | .value')" 1
	on virtio
	iom_json iommu show 0000:00:02.0
	assert_success
	assert_equal "$(answer '[.parent, .driver, .registers, .features]')" '["virtio0","virtio_iommu",[],[]]'
	on smmuv3
	iom_json iommu show smmu3.0x0000000009050000
	assert_success
	assert_equal "$(answer '[.parent, .driver]')" '["9050000.smmuv3","arm-smmu-v3"]'
	assert_equal "$(answer '[.devices[].device] | length')" 6
}

@test "group list and show: who can be passed on" {
	local machine group want

	while read -r machine group want; do
		on "$machine"
		iom_json group list
		assert_success
		assert_equal "$(answer '[.groups[].state] | group_by(.) | map({(.[0]): length}) | add')" "$want"
		iom_json group show "$group"
		assert_success
		assert_equal "$(answer '[.state, .devices[0].driver]')" '["ready","vfio-pci"]'
	done <<'END'
vtd 2 {"free":2,"held":4,"nothing":2,"ready":1}
amd 2 {"free":2,"held":4,"nothing":2,"ready":1}
virtio 2 {"free":1,"held":4,"nothing":1,"ready":1}
smmuv3 2 {"held":4,"nothing":1,"ready":1}
END
	# two devices behind a bridge to PCI are one group with it
	on amd
	iom_json group list --device 02:01.0
	assert_equal "$(answer '.groups[0].devices')" '["0000:01:00.0","0000:02:01.0","0000:02:02.0"]'
}

@test "device list and show: drivers, nodes, who is behind what" {
	local machine edu want

	while read -r machine edu want; do
		on "$machine"
		iom_json device list
		assert_success
		assert_equal "$(answer '.devices | length')" "$want"
		assert_equal "$(answer "[.devices[] | select(.uses | length > 0) | .driver]")" '["e1000e"]'
		iom_json device show "$edu"
		assert_success
		assert_equal "$(answer '[.driver, .driver_override, .vfio, .group, .group_state, .ats]')" \
			'["vfio-pci","vfio-pci","vfio0",2,"ready","no"]'
	done <<'END'
vtd 0000:00:02.0 13
amd 0000:00:03.0 14
virtio 00:03.0 10
smmuv3 00:02.0 6
END
}

@test "reserved: what each kind of IOMMU keeps" {
	local machine want

	while read -r machine want; do
		on "$machine"
		iom_json reserved --group 2
		assert_success
		assert_equal "$(answer '[.regions[] | [.kind, .start, .last]]')" "$want"
	done <<'END'
vtd [["msi","0xfee00000","0xfeefffff"]]
amd [["msi","0xfee00000","0xfeefffff"],["reserved","0xfd00000000","0xffffffffff"]]
virtio [["msi","0xfee00000","0xfeefffff"]]
smmuv3 [["msi","0x8000000","0x80fffff"]]
END
}

@test "tree, ps: the process at the end" {
	local machine

	for machine in vtd amd virtio smmuv3; do
		on "$machine"
		iom_json ps
		assert_success
		assert_equal "$(answer '.processes[] | [.command, .locked, .pinned, .limit, [.holds[].kind]]')" \
			'["iommuctl",0,2097152,8388608,["iommufd","device"]]'
		[[ $(answer '.processes[].holds[1].device') == '"0000:00:0'[23]'.0"' ]]
		pid=$(answer '.processes[0].pid')
		iom_json tree
		assert_success
		[[ $output == *"\"holders\":[{\"command\":\"iommuctl\",\"pid\":$pid}]"* ]]
	done
}

@test "probe: kernel, parameters, ACPI tables" {
	local machine want

	while read -r machine want; do
		on "$machine"
		iom_json -b emu probe
		assert_success
		assert_equal "$(answer '[.acpi_tables, .command_line]')" "$want"
		[[ $output == *'iommufd.allow_unsafe_interrupts'* ]]
	done <<'END'
vtd [["DMAR"],["intel_iommu=on"]]
amd [["IVRS"],[]]
virtio [["VIOT"],[]]
smmuv3 [null,[]]
END
}

# found CHECK: verdict and evidence of it.
found()
{
	jq -r ".checks[] | select(.check == \"$1\") | .verdict + \" \" + .evidence" <<<"$output"
}

@test "doctor: interrupts that are not remapped, and a log that says why" {
	local machine

	for machine in vtd smmuv3; do
		on "$machine"
		iom -j doctor
		[[ $(found msi-isolation) == "ok "* ]]
		[[ $(found kernel-log) == "ok "* ]]
	done
	for machine in amd virtio; do
		on "$machine"
		iom -j doctor
		[[ $(found msi-isolation) == "warning "*"allow_unsafe_interrupts is Y"* ]]
	done
	[[ $(found kernel-log) == "ok "* ]]
	on amd
	iom -j doctor
	[[ $(found kernel-log) == "warning "*"No southbridge IOAPIC found"* ]]
	[[ $(found iova-width) == *"64 bits"* ]]
	for machine in vtd amd virtio smmuv3; do
		on "$machine"
		iom -j doctor
		[[ $(found holder) == "warning "*"(iommuctl) has it open"* ]]
		[[ $(found iommufd) == "ok "* && $(found vfio-node) == "ok "* ]]
	done
}

@test "metrics: they count" {
	local machine

	for machine in vtd amd virtio smmuv3; do
		on "$machine"
		iom metrics
		assert_success
		assert_line 'iommuctl_devices{driver="vfio-pci"} 1'
		assert_line 'iommuctl_open_files{kind="device"} 1'
		assert_line 'iommuctl_faults{kind="virtio"} 0'
	done
}

@test "snapshot: of a machine, and of the snapshot, are the same bytes" {
	local machine cmd

	for machine in vtd amd virtio smmuv3; do
		on "$machine"
		iom snapshot "$machine.tar"
		assert_success
		for cmd in 'group list' 'device list' tree ps doctor; do
			# shellcheck disable=SC2086
			iom -j $cmd
			without_names <<<"$output" >>"$machine.want"
		done
		export IOMMUCTL_SYSROOT=$machine.tar
		iom snapshot again.tar
		assert_success
		cmp "$machine.tar" again.tar
		for cmd in 'group list' 'device list' tree ps doctor; do
			# shellcheck disable=SC2086
			iom -j $cmd
			without_names <<<"$output" >>"$machine.got"
		done
		cmp "$machine.want" "$machine.got"
	done
}
