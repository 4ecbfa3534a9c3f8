#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Peer-to-peer: the BAR of one device as a dma-buf, mapped for another one, and revoked by a reset.
#
# The memory of a PCI device (a BAR) has no pages that could be pinned, so `ioas map` cannot take
# it. VFIO exports whole pages of a BAR as a dma-buf, a file, and iommufd maps that. The exporting
# device stays the master: when it is reset, put to sleep or closed, what is mapped is revoked.
#
# usage: dma-buf.sh [OWNER USER]
#
# Without arguments on the emulator; with two PCI addresses (both bound to vfio-pci, OWNER with a
# BAR 0 of memory) on this machine's kernel. The program is $IOMMUCTL, by default the one that was
# built here.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
iommuctl=${IOMMUCTL:-$here/../build/iommuctl}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ $# = 2 ]; then
	backend=kernel owner=$1 user=$2
else
	backend=emu owner=00:02.0 user=00:03.0
fi

# Two ranges make one dma-buf for those who take such, but iommufd does not.
cat >"$work/batch" <<END
device open $owner as owner
device open $user as user
ioas alloc as space
device attach \$user \$space
device dma-buf \$owner bar0 --length 4K as bar
ioas map-file \$space --file-fd \$bar --length 4K --iova 0x40000000
ioas map \$space --length 4K --iova 0x40000000
device reset \$owner
ioas unmap \$space --iova 0x40000000 --length 4K
ioas map-file \$space --file-fd \$bar --length 4K --iova 0x40000000
device dma-buf \$owner bar0 --offset 0 --length 4K --offset 0 --length 4K as two
ioas map-file \$space --file-fd \$two --length 4K
END
status=0
"$iommuctl" -b "$backend" --jsonl batch --keep-going "$work/batch" >"$work/rows" || status=$?
[ "$status" = 7 ] || {
	echo "dma-buf.sh: the batch ended with $status" >&2
	exit 1
}
jq -r '"> \(.argv | join(" "))",
	if .status != 0 then "  \(.error.errno): \(.error.fact // .error.hint)" else "  done" end' "$work/rows"

# claim WHAT FILTER: the filter, applied to the list of rows, is true.
claim() {
	if jq -es "$2" "$work/rows" >"$work/said"; then
		echo "checked: $1"
	else
		echo "dma-buf.sh: not so: $1" >&2
		exit 1
	fi
}

claim "the BAR of one device is mapped for the other" \
	'(.[0:6] | all(.status == 0)) and .[5].result.iova == "0x40000000"'
claim "its IOVA is taken like any other" '.[6].error | .errno == "EEXIST" and .cause == "iova-mapped"'
claim "what a reset revoked is mapped anew from the same dma-buf" '.[7:10] | all(.status == 0)'
claim "a dma-buf of two ranges is not for iommufd" \
	'.[10].result.nr_ranges == 2 and .[11].error.cause == "dmabuf-ranges"'
