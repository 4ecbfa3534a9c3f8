#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# doctor: each check finds what is wrong on a tree that has it, and nothing on one that is well.

# shellcheck disable=SC2154 # stderr is of the helper

load helper

PCI=sys/bus/pci/devices
ROWS=$TOP/tests/fixtures/doctor/rows.recipes

# A machine that is well: the saved server, with what it lacks, and its one device in trouble helped.
setup()
{
	T=$BATS_TEST_TMPDIR
	DOCS=$BATS_FILE_TMPDIR/docs
	cd "$T" || return 1
	cp -r "$TOP/tests/fixtures/host-server" tree
	cd tree || return 1
	mkdir -p proc/self proc/sys/kernel boot dev/vfio/devices lib/modules/7.3.4 \
		sys/firmware/acpi/tables sys/module/{vfio,iommufd}/parameters \
		sys/kernel/mm/transparent_hugepage sys/kernel/mm/hugepages/hugepages-2048kB \
		sys/devices/pci0000:00/0000:00:1d.0/0000:03:00.0/vfio-dev/vfio2
	echo 7.3.4 >proc/sys/kernel/osrelease
	echo 'BOOT_IMAGE=/vmlinuz root=/dev/sda2 intel_iommu=on' >proc/cmdline
	printf '  10 iommu\n 196 vfio\n' >proc/misc
	printf ' 120:  1  0  IR-PCI-MSI-0000:00:1f.2  0-edge  ahci\n' >proc/interrupts
	printf 'processor\t: 0\naddress sizes\t: 39 bits physical, 48 bits virtual\n' >proc/cpuinfo
	printf 'Limit  Soft Limit  Hard Limit  Units\nMax locked memory  8388608  unlimited  bytes\n' \
		>proc/self/limits
	printf 'Name:\tx\nUid:\t1000\t1000\nCapEff:\t0000000000000000\nCapBnd:\t000001ffffffffff\n' \
		>proc/self/status
	cp -r proc/self proc/777
	echo vmm >proc/777/comm
	echo '7f1000000000-7f1000004000 rw-p 00000000 00:00 0' >proc/777/maps
	echo 0::/system.slice/vmm.service >proc/777/cgroup
	echo CONFIG_IOMMUFD=m >boot/config-7.3.4
	printf 'CONFIG_%s=y\n' IOMMU_SUPPORT VFIO VFIO_PCI VFIO_DEVICE_CDEV VFIO_PCI_DMABUF \
		>>boot/config-7.3.4
	echo '0::/user.slice/user-1000.slice/session-3.scope' >proc/self/cgroup
	echo '6,1,1,-;DMAR: Intel(R) Virtualization Technology for Directed I/O' >dev/kmsg
	echo 'always [madvise] never' >sys/kernel/mm/transparent_hugepage/enabled
	echo 512 >sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages
	: >sys/firmware/acpi/tables/DMAR
	echo N >sys/module/vfio/parameters/enable_unsafe_noiommu_mode
	echo N >sys/module/iommufd/parameters/allow_unsafe_interrupts
	echo 511:2 >sys/devices/pci0000:00/0000:00:1d.0/0000:03:00.0/vfio-dev/vfio2/dev
	: >dev/iommu
	: >dev/vfio/devices/vfio0
	: >dev/vfio/devices/vfio1
	: >dev/vfio/devices/vfio2
	rm -r proc/4242 proc/5151 proc/6006
	cd "$T" || return 1
}

# What recipes break the machine with.

# holds PID UID KIB [CAPS]: a process that has /dev/iommu open and memory pinned
holds()
{
	mkdir -p "tree/proc/$1/fd"
	ln -s /dev/iommu "tree/proc/$1/fd/5"
	echo other-vmm >"tree/proc/$1/comm"
	printf 'Name:\tx\nUid:\t%s\t0\nVmPin:\t%8s kB\nCapEff:\t%s\n' "$2" "$3" "${4:-0}" \
		>"tree/proc/$1/status"
}

# limit SOFT HARD [PID]
limit()
{
	printf 'Limit  Soft Limit  Hard Limit  Units\nMax locked memory  %s  %s  bytes\n' "$1" "$2" \
		>"tree/proc/${3:-self}/limits"
}

# unit FILE LINE...
unit()
{
	local file=tree/etc/systemd/system/$1

	shift
	mkdir -p "${file%/*}"
	printf '%s\n' '[Service]' "$@" >"$file"
}

