#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Tells whether the RAM of a guest, laid out as given, meets reserved regions of IOMMU groups.
#
# usage: reserved-vs-guest-ram.sh [--sysroot DIR] [--device NAME] START+SIZE...
#        reserved-vs-guest-ram.sh
#
# START+SIZE is a block of guest RAM, such as 0x40000000+4G. Exit 0: no collision, 1: one line
# for each collision, 2: wrong usage. Without arguments it tests itself on captured machines.
#
#   direct, reserved, msi   a collision: nothing else can be mapped there
#   direct-relaxable        none: drivers need it only before the device is handed over
#
# An msi region may be an Arm software window, which can be moved: see sw-msi-window.sh.
# The program is $IOMMUCTL, by default the one that was built here.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
iommuctl=${IOMMUCTL:-$here/../build/iommuctl}

usage() {
	echo "usage: reserved-vs-guest-ram.sh [--sysroot DIR] [--device NAME] START+SIZE..." >&2
	exit 2
}

# bytes SIZE: 4G as a number
bytes() {
	case $1 in
	*K) echo $((${1%K} << 10)) ;;
	*M) echo $((${1%M} << 20)) ;;
	*G) echo $((${1%G} << 30)) ;;
	*T) echo $((${1%T} << 40)) ;;
	*) echo $(($1)) ;;
	esac
}

# Reads `iommuctl reserved -j`; blocks of RAM are arguments. Addresses are strings of up to 16
# hex digits, more than a JSON number holds exactly: the longer one is larger, and among equals
# their order as text decides.
# shellcheck disable=SC2016 # $-names in there are jq's
collisions='
def order: ltrimstr("0x") | [length, .];
[ .regions[] | select(.kind != "direct-relaxable") as $r | $r
  | $ARGS.positional[] | split("-") as [$start, $last]
  | select(($start | order) <= ($r.last | order) and ($r.start | order) <= ($last | order))
  | "group \($r.group): \($r.kind) region \($r.start)-\($r.last) meets guest RAM " +
    "\($start)-\($last) (\($r.devices | join(", ")))" ] | .[]'

check_layout() {
	sysroot=/ device=
	while [ $# -gt 1 ]; do
		case $1 in
		--sysroot) sysroot=$2 ;;
		--device) device=$2 ;;
		*) break ;;
		esac
		shift 2
	done
	[ $# -gt 0 ] || usage
	n=$#
	for block; do
		case $block in
		-* | +* | *+ | *+*+*) usage ;;
		*+*) ;;
		*) usage ;;
		esac
		start=$((${block%+*}))
		size=$(bytes "${block#*+}")
		[ "$size" -gt 0 ] || usage
		set -- "$@" "$(printf '0x%x-0x%x' "$start" $((start + size - 1)))"
	done
	shift "$n"
	regions=$("$iommuctl" --sysroot "$sysroot" -j reserved ${device:+--device "$device"}) || exit
	found=$(printf '%s\n' "$regions" | jq -r "$collisions" --args "$@") || exit 8
	if [ -z "$found" ]; then
		echo "no collision"
		return
	fi
	printf '%s\n' "$found"
	exit 1
}

if [ $# -gt 0 ]; then
	check_layout "$@"
	exit
fi

# ---- its own test ----
fixtures=$here/../tests/fixtures

# expect STATUS LINES MACHINE ARGUMENT...: it exits so and prints that many lines with "meets"
expect() {
	want=$1 lines=$2 machine=$3
	shift 3
	status=0
	said=$("$0" --sysroot "$fixtures/$machine" "$@" 2>&1) || status=$?
	printf '%s\n' "> $machine: $*" "$said"
	if [ "$status" -ne "$want" ] || [ "$(printf '%s\n' "$said" | grep -c meets)" -ne "$lines" ]; then
		echo "reserved-vs-guest-ram.sh: expected exit $want and $lines collisions, got exit $status" >&2
		exit 1
	fi
}

# A PC: 3 GiB below the hole at 4 GiB, the rest above. Only the group whose firmware wants its
# own memory mapped 1:1 meets it; the graphics card's direct-relaxable region does not count.
expect 1 1 sysfs-vtd 0x0+3G 0x100000000+5G
expect 0 0 sysfs-vtd --device 0000:00:02.0 0x0+3G 0x100000000+5G
# RAM without a hole for the interrupt region at 0xfee00000
expect 1 1 sysfs-vtd --device 0000:00:02.0 0x0+4G
# Arm: RAM from 1 GiB on is fine, RAM from 0 on is not
expect 0 0 sysfs-smmuv3 0x40000000+8G
expect 1 1 sysfs-smmuv3 --device 0000:00:01.0 0x0+256M
# The borders: the last byte before the region, and its first
expect 0 0 sysfs-smmuv3 --device 0000:00:01.0 0x0+128M
expect 1 1 sysfs-smmuv3 --device 0000:00:01.0 0x0+0x8000001
expect 2 0 sysfs-smmuv3 128M
expect 5 0 sysfs-smmuv3 --device 0000:ff:1f.7 0x0+1G
