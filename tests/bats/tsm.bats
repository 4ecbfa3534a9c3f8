#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# vdevice tsm-bind, tsm-unbind, tsm-request, tsm-map, viommu alloc --kvm-fd, mock kvm: calls of
# patch series. No kernel has them: there the refusals are tested, and that nothing was sent.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154

load helper

# Lines that make a vdevice ($vd) of vfio0 with KVM ($kvm) on the emulator; objects are 1 to 5.
prepare='mock kvm create --private 0x10000000+64K --private 0x20000000+4K --device vfio0 as kvm
ioas alloc as a
device open vfio0 as nic
hwpt alloc $nic $a --nest-parent as p
viommu alloc $nic $p --type arm-smmuv3 --abi tsm-rfc1 --kvm-fd $kvm as v
vdevice alloc $v $nic --virt-id 0x10 as vd'

# The same without KVM, or with a mock device in place of a PCI device.
prepare_no_kvm='ioas alloc as a
device open vfio0 as nic
hwpt alloc $nic $a --nest-parent as p
viommu alloc $nic $p --type arm-smmuv3 as v
vdevice alloc $v $nic --virt-id 0x10 as vd'
prepare_mock='mock kvm create as kvm
ioas alloc as a
mock add-device $a as m
hwpt alloc $m $a --nest-parent as p
viommu alloc $m $p --type selftest --abi tsm-rfc1 --kvm-fd $kvm as v
vdevice alloc $v $m --virt-id 0x10 as vd'

# on_emu LINES [OPTION...]: checks these lines, then those on stdin.
on_emu()
{
	local lines=$1

	shift
	{ printf '%s\n' "$lines"; cat; } >"$T/all"
	check "$@" <"$T/all"
}

# The revisions that have a verb.
all='tsm-amd tsm-early tsm-xu tsm-rfc1 tsm-v2 tsm-v4 tsm-v5 tsm-rework tsm-integration'

@test "what a revision has not is a usage error that names those that have it" {
	check <<'END'
vdevice tsm-bind 1				#! - 2 - | missing --abi
vdevice tsm-bind 1 --abi tsm-v3			#! - 2 - | tsm-v3 | tsm-amd, tsm-early, tsm-xu, tsm-rfc1, tsm-v2, tsm-v4, tsm-v5, tsm-rework, tsm-integration
vdevice tsm-bind 1 --abi tsm-v7			#! - 2 - | revision tsm-v7 has no tsm-bind: it binds by itself | tsm-bind is in: tsm-amd, tsm-early
vdevice tsm-unbind 1 --abi tsm-v7		#! - 2 - | revision tsm-v7 has no tsm-unbind
vdevice tsm-unbind 1 --abi tsm-amd		#! - 2 - | revision tsm-amd has no tsm-unbind | is in: tsm-early, tsm-xu, tsm-rfc1, tsm-v2, tsm-v4, tsm-v5, tsm-rework, tsm-integration
vdevice tsm-request 1 --abi tsm-v7		#! - 2 - | the number of the request of revision tsm-v7 is not known
vdevice tsm-request 1 --abi tsm-early		#! - 2 - | revision tsm-early has no tsm-request
vdevice tsm-map 1 --abi tsm-v2 --start-gpa 0 --end-gpa 4096	#! - 2 - | revision tsm-v2 has no tsm-map | tsm-map is in: tsm-rfc1
vdevice tsm-map 1 --abi tsm-rework --start-gpa 0 --end-gpa 4096	#! - 2 - | tsm-map is in: tsm-rfc1
viommu alloc 1 1 --type selftest --kvm-fd 1	#! - 2 - | --kvm-fd goes with --abi tsm-rfc1 or tsm-v2
viommu alloc 1 1 --type selftest --abi tsm-v4	#! - 2 - | revision tsm-v4 has no --kvm-fd | tsm-rfc1, tsm-v2
vdevice tsm-bind 1 --abi tsm-v5 --kvm-fd 1	#! - 2 - | revision tsm-v5 has no --kvm-fd | goes with: tsm-amd
vdevice tsm-bind 1 --abi tsm-v5 --viommu 1	#! - 2 - | revision tsm-v5 has no --viommu
vdevice tsm-bind 1 --abi tsm-v5 --dev 1		#! - 2 - | revision tsm-v5 has no --dev
vdevice tsm-bind 1 --abi tsm-amd		#! - 2 - | revision tsm-amd needs --kvm-fd
END
}

@test "requests: options of another revision, and wrong ones" {
	printf x >odd
	check <<'END'
vdevice tsm-request 1 --abi tsm-rework		#! - 2 - | revision tsm-rework needs --op
vdevice tsm-request 1 --abi tsm-v5 --op read-object	#! - 2 - | revision tsm-v5 has no --op | tsm-rework, tsm-integration
vdevice tsm-request 1 --abi tsm-v5 --tvm-arch cca	#! - 2 - | revision tsm-v5 has no --tvm-arch
vdevice tsm-request 1 --abi tsm-v5 --type 1	#! - 2 - | revision tsm-v5 has no --type | tsm-xu, tsm-rfc1, tsm-v2, tsm-v4
vdevice tsm-request 1 --abi tsm-v5 --type-info 00	#! - 2 - | revision tsm-v5 has no --type-info
vdevice tsm-request 1 --abi tsm-rework --op object-info --scope info	#! - 2 - | revision tsm-rework has no --scope | tsm-v5
vdevice tsm-request 1 --abi tsm-rework --op no	#! - 2 - | read-object
vdevice tsm-request 1 --abi tsm-v5 --scope 4	#! - 2 - | info
vdevice tsm-request 1 --abi tsm-v5 --request 0	#! - 2 - | --request: hex digits in pairs
vdevice tsm-request 1 --abi tsm-v5 --request @none	#! ENOENT 5 - | cannot read none
vdevice tsm-request 1 --abi tsm-v5 --response-len 17M	#! - 2 - | --response-len: at most 16M
vdevice tsm-request 1 --abi tsm-v5 --response file	#! - 2 - | --response needs --response-len
vdevice tsm-request 1 --abi tsm-v5 --set type=0	#! - 2 - | --set goes with an --op that has a payload
vdevice tsm-request 1 --abi tsm-rework --op sev-enable-dma --set type=0	#! - 2 - | --set goes with an --op that has a payload
vdevice tsm-request 1 --abi tsm-rework --op object-info --set type=vca --request 00	#! - 2 - | exclude each other
vdevice tsm-request 1 --abi tsm-rework --op object-info --set kind=vca	#! - 2 - | object-info has no field 'kind'
vdevice tsm-request 1 --abi tsm-rework --op object-info --set type=vcb	#! - 2 - | type cannot be 'vcb'
vdevice tsm-request 1 --abi tsm-rework --op regen-object --set nonce=@odd	#! - 2 - | nonce is 32 bytes, not 1
END
}

