#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs guest-tables.iom, nested translation on SMMUv3 and on VT-d, and checks what it claims: which
# table each device ends on, how many commands were handled, and that the order matters.
#
# usage: guest-tables.sh
#
# It needs a device behind each IOMMU, so it runs on the emulator. The program is $IOMMUCTL, by
# default the one that was built here.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
iommuctl=${IOMMUCTL:-$here/../build/iommuctl}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$iommuctl" -b emu --jsonl batch "$here/guest-tables.iom" >"$work/rows"
jq -rs '
(map(select(.argv[0:2] == ["object", "list"])) | .[0].result.objects) as $all
| ($all | map({ key: "\(.id)", value: . }) | from_entries) as $by_id
| $all[] | select(.type == "device" and .hwpt_id)
| "device \(.id) is on \($by_id["\(.hwpt_id)"].type) \(.hwpt_id), which lies on "
	+ ($by_id["\(.hwpt_id)"].parents[1] | "\(.type) \(.id)")' "$work/rows" | tee "$work/said"
jq -rs 'map(select(.argv[1] == "invalidate") | .result)[]
	| "\(.type): \(.handled) of \(.entries) handled"' "$work/rows" | tee -a "$work/said"

case $(cat "$work/said") in
*"on hwpt-nested "*"lies on viommu "*"on hwpt-nested "*"lies on hwpt-paging "*"3 of 3 "*"2 of 2 "*) ;;
*)
	echo "guest-tables.sh: this is not what guest-tables.iom promises" >&2
	exit 1
	;;
esac

# Without the vdevice the guest's entry cannot be used: its invalidations would not find the device.
grep -v '^vdevice' "$here/guest-tables.iom" >"$work/wrong"
if "$iommuctl" -b emu batch "$work/wrong" >/dev/null 2>"$work/why"; then
	echo "guest-tables.sh: a stage 1 without vdevice was taken" >&2
	exit 1
fi
grep 'has no vdevice there' "$work/why"

# A guest that names a stream which is not its own is refused.
sed 's/CFGI_CD,sid=0x17/CFGI_CD,sid=0x18/' "$here/guest-tables.iom" >"$work/wrong"
if "$iommuctl" -b emu batch "$work/wrong" >/dev/null 2>"$work/why"; then
	echo "guest-tables.sh: a foreign stream was invalidated" >&2
	exit 1
fi
grep 'sid 0x18' "$work/why"
