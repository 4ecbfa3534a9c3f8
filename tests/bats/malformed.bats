#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Every file and link of a machine spoilt in turn: no command that reads the host crashes or hangs.

load helper

setup_file()
{
	export HOST=$TOP/tests/fixtures/host-server
	iom_features
	cat >"$BATS_FILE_TMPDIR/lines" <<-'END'
		iommu list
		iommu show dmar0
		group list
		group show 1
		device list
		device show 0000:02:00.0
		device show 0000:01:00.0
		device show 0000:00:02.0
		tree
		graph --format svg
		metrics
		reserved --guest-ram 4G
		ps
		snapshot --list
		probe
	END
}

eval "$(declare -f setup | sed '1s/setup/setup_each/')"

setup()
{
	[ "$T_BACKEND" = emu ] || skip "the files are the same on any backend"
	setup_each
	cp -r "$HOST" tree
}

# spoil PATH: puts something in its place; by the name of the test.
empty() { : >"$1"; }
huge() { head -c 300000 /dev/zero | tr '\0' 9 >"$1"; }
binary() { printf '\000\377\033[31m\n\200%%s\n\n\t=\001:\177' >"$1"; }
long_line() { printf 'x%.0s' {1..5000} >"$1"; printf '\n\n0x 0x- direct\n' >>"$1"; }
numbers() { printf -- '-1 99999999999999999999 0x1ffffffffffffffff 1e9 0xzz\n%s\n' -18446744073709551617 >"$1"; }
dangling() { ln -s ../../nowhere/at/all "$1"; }
loop() { ln -s "${1##*/}" "$1"; }
folder() { mkdir "$1"; }
fifo() { mkfifo "$1"; }

# Commands answer or refuse in words; 7 is that of a batch with lines that were refused.
look()
{
	local row

	iom --sysroot tree -j batch --keep-going "$BATS_FILE_TMPDIR/lines"
	case $status in 0|7) ;; *) fail "$1: exit $status: $stderr" ;; esac
	assert_equal "$stderr" ""
	assert_equal "${#lines[@]}" 15
	for row in "${lines[@]}"; do
		[[ $row =~ \"status\":[015], ]] || fail "$1: $row"
	done
	# these two leave the most behind; to validate all would take long
	case $1 in binary*|numbers*) printf '%s\n' "$output" >>"$DOCS" ;; esac
	iom --sysroot tree doctor
	[[ $status = [01] ]] || fail "$1: doctor: exit $status: $stderr"
	[[ $output != *[$'\001'-$'\010\013'-$'\037\177']* ]] || fail "$1: control characters: $output"
}

# each KIND: all files of the same name at once, name by name.
each()
{
	local path name
	local -A paths

	set +T
	while IFS= read -r path; do
		name=${path##*/}
		case $name in
		0000:*) name=device ;;
		[0-9]*) name=number ;;
		esac
		paths[$name]+=$path$'\n'
	done < <(cd "$HOST" && find . -type f -o -type l)
	for name in "${!paths[@]}"; do
		while IFS= read -r path; do
			rm "tree/$path"
			"$1" "tree/$path"
		done <<<"${paths[$name]%$'\n'}"
		look "$1 $name"
		while IFS= read -r path; do
			rm -r "tree/$path"
			cp -P "$HOST/$path" "tree/$path"
		done <<<"${paths[$name]%$'\n'}"
	done
	set -T
}

@test "empty files" { each empty; }
@test "huge files" { each huge; }
@test "binary files" { each binary; }
@test "lines that do not end" { each long_line; }
@test "wrong numbers" { each numbers; }
@test "links to nowhere" { each dangling; }
@test "links in a circle" { each loop; }
@test "folders where files should be" { each folder; }
@test "pipes where files should be" { each fifo; }
