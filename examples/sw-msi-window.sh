#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Moves the software MSI window of a device away from the memory of a guest; before and after.
#
# A device behind an Arm SMMU sends its interrupts as writes to a doorbell, and that doorbell
# has to be mapped at some IOVA: by default in 0x8000000-0x80fffff. A guest sees its memory at
# the IOVAs that are its own physical addresses. One whose RAM begins at 0 and has more than
# 128 MiB has RAM at 0x8000000, too: both cannot be. Options SW_MSI_START and SW_MSI_SIZE of
# IOMMU_OPTION (a patch series, in no released kernel; the emulator has it) move the window.
#
# usage: sw-msi-window.sh
#
# The program is $IOMMUCTL, by default the one that was built here.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
iommuctl=${IOMMUCTL:-$here/../build/iommuctl}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# play NAME: runs the batch on stdin, shows it, keeps its rows in $work/NAME.
play() {
	cat >"$work/batch"
	status=0
	"$iommuctl" -b emu --jsonl batch --keep-going "$work/batch" >"$work/$1" || status=$?
	case $status in
	0 | 7) ;;
	*)
		echo "sw-msi-window.sh: the batch ended with $status" >&2
		exit 1 ;;
	esac
	jq -r '"> \(.argv | join(" "))",
		if .status != 0 then "  \(.error.errno): \(.error.fact)"
		elif .argv[1] == "iova-ranges" then "  usable: " + (.result.ranges | map(.range) | join(", "))
		else "  done" end' "$work/$1"
}

# claim NAME WHAT FILTER: the filter, applied to the list of rows of NAME, is true.
claim() {
	if jq -es "$3" "$work/$1" >"$work/said"; then
		echo "checked: $2"
	else
		echo "sw-msi-window.sh: not so: $2" >&2
		exit 1
	fi
}

echo "== before: the driver's own window; the guest has 1 GiB of RAM from address 0 =="
play before <<'END'
ioas alloc as guest
device open vfio0 as nic
device attach $nic $guest
ioas iova-ranges $guest
ioas map $guest --iova 0 --length 1G
sw-msi set $nic --start 0x40000000 --size 1M
END
claim before "the hole is 0x8000000-0x80fffff" \
	'.[3].result.ranges | .[0].last == "0x7ffffff" and .[1].start == "0x8100000"'
claim before "the guest's RAM cannot be mapped across it" \
	'.[4].error | .errno == "EINVAL" and .cause == "iova-reserved"'
claim before "once the device is attached it is too late to move the window" \
	'.[5].error | .errno == "EBUSY" and .cause == "device-attached"'

echo
echo "== after: the window moved behind the RAM, before the device is attached =="
play after <<'END'
ioas alloc as guest
device open vfio0 as nic
sw-msi set $nic --start 0x40000000 --size 1M
device attach $nic $guest
ioas iova-ranges $guest
ioas map $guest --iova 0 --length 1G
END
claim after "nothing is refused" 'length == 6 and all(.status == 0)'
claim after "the hole is where it was put, 0x40000000-0x400fffff" \
	'.[4].result.ranges | .[0].last == "0x3fffffff" and .[1].start == "0x40100000"'
claim after "all of the guest's RAM is mapped, from 0 on" \
	'.[5].result | .iova == "0x0" and .length == 1073741824'

echo
echo "== the other order: RAM first, device later (hot-plug) =="
play hotplug <<'END'
ioas alloc as guest
ioas map $guest --iova 0 --length 1G
device open vfio0 as nic
device attach $nic $guest
sw-msi set $nic --start 0x40000000 --size 1M
device attach $nic $guest
END
claim hotplug "the attach is refused while the window meets the RAM" \
	'.[3].error | .errno == "EADDRINUSE" and .cause == "mapping-in-the-way" and .fact != null'
claim hotplug "and works when it has moved" '.[4].status == 0 and .[5].status == 0'
