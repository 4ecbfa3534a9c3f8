#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs share-mapping.iom and checks that both address spaces really share the memory.
#
# usage: share-mapping.sh
#
# It needs the mock driver: the emulator (default), or with IOMMUCTL_BACKEND=kernel a kernel
# with CONFIG_IOMMUFD_TEST. The program is $IOMMUCTL, by default the one that was built here.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
iommuctl=${IOMMUCTL:-$here/../build/iommuctl}
backend=${IOMMUCTL_BACKEND:-emu}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# One more line, which must be refused: the view of the second address space is for reading.
status=0
{
	cat "$here/share-mapping.iom"
	# shellcheck disable=SC2016 # results of the batch, not of the shell
	echo 'mock access rw $reader --iova $view --write ff'
} | "$iommuctl" -b "$backend" --jsonl batch --keep-going - >"$work/rows" || status=$?
jq -r '"line \(.line): \(.argv | join(" ")) -> \(
	if .status == 0 then .result | del(.schema, .backend) | tojson else .error.fact end)"' \
	"$work/rows"
[ "$status" -eq 7 ] || {
	echo "share-mapping.sh: the batch ended with $status, not with 7" >&2
	exit 1
}

# claim WHAT FILTER: the filter, applied to the list of all rows, is true.
claim() {
	if jq -es "$2" "$work/rows" >"$work/said"; then
		echo "checked: $1"
	else
		echo "share-mapping.sh: not so: $1" >&2
		exit 1
	fi
}
claim "only the write through the read-only view failed" \
	'map(select(.status != 0) | [.error.errno, .error.cause]) == [["EPERM", "access-prot"]]'
claim "both page tables lead to our memory" \
	'map(select(.argv[1] == "check-map").result.length) == [131072, 65536]'
# shellcheck disable=SC2046 # two addresses, two words
set -- $(jq -r 'select(.argv[1] == "check-map").result.user_va' "$work/rows")
[ $(($2 - $1)) -eq 65536 ] || {
	echo "share-mapping.sh: $2 is not 64 KiB behind $1" >&2
	exit 1
}
echo "checked: the second leads to its second half, $2 behind $1"
claim "what was written on one side was read on the other, also across a page" \
	'map(.result.data // empty)[1] == "0011223344556677"'
claim "the memory outlived its first mapping" \
	'.[-3].argv[1] == "unmap" and .[-2].result.data == "0011223344556677"'