@test "dry run: the struct of each revision, nothing asked and nothing sent" {
	local abi words

	for abi in $all; do
		words=()
		[ "$abi" != tsm-amd ] || words=(--kvm-fd 5)
		iom_json --dry-run vdevice tsm-bind 7 --abi "$abi" "${words[@]}"
		assert_success
	done
	iom_json --dry-run vdevice tsm-bind 7 --abi tsm-rfc1
	[[ $output == *'"call":"IOMMU_VDEVICE_TSM_OP"'*'"name":"size","value":16'*'"name":"op","value":1'*'"name":"vdevice_id","value":7'* ]] || fail "$output"
	iom_json --dry-run vdevice tsm-unbind 7 --abi tsm-v5
	[[ $output == *'"name":"type","value":2'* ]] || fail "$output"
	iom_json --dry-run vdevice tsm-request 7 --abi tsm-integration --op set-tdi-state --set state=run
	[[ $output == *'"name":"size","value":48'*'"name":"op","value":2'*'"name":"tvm_arch","value":1'*'"name":"req_len","value":4'* ]] || fail "$output"
	iom_json --dry-run viommu alloc 3 4 --type arm-smmuv3 --abi tsm-v2 --kvm-fd 6
	[[ $output == *'"name":"size","value":48'*'"name":"flags","value":1'*'"name":"kvm_vm_fd","value":"6"'* ]] || fail "$output"
}

# Every verb of every revision, as batch lines on a vdevice that need not be there.
every_call()
{
	local abi

	for abi in $all; do
		case $abi in
		tsm-amd) echo 'vdevice tsm-bind 1 --abi tsm-amd --kvm-fd 0' ;;
		tsm-xu) ;; # on a VFIO device, see below
		*) echo "vdevice tsm-bind 1 --abi $abi" ;;
		esac
		case $abi in
		tsm-amd|tsm-xu) ;;
		*) echo "vdevice tsm-unbind 1 --abi $abi" ;;
		esac
		case $abi in
		tsm-early) ;;
		tsm-rework|tsm-integration)
			echo "vdevice tsm-request 1 --abi $abi --op set-tdi-state --set state=locked" ;;
		*) echo "vdevice tsm-request 1 --abi $abi --request 00112233" ;;
		esac
	done
	echo 'vdevice tsm-map 1 --abi tsm-rfc1 --start-gpa 0 --end-gpa 0x1000'
	echo 'viommu alloc 1 1 --type selftest --abi tsm-rfc1 --kvm-fd 0'
	echo 'viommu alloc 1 1 --type selftest --abi tsm-v2 --kvm-fd 0'
	echo 'raw vdevice-tsm-op --abi tsm-v5 type=bind vdevice_id=1'
	echo 'raw vdevice-tsm-req --abi tsm-v5 vdevice_id=1'
	echo 'raw vdevice-tsm-map vdevice_id=1 end_gpa=4096'
}

# A kernel of 7.3, or the emulator playing exactly that.
released()
{
	if [ "$T_BACKEND" = kernel ]; then
		"$@"
	else
		"$@" --emu 'abi=7.3'
	fi
}

@test "a released kernel: every call is refused with exit 3, the number's meaning, and not sent" {
	local line

	every_call >script
	released iom_rows -v batch --keep-going script
	assert_equal "$status" 7
	assert_equal "${#ROWS[@]}" "$(wc -l <script)"
	for line in "${ROWS[@]}"; do
		[[ $line == *'"status":3,'*'is not sent to this kernel'*'nothing was sent'* ]] || fail "$line"
	done
	# -v shows what is sent: nothing is
	[[ $stderr != *TSM* ]] || fail "$stderr"
	has IOAS_NOIOMMU_GET_PA || return 0
	run grep -c 'number 0x95 is ioas-noiommu-get-pa in this kernel' stdout
	assert_output "$(grep -cE 'tsm-(un)?bind|raw vdevice-tsm-op' script | awk '{ print $1 - 2 }')"
	run grep -c 'number 0x94 is IOMMU_HW_QUEUE_ALLOC of 40 bytes' stdout
	assert_output 3
	if has VEVENTQ_ALLOC; then
		run grep -c 'number 0x93 is IOMMU_VEVENTQ_ALLOC of 32 bytes' stdout
		assert_output 1
	fi
	run grep -c 'number 0x90 is IOMMU_VIOMMU_ALLOC of 40 bytes' stdout
	assert_output 2
}

