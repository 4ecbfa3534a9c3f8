#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Every row of the cause table: a recipe that the backend answers with it, or why there is none.

load helper

RECIPES=$TOP/tests/fixtures/causes
# ext4 and its like, where a guest with tmpfs only has nothing
DISK=

# Whether the block that begins with these words can be run here; sets how.
can_run()
{
	local word

	program=$T_IOMMUCTL options=()
	case $1 in
	both) ;;
	emu) [ "$T_BACKEND" = emu ] || return ;;
	getpa) has IOAS_NOIOMMU_GET_PA && [ "$T_BACKEND" = emu ] || return ;;
	swmsi) has OPTION_SW_MSI_START || return ;;
	disk) find_disk || return ;;
	cap=*) has_cap "${1#cap=}" || return ;;
	*) fail "':: $*' is no kind of block" ;;
	esac
	shift
	for word; do
		case $word in
		memlock)
			limited "$T/limited" ipc_lock 64
			program=$T/limited ;;
		nocap=17)
			limited "$T/limited" sys_rawio
			program=$T/limited ;;
		nocap=24)
			limited "$T/limited" sys_resource
			program=$T/limited ;;
		emu=*) options+=(--emu "${word#emu=}") ;;
		*) fail "'$word' is no word of a block" ;;
		esac
	done
}

find_disk()
{
	for DISK in "$T" "$TOP/build"; do
		case $(stat -f -c %T "$DISK") in
		ext2/ext3|xfs|btrfs) [ ! -w "$DISK" ] || return 0 ;;
		esac
	done
	return 1
}

# Runs a file of recipes: each block in a context of its own, line by line.
walk()
{
	local line number=0 running='' blocks=0 program
	local -a options words

	set +T
	exec 9<>"/dev/shm/iommuctl.$$"
	rm "/dev/shm/iommuctl.$$"
	truncate -s 8192 /proc/self/fd/9
	while IFS= read -r line; do
		number=$((number + 1))
		case $line in
		''|'#'*) ;;
		'::'*)
			[ -z "$running" ] || block_end
			running=''
			read -ra words <<<"${line#::}"
			! can_run "${words[@]}" || block_start ;;
		'% '*)
			line=${line//DISK/$DISK}
			[ -z "$running" ] || eval "${line#% }" ;;
		*)
			[ -n "$running" ] || continue
			say "${line//DISK/$DISK}"
			expect_row "$number" "$REPLY" "$line" ;;
		esac
	done <"$RECIPES/$1.recipes"
	[ -z "$running" ] || block_end
	exec 9>&-
	set -T
	[ "$blocks" != 0 ] || skip "the kernel has no such device"
}

block_start()
{
	rm -f "$T/in" "$T/rows"
	T_IOMMUCTL=$program session_start "${options[@]}"
	running=1
	blocks=$((blocks + 1))
}

block_end()
{
	session_end
	# shellcheck disable=SC2154
	[ "$status" = 7 ] || fail "a block ended with $status: $stderr"
	assert_stderr ""
}

@test "any call" { walk any; }
@test "maps of memory" { walk map; }
@test "maps of files" { walk map-file; }
@test "copies and unmaps" { walk copy; }
@test "ranges, options, objects" { walk object; }
@test "page tables" { walk hwpt; }
@test "virtual IOMMUs and what is behind them" { walk viommu; }
@test "queues" { walk queue; }
@test "nested translation of VFIO devices" { walk nesting; }
@test "the selftest driver" { walk mock; }
@test "VFIO devices" { walk vfio; }
@test "dma-bufs and tokens" { walk dmabuf; }
@test "PASIDs" { walk pasid; }
@test "confidential devices" { [ "$T_BACKEND" = kernel ] || walk tsm; }

# The rows that recipes name, and those of which unprovoked says why they have none, as CALL ERRNO
# CAUSE lines. A row for any call is named by the call that met it.
recipe_rows()
{
	sed -n 's/.*#! \([A-Z0-9]*\) [0-9] \([a-z0-9-]*\) .*call=\([A-Za-z0-9_]*\).*/\3 \1 \2/p' \
		"$RECIPES"/*.recipes
}

unprovoked_rows()
{
	sed -n 's/^\([A-Za-z*][A-Za-z0-9_]* *[A-Z0-9]* *[a-z0-9-]*\) .*/\1/p' "$RECIPES/unprovoked" | tr -s ' '
}

@test "every row has a recipe, or a reason why there is none" {
	iom -j explain
	jq -r '.causes[] | "\(.call // "*") \(.errno) \(.cause)"' stdout | sort >table
	recipe_rows | sort -u >recipes
	unprovoked_rows | sort >reasons
	# a row for any call counts for each call that has none of that name itself
	awk 'NR == FNR { row[$0] = 1; next }
		row[$0] { print; next }
		{ $1 = "*"; print }' table recipes | sort -u >provoked
	run comm -13 table provoked
	assert_output ""
	run comm -13 table reasons
	assert_output ""
	run comm -12 provoked reasons
	assert_output ""
	run comm -23 table <(sort provoked reasons)
	assert_output ""
	run uniq -d reasons
	assert_output ""
	run grep -vcE '^(#|$|[A-Za-z*][A-Za-z0-9_]* +E[A-Z0-9]+ +[a-z0-9-]+  +[a-z`].{10})' "$RECIPES/unprovoked"
	assert_output 0
	run wc -l <provoked
	[ "$output" -gt 200 ]
}