# maps PID LINE
maps()
{
	echo "$2" >>"tree/proc/$1/maps"
}

# kmsg LEVEL TEXT: the kernel logs it
kmsg()
{
	echo "$1,9,9,-;$2" >>tree/dev/kmsg
}

# member NAME CLASS DRIVER: a device joins the group of 03:00.0
member()
{
	local dir=tree/sys/devices/pci0000:00/0000:00:1d.0/$1

	if [ -e "tree/$PCI/$1" ]; then
		dir=$(realpath "tree/$PCI/$1")
		rm "$dir/iommu_group" tree/sys/kernel/iommu_groups/*/devices/"$1"
	else
		mkdir "$dir"
		printf 'DRIVER=%s\nPCI_CLASS=%s\nPCI_ID=8086:1234\n' "$3" "$2" >"$dir/uevent"
		ln -s "../../../devices/pci0000:00/0000:00:1d.0/$1" "tree/$PCI/$1"
	fi
	ln -s "../../../../${dir#*tree/sys/}" "tree/sys/kernel/iommu_groups/10/devices/$1"
}

# iommu NAME [DEVICE [DRIVER]]: 03:00.0 is behind that one instead
iommu()
{
	local dir=tree/sys/class/iommu/$1

	rm -r tree/sys/class/iommu
	mkdir -p "$dir/devices"
	ln -s ../../../../bus/pci/devices/0000:03:00.0 "$dir/devices/0000:03:00.0"
	if [ -n "${2-}" ]; then
		mkdir -p "tree/sys/devices/platform/$2"
		ln -s "../../../devices/platform/$2" "$dir/device"
		[ -z "${3-}" ] || ln -s "../../../bus/virtio/drivers/$3" "tree/sys/devices/platform/$2/driver"
	fi
	case $1 in
	ivhd*)
		mkdir "$dir/amd-iommu"
		echo 25bf732fa22246f2:0 >"$dir/amd-iommu/features" ;;
	esac
}

# mediated UUID: a device of a driver that shares its own
mediated()
{
	local dir=tree/sys/devices/pci0000:00/0000:00:02.0/$1 group=tree/sys/kernel/iommu_groups/20

	mkdir -p "$dir" $group/devices tree/sys/bus/mdev
	echo DRIVER=intel_vgpu_mdev >"$dir/uevent"
	ln -s ../../../../bus/mdev "$dir/subsystem"
	ln -s ../mdev_supported_types/i915-GVTg_V5_4 "$dir/mdev_type"
	ln -s "../../../../devices/pci0000:00/0000:00:02.0/$1" "$group/devices/$1"
	echo DMA >$group/type
	: >$group/reserved_regions
}

# The findings of a check about device 03:00.0, or what else the arguments say.
check()
{
	local id=$1

	shift
	iom -j --sysroot tree doctor "$@"
	[[ $status == [01] ]] || fail "status $status: $stderr"
	printf '%s\n' "$output" >>"$DOCS"
	[[ $output == *"\"problems\":0,"* ]] || assert_equal "$status" 1
	[[ $output != *"\"problems\":0,"* ]] || assert_equal "$status" 0
	found=$(printf '%s\n' "$output" | sed 's/},{/}\n{/g' | grep "{\"check\":\"$id\"")
}

# says VERDICT WORDS...: so it finds now; and the device of the healthy machine has no such finding.
says()
{
	local verdict=$1 s

	shift
	[[ $found == *"\"verdict\":\"$verdict\""* ]] || fail "no $verdict: $found"
	[ "$verdict" = unknown ] || [[ $found == *'"remedy":"'* ]] || fail "no remedy: $found"
	for s; do
		[[ $found == *"$s"* ]] || fail "lacks '$s': $found"
	done
}

# One block of the recipes: see there.
block()
{
	local rows=$1 id=$2 verdict=$3 text bad='"verdict":"(problem|warning)"'
	local -a options=("${@:4}") before

	[ "${#calm[@]}" != 0 ] && before=("${calm[@]}") || before=("${options[@]}")
	[[ " ${options[*]} " == *" --device "* ]] || options+=(--device 03:00.0)
	[[ " ${before[*]} " == *" --device "* ]] || before+=(--device 03:00.0)
	rm -rf tree
	cp -r well tree
	iom -j --sysroot tree doctor --check "$id" "${before[@]}"
	printf '%s\n' "$output" >>"$DOCS"
	[[ $status == 0 && $output == *"\"check\":\"$id\""* && ! $output =~ $bad ]] ||
		fail "$rows $id: before: $output $stderr"
	for text in "${commands[@]}"; do
		eval "$text"
	done
	iom -j --sysroot tree doctor --check "$id" "${options[@]}"
	printf '%s\n' "$output" >>"$DOCS"
	found=$(printf '%s\n' "$output" | sed 's/},{/}\n{/g' | grep -F "\"verdict\":\"$verdict\"") ||
		fail "$rows $id: no $verdict: $output $stderr"
	[[ $found == *"\"subject\":\"$subject"* ]] || [ -z "$subject" ] ||
		fail "$rows $id: not about $subject: $found"
	for text in "${words[@]}"; do
		# as the text is in JSON
		text=${text//\"/\\\"}
		[[ $found == *"$text"* ]] || fail "$rows $id: no '$text': $found"
	done
	case $verdict in
	ok|unknown) [[ ! $output =~ $bad ]] || fail "$rows $id: $output" ;;
	*) [[ $found == *'"remedy":"'* ]] || fail "$rows $id: no remedy: $found" ;;
	esac
}

@test "doctor: nothing is wrong with the machine that is well" {
	iom -j --sysroot tree doctor --device 0000:03:00.0
	assert_success
	printf '%s\n' "$output" >>"$DOCS"
	[[ $output == *'"problems":0,"warnings":0,"unknown":0,'* ]]
	[[ $output != *'"remedy"'* ]]
	# each check has its say
	assert_equal "$(grep -o '"check"' <<<"$output" | wc -l)" 28
	iom --sysroot tree doctor --device 03:00.0 --plan 4M,2 --get problems
	assert_success
	assert_output 0
}

@test "doctor: an IOMMU that is not there, or off" {
	rm -r tree/sys/class/iommu
	check iommu --device 03:00.0
	says problem '"severity":"fatal"' 'tables has DMAR' intel_iommu=on
	echo 'root=/dev/sda2 quiet intel_iommu=off' >tree/proc/cmdline
	check iommu
	says problem '/proc/cmdline has intel_iommu=off' 'take intel_iommu=off off'
	echo 'root=/dev/sda2 x_iommu=off' >tree/proc/cmdline
	rm tree/sys/firmware/acpi/tables/DMAR
	check iommu
	says problem 'firmware offers no IOMMU' 'firmware setup'
}

@test "doctor: iommufd that is not loaded, not built, not in the container" {
	echo ' 196 vfio' >tree/proc/misc
	check iommufd
	says problem 'no iommufd module here'
	mkdir -p tree/lib/modules/7.3.4/kernel/drivers/iommu/iommufd
	: >tree/lib/modules/7.3.4/kernel/drivers/iommu/iommufd/iommufd.ko.xz
	check iommufd
	says problem 'iommufd.ko.xz is there, and not loaded' 'modprobe iommufd'
	rm -r tree/lib
	sed -i /IOMMUFD/d tree/boot/config-7.3.4
	check iommufd
	says problem 'built without CONFIG_IOMMUFD'
	rm tree/proc/misc
	check iommufd
	says unknown /proc/misc
}

@test "doctor: /dev/iommu, and a VFIO node, outside of this namespace" {
	rm tree/dev/iommu
	check iommufd-node
	says problem 'not in this mount namespace' '--device /dev/iommu'
	rm tree/dev/vfio/devices/vfio2
	check vfio-node --device 03:00.0
	says problem '/dev/vfio/devices/vfio2 is not in this mount namespace'
	rm -r tree/dev
	check vfio-node --device 03:00.0
	says unknown /dev
	check iommufd-node
	says unknown /dev
}

@test "doctor: options that the kernel lacks are named" {
	sed -i '/VFIO_PCI\|CDEV/d' tree/boot/config-7.3.4
	check kernel-config
	says problem 'lacks CONFIG_VFIO_PCI, CONFIG_VFIO_DEVICE_CDEV'
	rm tree/boot/config-7.3.4
	check kernel-config
	says unknown '/boot/config-7.3.4'
}

@test "doctor: noiommu, interrupts without isolation, ACS override" {
	echo Y >tree/sys/module/vfio/parameters/enable_unsafe_noiommu_mode
	check noiommu
	says warning 'enable_unsafe_noiommu_mode is Y' 'echo N'
	printf ' 120:  1  PCI-MSI-0000:00:1f.2  0-edge  ahci\n' >tree/proc/interrupts
	check msi-isolation
	says problem EPERM /sys/module/iommufd/parameters/allow_unsafe_interrupts
	echo Y >tree/sys/module/iommufd/parameters/allow_unsafe_interrupts
	check msi-isolation
	says warning 'can forge interrupts'
	rm tree/proc/interrupts
	check msi-isolation
	says unknown /proc/interrupts
	echo 'root=/dev/sda2 pcie_acs_override=downstream' >tree/proc/cmdline
	check acs-override
	says warning pcie_acs_override
}

@test "doctor: a device without a group, without a driver of VFIO, a bridge" {
	rm "$(realpath tree/$PCI/0000:03:00.0)/iommu_group" tree/sys/kernel/iommu_groups/10/devices/*
	check device-group --device 03:00.0
	says problem '0000:03:00.0 has no iommu_group'
	check device-driver --device 00:16.0
	says problem 'no driver' 'iommuctl device bind 0000:00:16.0'
	check device-driver --device 01:00.1
	says problem 'driver snd_hda_intel'
	check device-driver --device 00:1d.0
	says problem bridge
}

@test "doctor: an override that is left over" {
	echo pci-stub >"$(realpath tree/$PCI/0000:03:00.0)/driver_override"
	check driver-override --device 03:00.0
	says warning "driver_override is 'pci-stub' and vfio-pci is bound"
	echo >"$(realpath tree/$PCI/0000:03:00.0)/driver_override"
	check driver-override --device 03:00.0
	[[ $found == *'"verdict":"ok"'* ]]
}

@test "doctor: a VFIO entry without its dev file" {
	rm tree/$PCI/0000:03:00.0/vfio-dev/vfio2/dev
	check vfio-cdev --device 03:00.0
	says problem 'vfio2/dev does not exist' CONFIG_VFIO_DEVICE_CDEV=y
}

@test "doctor: the sibling that holds the group, never the bridge" {
	check group-viable --device 01:00.0
	says problem '"subject":"0000:01:00.1"' snd_hda_intel 'iommuctl device bind 0000:01:00.1'
	[[ $found != *pcieport* ]]
	check group-viable
	says problem '"subject":"0000:01:00.1"'
	# the disk goes with its neighbour
	check cut-off --device 00:1f.4
	[[ $found == *'"verdict":"ok"'* ]]
	check cut-off --device 02:00.0
	says warning 'network interface eth0 is up'
}

@test "doctor: the region that firmware wants one to one" {
	check direct-region --device 80:01.0
	says problem '"subject":"group 12"' '0x7a000000-0x7a0fffff direct'
	check direct-region --device 00:02.0
	[[ $found == *'"verdict":"ok"'* ]]
}

@test "doctor: who has the device open" {
	cp -r "$TOP/tests/fixtures/host-server/proc/5151" tree/proc
	check holder --device 03:00.0
	says warning 'process 5151 (spdk_tgt) has it open' 'kill 5151'
}

@test "doctor: the token of a physical function" {
	check vf-token --device 02:10.0
	[[ $found == *'"verdict":"ok"'* ]]
	sed -i s/=igb$/=vfio-pci/ tree/$PCI/0000:02:00.0/uevent
	check vf-token --device 02:10.0
	says warning '0000:02:00.0 has driver vfio-pci'
}

@test "doctor --plan: the limit of locked memory, exactly" {
	check memlock --plan 16G,2
	says problem '34359738368 bytes are needed, 17179869184 in each of 2' '8388608 bytes' \
		'raise the soft limit to 34359738368' rlimit-mode
	check memlock --plan 4M,2
	[[ $found == *'"verdict":"ok"'*'8388608 bytes are needed'* ]]
	sed -i 's/unlimited/8388608/' tree/proc/self/limits
	check memlock --plan 4M,3
	says problem 'which takes CAP_SYS_RESOURCE, to 12582912'
	printf 'CapEff:\t0000000000004000\n' >tree/proc/self/status
	check memlock --plan 16G,2
	[[ $found == *'"verdict":"ok"'*CAP_IPC_LOCK* ]]
	rm tree/proc/self/limits
	check memlock
	says unknown /proc/self/limits
}

@test "doctor: an IOMMU too narrow, regions where the guest has memory" {
	check iova-width --device 03:00.0 --plan 512G,1
	says problem '39 bits' 549755813888
	sed -i 's/39 bits/46 bits/' tree/proc/cpuinfo
	check iova-width --device 03:00.0
	says warning '"subject":"dmar1"' '39 bits; /proc/cpuinfo: 46' host-phys-bits-limit
	check reserved-regions --device 03:00.0 --plan 16G,1
	[[ $found == *'"verdict":"ok"'* ]]
	echo '0x0000000008000000 0x00000000080fffff msi' \
		>>tree/sys/kernel/iommu_groups/10/reserved_regions
	check reserved-regions --device 03:00.0 --plan 16G,1
	says warning '0x8000000-0x80fffff msi' 'a guest whose 17179869184 bytes'
	check reserved-regions --device 03:00.0 --plan 64M,1
	[[ $found == *'"verdict":"ok"'* ]]
}

@test "doctor: a snapshot gives the same findings" {
	iom -j --sysroot tree doctor --plan 16G,2
	assert_equal "$status" 1
	want=$output
	iom --sysroot tree snapshot s.tar
	assert_success
	iom -j --sysroot s.tar doctor --plan 16G,2
	assert_equal "$status" 1
	assert_equal "$output" "$want"
}

@test "doctor: the list as text is the checks alone" {
	iom doctor --list
	assert_success
	assert_line --index 0 --regexp "^CHECK +SEVERITY TITLE$"
	refute_line --partial problems
	refute_line "(none)"
}

@test "doctor: what it is asked wrongly" {
	iom doctor --plan 16G
	usage_error "--plan: '16G' is no SIZE,DEVICES"
	iom doctor --plan 0,1
	usage_error "--plan: '0,1'"
	iom doctor --plan 16G,x
	usage_error "--plan: '16G,x'"
	iom doctor --plan 99999999999999999999999999999999999999999,1
	usage_error --plan
	iom --sysroot tree doctor --device 0000:09:00.0
	assert_equal "$status" 5
	assert_output ""
	# far more than there is memory in the world
	check memlock --plan 8191T,99999999
	says problem '18446744073709551615 bytes are needed'
}

@test "doctor: every report of a user has its check, which finds it and else says nothing" {
	local line blocks=0 subject=
	local -a head=() commands=() words=() calm=()

	mv tree well
	while IFS= read -r line; do
		case $line in
		'::'*)
			[ -z "${head[2]-}" ] || block "${head[@]}"
			commands=() words=() calm=() subject=
			read -ra head <<<"${line#::}"
			case ${head[1]} in
			cause|none) head=() ;;
			*) blocks=$((blocks + 1)) ;;
			esac ;;
		'~ '*) read -ra calm <<<"${line#\~ }" ;;
		'% '*) commands+=("${line#% }") ;;
		'@ '*) subject=${line#@ } ;;
		'| '*) words+=("${line#| }") ;;
		'> '*) words+=("${line#> }") ;;
		''|'#'*) ;;
		*) fail "no such line: $line" ;;
		esac
	done <"$ROWS"
	[ -z "${head[2]-}" ] || block "${head[@]}"
	[ "$blocks" -gt 50 ]
}

@test "doctor: the recipes name every report, every check, and causes that exist" {
	sed -n 's/^:: \([0-9,]*\) .*/\1/p' "$ROWS" | tr , '\n' | sort -nu >rows
	assert_equal "$(cat rows)" "$(seq 38)"
	iom -j doctor --list
	assert_success
	printf '%s\n' "$output" >>"$DOCS"
	# nothing was examined, so nothing is said to be well
	assert_equal "$(jq -c keys stdout)" '["known","schema"]'
	jq -r '.known[].check' stdout | sort >checks
	sed -n 's/^:: [0-9,-]* \([a-z-]*\) .*/\1/p' "$ROWS" | grep -vx 'cause\|none' | sort -u >named
	run diff checks named
	assert_output ""
	iom -j explain
	jq -r '.causes[] | "\(.call) \(.errno) \(.cause)"' stdout | sort -u >causes
	sed -n 's/^:: [0-9,]* cause //p' "$ROWS" | sort -u >named
	run comm -13 causes named
	assert_output ""
	# a reason is a sentence, not a word
	run grep -cE '^:: [0-9]+ none .{30}' "$ROWS"
	assert_output "$(grep -c '^:: [0-9]* none ' "$ROWS")"
}