@test "a released kernel: only questions of size 4, or of zeros, left the process" {
	local nr size bytes odd=0 asked=0

	# the emulator makes no system call: its seam is looked at above and in the unit tests
	[ "$T_BACKEND" = kernel ] || return 0
	gcc -shared -fPIC -O1 -o log.so "$TOP/tests/bats/ioctl-log.c"
	every_call >script
	export IOCTL_LOG=$T/log
	: >log
	capture strace -f -e trace=ioctl -o trace -E LD_PRELOAD="$T/log.so" \
		"$T_IOMMUCTL" batch --keep-going script
	assert_equal "$status" 7
	while read -r nr size bytes; do
		case $nr in
		95|96|97) asked=$((asked + 1)) ;;
		*) continue ;;
		esac
		case $nr:$size:${bytes//0/} in
		9[567]:4:|95:40:) ;;
		*) odd=$((odd + 1)); echo "# $nr $size $bytes" >&3 ;;
		esac
	done <log
	assert_equal "$odd" 0
	[ "$asked" -gt 20 ]
	# strace sees every system call: the log missed none
	run grep -cE '_IOC\(_IOC_NONE, 0x3b, 0x9[567], 0\)' trace
	assert_output "$asked"
}

@test "a kernel with a series: its size tells the revisions apart" {
	needs_emulator
	check --emu 'abi=tsm-v5' <<'END'
vdevice tsm-bind 1 --abi tsm-v5		#! ENOENT 5 no-object field=vdevice_id
vdevice tsm-request 1 --abi tsm-v5	#! ENOENT 5 no-object field=vdevice_id
vdevice tsm-request 1 --abi tsm-rework --op object-info	#! - 3 - | number 0x96 is IOMMU_VDEVICE_TSM_REQ of 40 bytes in this kernel, not IOMMU_VDEVICE_TSM_REQ of tsm-rework (48 bytes)
vdevice tsm-request 1 --abi tsm-rfc1	#! - 3 - | 0x96 is IOMMU_VDEVICE_TSM_REQ of 40 bytes
vdevice tsm-unbind 1 --abi tsm-early	#! - 3 - | number 0x95 is IOMMU_VDEVICE_TSM_OP of 16 bytes in this kernel | (8 bytes)
vdevice tsm-map 1 --abi tsm-rfc1 --start-gpa 0 --end-gpa 4096	#! - 3 - | number 0x97 is absent
raw vdevice-tsm-req --abi tsm-rework	#! - 3 - | 40 bytes
raw vdevice-tsm-op --abi tsm-v5		#! ENOENT 5 no-object
ioas get-pa 1 --iova 0			#! - 3 - | number 0x95 is vdevice-tsm-op
END
	check --emu 'abi=tsm-rework' <<'END'
vdevice tsm-request 1 --abi tsm-rework --op object-info	#! ENOENT 5 no-object
vdevice tsm-request 1 --abi tsm-integration --op object-info	#! - 3 - | number 0x96 is the request of tsm-rework in this kernel
vdevice tsm-request 1 --abi tsm-v5	#! - 3 - | of 48 bytes
vdevice tsm-request 1 --abi tsm-v4	#! - 3 - | the request of tsm-rework
END
	check --emu 'abi=tsm-integration' <<'END'
vdevice tsm-request 1 --abi tsm-rework --op object-info	#! - 3 - | the request of tsm-integration
vdevice tsm-request 1 --abi tsm-integration --op object-info	#! ENOENT 5 no-object
END
	check --emu 'abi=tsm-rfc1' <<'END'
vdevice tsm-request 1 --abi tsm-rfc1	#! ENOENT 5 no-object
vdevice tsm-request 1 --abi tsm-integration --op object-info	#! - 3 - | 0x96 is IOMMU_VDEVICE_TSM_GUEST_REQUEST in this kernel
vdevice tsm-map 1 --abi tsm-rfc1 --start-gpa 0 --end-gpa 4096	#! ENOENT 5 no-object
viommu alloc 1 1 --type selftest --abi tsm-v2 --kvm-fd 0	#! ENOENT 5 no-object
END
	iom --emu 'abi=tsm-rfc1' probe --get nr_0x95
	assert_output vdevice-tsm-op
	iom --emu 'abi=tsm-v5,tsm-v4' probe
	usage_error "a second TSM series"
}

@test "mock kvm: memslots, and only the emulator makes virtual machines" {
	if [ "$T_BACKEND" = kernel ]; then
		check <<'END'
mock kvm create			#! - 3 - | on the emulator only | /dev/kvm
mock kvm show 0			#! - 3 - | on the emulator only
END
		return
	fi
	check <<'END'
mock kvm create --private 0x1000-0x1fff --private 0x4000+8K as k	#= slots=2
mock kvm show $k	#= | "ranges":[{"kind":"private","start":"0x1000","last":"0x1fff"},{"kind":"private","start":"0x4000","last":"0x5fff"}]
mock kvm create		#= slots=0
mock kvm create --private 0x1000-0x1ffe	#! EINVAL 2 - | whole pages
mock kvm create --private 0x1000-0x1fff --private 0+64K	#! EEXIST 2 - | overlap
mock kvm create --device vfio9	#! ENOENT 5 - | no such device
mock kvm show 0		#! - 5 - | fd 0 is no virtual machine
END
}

