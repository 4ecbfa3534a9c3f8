#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Lends a device to a confidential guest: bind, lock, report, run, unbind. The state that the guest
# reads in the interface report is checked on the way, and that a failed step changes nothing.
#
# usage: confidential-device.sh [REVISION]
#
# REVISION is tsm-rework (default) or tsm-integration. No kernel has these calls yet, so it runs on
# the emulator; on a kernel of that series the virtual machine would be the VMM's own.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
iommuctl=${IOMMUCTL:-$here/../build/iommuctl}
abi=${1:-tsm-rework}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# What a guest gives so that an old report cannot be passed off as a new one: 32 bytes.
printf 'a nonce that nobody used before.' >"$work/nonce"

request="vdevice tsm-request \$tdi --abi $abi --op"
cat >"$work/guest.iom" <<END
# The guest's virtual machine, with 64 KiB of private memory for the registers of the device.
mock kvm create --private 0x10000000+64K --device vfio0
# Its memory, its IOMMU, and the device behind it under the guest's PCI address 00:02.0.
ioas alloc as ram
device open vfio0 as nic
hwpt alloc \$nic \$ram --nest-parent as stage2
viommu alloc \$nic \$stage2 --type arm-smmuv3 as iommu
vdevice alloc \$iommu \$nic --virt-id 0x10 as tdi

vdevice tsm-bind \$tdi --abi $abi
# Run comes after locked: the call succeeds, and the TSM says no.
$request set-tdi-state --set state=run
$request set-tdi-state --set state=locked
# The guest asks for a fresh report, and how large it is.
$request regen-object --set type=ifreport --set nonce=@$work/nonce
$request object-info --set type=ifreport --response-len 4
$request read-object --set type=ifreport --response-len 1K --response $work/locked
# It is content: the registers are checked and the device may run.
$request validate-mmio --set gpa_base=0x10000000 --set gpa_top=0x10004000
$request set-tdi-state --set state=run
$request read-object --set type=ifreport --response-len 1K --response $work/running
vdevice tsm-unbind \$tdi --abi $abi
# Nothing is left to ask.
$request object-info --set type=ifreport --response-len 4
END

status=0
"$iommuctl" -b emu --jsonl batch --keep-going "$work/guest.iom" >"$work/rows" || status=$?
[ "$status" -eq 7 ] || {
	echo "confidential-device.sh: the batch ended with $status, not with 7" >&2
	exit 1
}
jq -r 'select(.argv[0] == "vdevice") | "\(.argv[1:] | join(" ")) -> \(
	if .status == 0 then .result.tsm_code // "done" else .error.fact end)"' "$work/rows"

# claim WHAT FILTER: the filter, applied to the list of all rows, is true.
claim() {
	if jq -es "$2" "$work/rows" >"$work/said"; then
		echo "checked: $1"
	else
		echo "confidential-device.sh: not so: $1" >&2
		exit 1
	fi
}
claim "the TSM refused to run a device that is not locked, and nothing else" \
	'map(.result.tsm_code // empty) == ["0x1", "0x0", "0x0", "0x0", "0x0", "0x0", "0x0", "0x0"]'
claim "a request after the unbind is refused: not bound" \
	'.[-1].error | .errno == "ENXIO" and .cause == "tsm-not-bound"'
size=$(jq -r 'select(.argv[1] == "tsm-request" and (.argv | index("object-info")))
	| .result.response // empty' "$work/rows")
[ "$(printf '%02x000000' "$(wc -c <"$work/locked")")" = "$size" ] || {
	echo "confidential-device.sh: the report has not the size that the TSM told" >&2
	exit 1
}
echo "checked: the report has the size that the TSM told"
nonce=$(od -An -v -tx1 "$work/nonce" | tr -d ' \n')
for state in locked running; do
	grep -q "nonce=$nonce" "$work/$state" || {
		echo "confidential-device.sh: the report $state is not fresh" >&2
		exit 1
	}
done
grep -q ' state=locked ' "$work/locked"
grep -q ' state=run .* mmio=0x10000000-0x10003fff ' "$work/running"
echo "checked: both reports carry the guest's nonce, the state, and then the registers"
