#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs guest-iommu.iom and checks that just what must be refused was refused, and why.
#
# usage: guest-iommu.sh
#
# It needs the mock driver: the emulator (default), or with IOMMUCTL_BACKEND=kernel a kernel
# with CONFIG_IOMMUFD_TEST. The program is $IOMMUCTL, by default the one that was built here.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
iommuctl=${IOMMUCTL:-$here/../build/iommuctl}
backend=${IOMMUCTL_BACKEND:-emu}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

status=0
"$iommuctl" -b "$backend" --jsonl batch --keep-going "$here/guest-iommu.iom" >"$work/rows" ||
	status=$?
jq -r '"line \(.line): \(.argv | join(" ")) -> \(
	if .status == 0 then .result | del(.schema, .backend) | tojson else .error.fact end)"' \
	"$work/rows"
[ "$status" -eq 7 ] || {
	echo "guest-iommu.sh: the batch ended with $status, not with 7" >&2
	exit 1
}

# claim WHAT FILTER: the filter, applied to the list of all rows, is true.
claim() {
	if jq -es "$2" "$work/rows" >"$work/said"; then
		echo "checked: $1"
	else
		echo "guest-iommu.sh: not so: $1" >&2
		exit 1
	fi
}
claim "four calls were refused, each for its reason" \
	'map(.error // empty | [.errno, .cause]) == [["ENOENT", "no-vdevice"],
	["EINVAL", "viommu-entry"], ["EBUSY", "area-pinned"], ["EBUSY", "object-held"]]'
claim "the number given came back" 'map(.result.out_data // empty) == ["0x2a"]'
claim "the first entry was carried out before the second was refused" \
	'map(select(.argv[1] == "invalidate").error.message)[0] | endswith("1 handled")'
claim "all of the memory was given back in the end" '.[-1].result.unmapped == 65536'