@test "viommu alloc --kvm-fd: the fd counts last, other fds are EBADF" {
	needs_emulator
	check <<'END'
mock kvm create as k
ioas alloc as a
mock add-device $a as m
hwpt alloc $m $a --nest-parent as p	#= hwpt_id=5
viommu alloc $m $p --type selftest --abi tsm-rfc1 --kvm-fd 0	#! EBADF 1 kvm-fd field=kvm_vm_fd | not a KVM virtual machine
viommu alloc $m $p --type selftest --abi tsm-v2 --kvm-fd 77	#! EBADF 1 kvm-fd | fd 77 is not open
viommu alloc $m 99 --type selftest --abi tsm-rfc1 --kvm-fd 0	#! ENOENT 5 no-object field=hwpt_id
viommu alloc 99 $p --type selftest --abi tsm-rfc1 --kvm-fd 0	#! ENOENT 5 no-object field=dev_id
raw viommu-alloc --abi tsm-rfc1 flags=2 type=selftest dev_id=$m hwpt_id=$p	#! EOPNOTSUPP 3 flag-unknown | known: kvm-fd
raw viommu-alloc --abi tsm-rfc1 flags=0 type=0xdeadbeef dev_id=$m hwpt_id=$p kvm_vm_fd=77	#= out_viommu_id=6
viommu alloc $m $p --type selftest --abi tsm-rfc1 --kvm-fd $k	#= viommu_id=7
viommu alloc $m $p --type selftest --abi tsm-v2 --kvm-fd $k	#= viommu_id=8
viommu alloc $m $p --type selftest --abi tsm-v2	#= viommu_id=9
raw viommu-alloc type=0xdeadbeef dev_id=$m hwpt_id=$p	#= out_viommu_id=10
END
	on_emu "${prepare_mock%viommu alloc*}" --emu 'lacks=kvm' <<'END'
viommu alloc $m $p --type selftest --abi tsm-v2 --kvm-fd $kvm	#! EOPNOTSUPP 3 kvm-absent
END
}

@test "tsm-rfc1, tsm-v2, tsm-v4: bind in the order flags, vdevice, then ENODEV for all" {
	local abi

	needs_emulator
	for abi in tsm-rfc1 tsm-v2 tsm-v4; do
		sed "s/ABI/$abi/g" >lines <<'END'
raw vdevice-tsm-op --abi ABI op=7 flags=1 vdevice_id=99	#! EOPNOTSUPP 3 flag-unknown
raw vdevice-tsm-op --abi ABI op=7 vdevice_id=99	#! ENOENT 5 no-object
raw vdevice-tsm-op --abi ABI op=7 vdevice_id=$vd	#! ENODEV 5 op-unknown field=op
vdevice tsm-bind $nic --abi ABI		#! ENOENT 5 no-object | a device, a vdevice is needed
vdevice tsm-bind $vd --abi ABI		#= vdevice_id=5 abi=ABI
vdevice tsm-bind $vd --abi ABI
vdevice tsm-unbind $vd --abi ABI	#= vdevice_id=5 abi=ABI
vdevice tsm-unbind $vd --abi ABI
END
		on_emu "$prepare" <lines
		printf '%s\n' "vdevice tsm-bind \$vd --abi $abi	#! ENODEV 5 not-pci | mock device" |
			on_emu "$prepare_mock"
	done
	on_emu "$prepare_no_kvm" <<'END'
vdevice tsm-bind $vd --abi tsm-rfc1	#! ENODEV 5 viommu-no-kvm | viommu 4 of vdevice 5 was made without a KVM fd
vdevice tsm-bind $vd --abi tsm-v4	#! ENODEV 5 - | it can be that
END
	on_emu "$prepare" --emu 'lacks=tsm' <<'END'
vdevice tsm-bind $vd --abi tsm-rfc1	#! ENODEV 5 tsm-refused
vdevice tsm-unbind $vd --abi tsm-v2	#! ENODEV 5 tsm-refused
END
}

@test "tsm-v5, tsm-rework, tsm-integration: bind in the order flags, vdevice, KVM, type, TSM" {
	local abi

	needs_emulator
	for abi in tsm-v5 tsm-rework tsm-integration; do
		sed "s/ABI/$abi/g" >lines <<'END'
raw vdevice-tsm-op --abi ABI type=7 flags=1 vdevice_id=99	#! EOPNOTSUPP 3 flag-unknown
raw vdevice-tsm-op --abi ABI type=7 vdevice_id=99	#! ENOENT 5 no-object
raw vdevice-tsm-op --abi ABI type=7 vdevice_id=$vd	#! EINVAL 1 op-unknown field=type
vdevice tsm-bind $vd --abi ABI		#= vdevice_id=5 abi=ABI
vdevice tsm-bind $vd --abi ABI
vdevice tsm-unbind $vd --abi ABI
vdevice tsm-unbind $vd --abi ABI
mock kvm create as other
vdevice tsm-bind $vd --abi tsm-amd --kvm-fd $other
vdevice tsm-bind $vd --abi ABI		#! EBUSY 6 bound-elsewhere
END
		on_emu "$prepare" <lines
	done
	# the KVM of the VFIO device counts, not that of the vIOMMU
	on_emu "$prepare_no_kvm" <<'END'
raw vdevice-tsm-op --abi tsm-v5 type=7 vdevice_id=$vd	#! ENODEV 5 viommu-no-kvm
vdevice tsm-bind $vd --abi tsm-v5	#! ENODEV 5 viommu-no-kvm
END
	on_emu "$prepare" --emu 'lacks=tsm' <<'END'
vdevice tsm-bind 99 --abi tsm-v5	#! EOPNOTSUPP 3 tsm-absent
END
	on_emu "$prepare" --emu 'device=vfio0,iommu=0,driver=arm-smmuv3,tsm=none' <<'END'
vdevice tsm-bind $vd --abi tsm-v5	#! EINVAL 1 not-connected
END
	on_emu "$prepare" --emu 'device=vfio0,iommu=0,driver=arm-smmuv3,tsm=devsec' <<'END'
vdevice tsm-bind $vd --abi tsm-v5	#! ENXIO 5 tsm-not-link
vdevice tsm-bind $vd --abi tsm-rfc1	#! ENODEV 5 tsm-refused
END
}

