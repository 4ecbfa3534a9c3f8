#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Answers page requests in a loop: memory of the guest is mapped when a device asks for it, and
# only then; whatever lies elsewhere is refused.
#
# usage: page-requests.sh
#
# It needs the mock driver, which asks for pages on request: the emulator (default), or with
# IOMMUCTL_BACKEND=kernel a kernel with CONFIG_IOMMUFD_TEST. The program is $IOMMUCTL, by default
# the one that was built here.
# shellcheck disable=SC2016 # names of results are for the batch, not for the shell
set -eu

here=$(cd "$(dirname "$0")" && pwd)
iommuctl=${IOMMUCTL:-$here/../build/iommuctl}
backend=${IOMMUCTL_BACKEND:-emu}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

ram_start=$((0x1000000))
ram_last=$((0x1ffffff))

# One batch holds the context and the queue's fd. It is fed line by line, and answers each line
# with a row before it reads the next.
mkfifo "$work/in" "$work/out"
"$iommuctl" -b "$backend" --jsonl batch --keep-going - <"$work/in" >"$work/out" &
batch=$!
exec 8>"$work/in" 9<"$work/out"

# say LINE: has one command run; its row is in $row.
say() {
	printf '%s\n' "$1" >&8
	IFS= read -r row <&9
	printf '%s\n' "$row" >>"$work/rows"
}

# What a device asks of us: "COOKIE ADDR" lines of the last row.
requests() {
	printf '%s\n' "$row" | jq -r '.result.requests[] | "\(.cookie) \(.addr)"'
}

# serve: answers until nothing waits any more.
serve() {
	say 'fault read $queue --timeout 0'
	while requests >"$work/asked" && [ -s "$work/asked" ]; do
		while read -r cookie addr; do
			page=$((addr & ~0xfff))
			if [ "$page" -ge "$ram_start" ] && [ "$page" -le "$ram_last" ]; then
				say "ioas map \$memory --iova $page --length 4K"
				say "fault respond \$queue --cookie $cookie --code success"
				echo "$addr: mapped"
			else
				say "fault respond \$queue --cookie $cookie --code invalid"
				echo "$addr: refused"
			fi
		done <"$work/asked"
		say 'fault read $queue --timeout 0'
	done
}

say 'ioas alloc as memory'
say 'mock add-device $memory as device'
say 'fault alloc as queue'
say 'hwpt alloc $device $memory --fault $queue as table'
say 'mock replace $device.mock_id $table'
for addr in 0x1000080 0x1003000 0x7000000; do
	say "mock trigger-iopf \$device --perm read,write --addr $addr"
done
serve
# It is there now: the device need not ask again, and the page table shows it.
say 'mock check-map $table --iova 0x1000000 --length 4K'
say 'mock check-map $table --iova 0x1003000 --length 4K'
exec 8>&-
wait "$batch"

# claim WHAT FILTER: the filter, applied to the list of all rows, is true.
claim() {
	if jq -es "$2" "$work/rows" >"$work/said"; then
		echo "checked: $1"
	else
		echo "page-requests.sh: not so: $1" >&2
		exit 1
	fi
}
claim "no command was refused" 'all(.[]; .status == 0)'
claim "three requests came" '[.[].result.requests // [] | length] | add == 3'
claim "two pages were mapped, one request was refused" \
	'[.[] | select(.argv[1] == "respond").result.code] == ["success", "success", "invalid"]'