@test "tsm-early, tsm-xu, tsm-amd: their own ways to bind" {
	needs_emulator
	on_emu "$prepare" <<'END'
vdevice tsm-bind 99 --abi tsm-early	#! ENOENT 5 no-object
vdevice tsm-bind $vd --abi tsm-early	#= abi=tsm-early
vdevice tsm-unbind $vd --abi tsm-early
vdevice tsm-bind $vd --abi tsm-xu	#= abi=tsm-xu
vdevice tsm-unbind $vd --abi tsm-xu
vdevice tsm-bind 99 --abi tsm-xu --dev $nic	#! ENOENT 5 no-object
vdevice tsm-bind 99 --abi tsm-xu	#! - 2 - | the device of vdevice 99 is not known here: --dev
vdevice tsm-bind $vd --abi tsm-xu --dev 99	#! - 5 - | no VFIO device with id 99
raw vfio-tsm-bind --dev $nic vdevice_id=$vd flags=1	#! EINVAL 1 flag-unknown
raw vfio-tsm-unbind --dev $nic vdevice_id=$vd --size 12	#! EINVAL 1 size-too-small
device open vfio1 as other
vdevice tsm-bind $vd --abi tsm-xu --dev $other	#! EINVAL 1 vdevice-other | of device 2, the call went to device 6
vdevice tsm-bind $vd --abi tsm-amd --kvm-fd $kvm	#= abi=tsm-amd
mock kvm create as other_kvm
vdevice tsm-bind $vd --abi tsm-amd --kvm-fd $other_kvm	#! EBUSY 6 bound-elsewhere
vdevice tsm-bind $vd --abi tsm-amd --kvm-fd 0	#! EBADF 1 kvm-fd field=kvmfd
vdevice tsm-bind $vd --abi tsm-amd --kvm-fd 0 --viommu 99 --dev 99	#! ENOENT 5 no-object field=viommu_id
vdevice tsm-bind $vd --abi tsm-amd --kvm-fd 0 --dev 99	#! ENOENT 5 no-object field=dev_id
vdevice tsm-bind 99 --abi tsm-amd --kvm-fd 0 --viommu $v --dev $nic	#! ENOENT 5 no-object field=vdevice_id
END
	on_emu "$prepare" --emu 'device=vfio0,iommu=0,driver=arm-smmuv3,tsm=none' <<'END'
vdevice tsm-bind $vd --abi tsm-amd --kvm-fd 0	#! ENODEV 5 tdi-absent
vdevice tsm-bind $vd --abi tsm-early	#! ENODEV 5 tsm-refused
vdevice tsm-bind $vd --abi tsm-xu	#! EINVAL 1 viommu-no-kvm
END
	on_emu "$prepare" --emu 'lacks=tsm' <<'END'
vdevice tsm-unbind $vd --abi tsm-early	#! ENODEV 5 tsm-refused
END
	on_emu "$prepare_mock" <<'END'
vdevice tsm-bind $vd --abi tsm-early	#! ENODEV 5 not-pci
vdevice tsm-unbind $vd --abi tsm-early	#! ENODEV 5 not-pci
END
}

@test "destroying the vdevice, or closing, unbinds" {
	needs_emulator
	on_emu "$prepare" <<'END'
vdevice tsm-bind $vd --abi tsm-rfc1
vdevice tsm-request $vd --abi tsm-rfc1
object destroy $vd
vdevice alloc $v $nic --virt-id 0x10 as again	#= vdevice_id=5
vdevice tsm-request $again --abi tsm-rfc1	#! ENXIO 5 tsm-not-bound | vdevice 5 is not bound
vdevice tsm-bind $again --abi tsm-rfc1
object destroy $v				#! EBUSY 6 object-held
END
}

@test "opaque requests come back: tsm-amd, tsm-xu, tsm-rfc1 to tsm-v4, tsm-v5" {
	needs_emulator
	printf 'abcd' >four
	on_emu "$prepare" <<'END'
vdevice tsm-request 99 --abi tsm-rfc1	#! ENOENT 5 no-object
vdevice tsm-request $vd --abi tsm-rfc1	#! ENXIO 5 tsm-not-bound
vdevice tsm-request $vd --abi tsm-xu	#! ENOENT 5 tsm-not-bound
vdevice tsm-request $vd --abi tsm-v5	#! ENXIO 5 tsm-not-bound
vdevice tsm-request $vd --abi tsm-rework --op object-info	#! ENXIO 5 tsm-not-bound
vdevice tsm-request $vd --abi tsm-amd	#! ENODEV 5 tsm-not-bound
vdevice tsm-bind $vd --abi tsm-rfc1
vdevice tsm-request $vd --abi tsm-rfc1 --request 0x00112233 --response-len 8	#= residue=0 response_len=4 response=00112233 !tsm_code !fw_err
vdevice tsm-request $vd --abi tsm-v2 --type 7 --type-info @four --request @four --response-len 2	#= response_len=2 response=6162
vdevice tsm-request $vd --abi tsm-v4 --request 00	#= response_len=0 !response
vdevice tsm-request $vd --abi tsm-xu --request 0102 --response-len 4 --response out	#= response_len=2 file=out !response
vdevice tsm-request $vd --abi tsm-amd --request 0102 --response-len 2	#= response=0102 fw_err=0
vdevice tsm-request $vd --abi tsm-v5 --request 0102 --response-len 8	#= residue=6 response_len=2 response=0102
vdevice tsm-request $vd --abi tsm-v5 --scope state-change --request 0102	#= residue=0 response_len=0
vdevice tsm-request $vd --abi tsm-v5 --scope debug-read	#! EINVAL 1 tsm-scope-debug field=scope
raw vdevice-tsm-req --abi tsm-v5 vdevice_id=99 scope=4 __reserved=1	#! EOPNOTSUPP 3 reserved-not-zero
raw vdevice-tsm-req --abi tsm-v5 vdevice_id=99 scope=4	#! EINVAL 1 tsm-scope
raw vdevice-tsm-req --abi tsm-v5 vdevice_id=99 scope=3	#! ENOENT 5 no-object
raw vdevice-tsm-req --abi tsm-v5 vdevice_id=$vd req_len=8	#! EFAULT 1 bad-pointer | look at the state before you send it again
raw vdevice-tsm-req --abi tsm-v5 vdevice_id=$vd req_len=0xffffffff resp_len=0xffffffff req_uptr=buf:64	#! EFAULT 1 bad-pointer
raw vdevice-tsm-guest-request --abi tsm-rfc1 vdevice_id=$vd type_info_len=8	#! EFAULT 1 bad-pointer | look at the state
raw tsm-guest-request vdevice_id=$vd viommu_id=$v dev_id=$nic req=buf:4 req_len=4 rsp=1 rsp_len=4	#! EFAULT 1 bad-pointer
vdevice tsm-request $vd --abi tsm-v5 --request 01 --response-len 1 --response /dev/full	#! ENOSPC 1 - | cannot write /dev/full | done all the same
END
	run cat out
	assert_output "$(printf '\1\2')"
	on_emu "$prepare_mock" <<'END'
vdevice tsm-request $vd --abi tsm-rfc1	#! EINVAL 1 not-pci
vdevice tsm-request $vd --abi tsm-v5	#! EINVAL 1 not-pci
vdevice tsm-request $vd --abi tsm-rework --op object-info	#! EINVAL 1 not-pci
END
	on_emu "$prepare" --emu 'lacks=tsm' <<'END'
vdevice tsm-request $vd --abi tsm-v5	#! EOPNOTSUPP 3 tsm-absent
END
}

@test "tsm-rework, tsm-integration: states, objects, report, MMIO, DMA" {
	local abi

	needs_emulator
	printf '0123456789abcdef0123456789abcdef' >nonce
	for abi in tsm-rework tsm-integration; do
		sed "s/REQ/vdevice tsm-request \$vd --abi $abi --op/; s/ABI/$abi/" >lines <<'END'
vdevice tsm-bind $vd --abi ABI
REQ object-info --set type=vca --response-len 4		#= residue=0 tsm_code=0x0 response=15000000
REQ object-info --set type=cert --response-len 4	#= response=90010000
REQ object-info --set type=ifreport --response-len 4	#= residue=4 tsm_code=0x2 response_len=0
REQ read-object --set type=vca --response-len 32	#= residue=11 response_len=21 response=656d752d76636120303030303a30303a30322e300a
REQ read-object --set type=cert --set offset=396 --response-len 8	#= residue=4 response_len=4
REQ read-object --set type=cert --set offset=400 --response-len 8	#= residue=8 response_len=0
REQ read-object --set type=cert --set offset=401 --response-len 8	#! EINVAL 1 tsm-refused
REQ set-tdi-state --set state=run	#= residue=0 tsm_code=0x1
REQ validate-mmio --set gpa_base=0x10000000 --set gpa_top=0x10001000	#= tsm_code=0x1
REQ set-tdi-state --set state=locked	#= tsm_code=0x0 residue=0
REQ set-tdi-state --set state=locked	#= tsm_code=0x1
REQ regen-object --set type=ifreport --set nonce=@nonce	#= tsm_code=0x0
REQ regen-object --set type=meas --set flags=1 --set nonce=@nonce	#= tsm_code=0x0
REQ regen-object --set type=vca --set nonce=@nonce	#! EINVAL 1 tsm-refused
REQ regen-object --set type=meas --set flags=2 --set nonce=@nonce	#! EINVAL 1 tsm-refused
REQ regen-object --set type=meas	#! EFAULT 1 payload-pointer | look at the state
REQ validate-mmio --set gpa_base=0x10000000 --set gpa_top=0x10001000	#= tsm_code=0x0
REQ validate-mmio --set gpa_base=0x10000000 --set gpa_top=0x10011000	#= tsm_code=0x3
REQ validate-mmio --set gpa_base=0x10000000 --set gpa_top=0x10000000	#! EINVAL 1 tsm-refused
REQ set-tdi-state --set state=run	#= tsm_code=0x0
REQ sev-enable-dma			#! EINVAL 1 tsm-op | for tvm_arch sev alone
REQ sev-enable-dma --tvm-arch sev	#= tsm_code=0x0
REQ read-object --set type=ifreport --response-len 1K --response report	#= tsm_code=0x0
REQ read-object --set type=meas --response-len 1K --response meas
REQ sev-disable-dma --tvm-arch sev	#= tsm_code=0x0
REQ set-tdi-state --set state=unlocked	#= tsm_code=0x0
REQ sev-enable-dma --tvm-arch sev	#= tsm_code=0x1
REQ object-info --set type=ifreport --response-len 4	#= tsm_code=0x2
REQ set-tdi-state --set state=3		#! EINVAL 1 tsm-refused
REQ set-tdi-state			#! EINVAL 1 tsm-payload | the payload of set-tdi-state has 4 bytes, 0 are given
REQ set-tdi-state --set state=locked --response-len 1	#! EINVAL 1 tsm-response | has no response
REQ object-info --set type=vca --response-len 8	#! EINVAL 1 tsm-response | wants a response of 4 bytes, not 8
REQ set-tdi-state --request 0100000000000000	#= residue=4 tsm_code=0x0
vdevice tsm-unbind $vd --abi ABI
REQ set-tdi-state --set state=locked	#! ENXIO 5 tsm-not-bound
raw vdevice-tsm-req --abi ABI op=99 tvm_arch=9 vdevice_id=99	#! EINVAL 1 tsm-arch | tvm_arch is 9
raw vdevice-tsm-req --abi ABI op=99 tvm_arch=1 vdevice_id=99	#! EINVAL 1 tsm-op | op is 99
raw vdevice-tsm-req --abi ABI op=1 tvm_arch=3 vdevice_id=99	#! ENOENT 5 no-object
END
		on_emu "$prepare" <lines
		run cat report
		assert_output "emu-ifreport 0000:00:02.0 tdi=0x10 state=run dma=1 mmio=0x10000000-0x10000fff nonce=3031323334353637383961626364656630313233343536373839616263646566"
		run cat meas
		assert_output "emu-meas 0000:00:02.0 format=1 nonce=3031323334353637383961626364656630313233343536373839616263646566"
	done
}

@test "tsm-map: flags, vdevice, KVM, then one private memslot, page by page" {
	needs_emulator
	on_emu "$prepare" <<'END'
raw vdevice-tsm-map vdevice_id=99 flags=1	#! EOPNOTSUPP 3 flag-unknown
vdevice tsm-map 99 --abi tsm-rfc1 --start-gpa 0x10000000 --end-gpa 0x10001000	#! ENOENT 5 no-object
vdevice tsm-map $vd --abi tsm-rfc1 --start-gpa 0x10001000 --end-gpa 0x10003000	#= start_gpa=0x10001000 end_gpa=0x10003000 length=8192
vdevice tsm-map $vd --abi tsm-rfc1 --start-gpa 0x10005000 --end-gpa 0x10006000
vdevice tsm-map $vd --abi tsm-rfc1 --start-gpa 0x10002000 --end-gpa 0x10004000
vdevice tsm-map $vd --abi tsm-rfc1 --start-gpa 0x20000000 --end-gpa 0x20001000
mock kvm show $kvm	#= | {"kind":"mapped","start":"0x10001000","last":"0x10003fff"},{"kind":"mapped","start":"0x10005000","last":"0x10005fff"},{"kind":"mapped","start":"0x20000000","last":"0x20000fff"}]
vdevice tsm-map $vd --abi tsm-rfc1 --start-gpa 0x10004000 --end-gpa 0x10005000
mock kvm show $kvm	#= | {"kind":"mapped","start":"0x10001000","last":"0x10005fff"},{"kind":"mapped","start":"0x20000000"
vdevice tsm-map $vd --abi tsm-rfc1 --start-gpa 0x1000f000 --end-gpa 0x10011000	#! EINVAL 1 gpa-not-private
vdevice tsm-map $vd --abi tsm-rfc1 --start-gpa 0 --end-gpa 0x1000	#! EINVAL 1 gpa-not-private
vdevice tsm-map $vd --abi tsm-rfc1 --start-gpa 0x10000000 --end-gpa 0x10000000	#! EINVAL 1 gpa-range | is not behind
vdevice tsm-map $vd --abi tsm-rfc1 --start-gpa 0x10000800 --end-gpa 0x10001000	#! EINVAL 1 gpa-range field=start_gpa
vdevice tsm-map $vd --abi tsm-rfc1 --start-gpa 0x10000000 --end-gpa 0x10000fff	#! EINVAL 1 gpa-range field=end_gpa
END
	on_emu "$prepare_no_kvm" <<'END'
vdevice tsm-map $vd --abi tsm-rfc1 --start-gpa 0x10000000 --end-gpa 0x10001000	#! ENODEV 5 viommu-no-kvm
END
	on_emu "$prepare" --emu 'lacks=arm64' <<'END'
vdevice tsm-map $vd --abi tsm-rfc1 --start-gpa 0x10000000 --end-gpa 0x10001000	#! EINVAL 1 gpa-not-private
END
}

@test "sizes: each revision takes its own struct" {
	needs_emulator
	on_emu "$prepare" <<'END'
vdevice tsm-bind $vd --abi tsm-v5
raw vdevice-tsm-op --abi tsm-v5 --size 15 vdevice_id=$vd	#! EINVAL 1 size-too-small
raw vdevice-tsm-req --abi tsm-v5 --size 39 vdevice_id=$vd	#! EINVAL 1 size-too-small
raw vdevice-tsm-req --abi tsm-v5 --size 48 vdevice_id=$vd	#= return=0
raw vdevice-tsm-req --abi tsm-v5 --size 48 --tail 0100000000000000 vdevice_id=$vd	#! E2BIG 1 tail-not-zero
raw vdevice-tsm-map --size 27 vdevice_id=$vd	#! EINVAL 1 size-too-small
raw vdevice-tsm-map --size 28 vdevice_id=$vd end_gpa=0	#! EINVAL 1 gpa-range
raw vdevice-tsm-bind --abi tsm-early --size 7	#! EINVAL 1 size-too-small
raw tsm-bind --size 23			#! EINVAL 1 size-too-small
raw tsm-guest-request --size 43		#! EINVAL 1 size-too-small
raw vdevice-tsm-op --abi tsm-rfc1 --size 15 vdevice_id=$vd	#! EINVAL 1 size-too-small
raw vdevice-tsm-op --abi tsm-rfc1 --size 24 op=unbind vdevice_id=$vd	#= return=0
raw vdevice-tsm-op --abi tsm-rfc1 --size 24 --tail 0000000000000001 op=bind vdevice_id=$vd	#! E2BIG 1 tail-not-zero
raw vdevice-tsm-guest-request --abi tsm-rfc1 --size 47	#! EINVAL 1 size-too-small
raw vdevice-tsm-guest-request --abi tsm-xu --size 47	#! EINVAL 1 size-too-small
raw vdevice-tsm-req --abi tsm-rework --size 47 vdevice_id=$vd	#! EINVAL 1 size-too-small
raw vdevice-tsm-req --abi tsm-integration --size 47 vdevice_id=$vd	#! EINVAL 1 size-too-small
raw vdevice-tsm-unbind --abi tsm-early --size 7	#! EINVAL 1 size-too-small
END
}

# layout NUMBER SIZE FIELD=VALUE,... WORD...: what the words would send.
layout()
{
	local code=$1 size=$2 pair fields=$3

	shift 3
	iom_json --dry-run "$@"
	assert_success
	[[ $output == *"\"code\":\"$code\","*"{\"name\":\"${size%%=*}\",\"value\":${size#*=}}"* ]] ||
		fail "not $code of $size bytes: $output"
	for pair in ${fields//,/ }; do
		[[ $output == *"{\"name\":\"${pair%%=*}\",\"value\":${pair#*=}}"* ]] ||
			fail "not $pair: $output"
	done
}

@test "numbers, sizes and values of each revision" {
	local abi at op
	local -a n

	layout 0x3b93 size=24 vdevice_id=7 vdevice tsm-bind 7 --abi tsm-amd --kvm-fd 5
	layout 0x3b94 size=44 vdevice_id=7,req_len=2,rsp_len=3 \
		vdevice tsm-request 7 --abi tsm-amd --request 0102 --response-len 3
	layout 0x3b94 size=8 vdevice_id=7 vdevice tsm-bind 7 --abi tsm-early
	layout 0x3b95 size=8 vdevice_id=7 vdevice tsm-unbind 7 --abi tsm-early
	layout 0x3b7a argsz=16 flags=0,vdevice_id=7 vdevice tsm-bind 7 --abi tsm-xu
	layout 0x3b7b argsz=16 flags=0,vdevice_id=7 vdevice tsm-unbind 7 --abi tsm-xu
	layout 0x3b94 size=48 type=9,type_info_len=1,req_len=2,resp_len=3 vdevice tsm-request 7 \
		--abi tsm-xu --type 9 --type-info 00 --request 0102 --response-len 3
	for abi in tsm-rfc1 tsm-v2 tsm-v4; do
		layout 0x3b95 size=16 op=1,flags=0,vdevice_id=7 vdevice tsm-bind 7 --abi $abi
		layout 0x3b95 size=16 op=2,flags=0,vdevice_id=7 vdevice tsm-unbind 7 --abi $abi
		layout 0x3b96 size=48 type=9,type_info_len=1,req_len=2,resp_len=3 vdevice tsm-request 7 \
			--abi $abi --type 9 --type-info 00 --request 0102 --response-len 3
	done
	layout 0x3b97 size=32 flags=0,vdevice_id=7 vdevice tsm-map 7 --abi tsm-rfc1 --start-gpa 0 \
		--end-gpa 4096
	layout 0x3b90 size=48 flags=1,hwpt_id=4 viommu alloc 3 4 --type arm-smmuv3 --abi tsm-rfc1 \
		--kvm-fd 6
	for abi in tsm-v5 tsm-rework tsm-integration; do
		layout 0x3b95 size=16 type=1,flags=0,vdevice_id=7 vdevice tsm-bind 7 --abi $abi
		layout 0x3b95 size=16 type=2,flags=0,vdevice_id=7 vdevice tsm-unbind 7 --abi $abi
	done
	at=0
	for op in info state-change debug-read debug-write; do
		layout 0x3b96 size=40 "scope=$((at++)),req_len=2,resp_len=3" vdevice tsm-request 7 \
			--abi tsm-v5 --scope $op --request 0102 --response-len 3
	done
	# the operations were numbered anew; what they take was not
	for abi in tsm-rework tsm-integration; do
		n=(0 1 2 3 4 5 6 7)
		[ $abi = tsm-rework ] || n=(0 5 6 7 1 2 3 4)
		layout 0x3b96 size=48 "op=${n[1]},tvm_arch=1,req_len=16" vdevice tsm-request 7 --abi $abi \
			--op read-object --set type=ifreport --tvm-arch cca
		layout 0x3b96 size=48 "op=${n[2]},tvm_arch=2,req_len=24" vdevice tsm-request 7 --abi $abi \
			--op regen-object --set type=meas --tvm-arch sev
		layout 0x3b96 size=48 "op=${n[3]},tvm_arch=3,req_len=4,resp_len=4" vdevice tsm-request 7 \
			--abi $abi --op object-info --set type=vca --response-len 4 --tvm-arch tdx
		layout 0x3b96 size=48 "op=${n[4]},req_len=24" vdevice tsm-request 7 --abi $abi \
			--op validate-mmio --set gpa_base=0x1000 --set gpa_top=0x2000
		layout 0x3b96 size=48 "op=${n[5]},req_len=4,resp_len=0" vdevice tsm-request 7 --abi $abi \
			--op set-tdi-state --set state=run
		layout 0x3b96 size=48 "op=${n[6]},req_len=0" vdevice tsm-request 7 --abi $abi \
			--op sev-enable-dma --tvm-arch sev
		layout 0x3b96 size=48 "op=${n[7]},req_len=0" vdevice tsm-request 7 --abi $abi \
			--op sev-disable-dma --tvm-arch sev
	done
}
