#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Output: what goes to stdout and stderr, how, and what happens when stdout breaks.

load helper

esc=$'\033'

@test "stdout has the result only, -v speaks on stderr" {
	iom -v ioas alloc
	assert_success
	assert_output ioas_id=1
	assert_equal "$(grep -c '^> \[[0-9]*\] IOMMU_IOAS_ALLOC(' stderr)" 1
	assert_equal "$(grep -c '^< \[[0-9]*\] IOMMU_IOAS_ALLOC = 0 (.*out_ioas_id=1' stderr)" 1
	assert_equal "$(grep -vc '^[<>] ' stderr)" 0
}

@test "-v shows a refused call with its errno and the message once" {
	iom --verbose object destroy 9
	assert_equal "$status" 5
	assert_output ""
	assert_equal "$(grep -c '^< \[[0-9]*\] IOMMU_DESTROY = -1 ENOENT (No such file or directory)$' stderr)" 1
	assert_equal "$(grep -c '^iommuctl: ' stderr)" 1
}

@test "--get prints one bare value" {
	iom ioas alloc --get ioas_id
	assert_success
	assert_output 1
	printf '1\n' | cmp - stdout
	iom --get=backend probe
	assert_output "$T_BACKEND"
	iom --get usable probe
	assert_output true
	iom --get ioctls.0.name probe
	assert_output IOMMU_DESTROY
	iom --get ioctls.0.nr probe
	assert_output 0x80
	# it wins over JSON
	iom -j --get ioas_id ioas alloc
	assert_output 1
}

@test "--get of what is not there" {
	iom --get nothing ioas alloc
	usage_error "--get: 'ioas alloc' has no single value 'nothing'" "it has: ioas_id"
	iom --get ioctls probe
	usage_error "no single value 'ioctls'" "name one of its values: ioctls.0.nr, ioctls.0.name"
	iom --get ioctls.1 probe
	usage_error "no single value 'ioctls.1'" "ioctls.1.nr, ioctls.1.name"
	iom --get ioctls.999.name probe
	assert_equal "$status" 5
	assert_output ""
	assert_stderr "iommuctl: --get: 'ioctls.999.name' has no value here"
	iom --get ioas_id. ioas alloc
	usage_error "ioas_id."
}

@test "-q prints nothing on success and the message on failure" {
	iom -q ioas alloc
	assert_success
	assert_output ""
	assert_stderr ""
	iom -q -j ioas alloc
	assert_output ""
	iom -q object destroy 9
	assert_equal "$status" 5
	assert_output ""
	assert_stderr_has "cannot destroy object 9"
}

@test "--json, --jsonl and --pretty" {
	iom_json ioas alloc
	assert_equal "$(wc -l <stdout)" 1
	cp stdout compact
	iom --jsonl ioas alloc
	cmp compact stdout
	iom -p -j ioas alloc
	assert_success
	[ "$(wc -l <stdout)" -ge 4 ]
	assert_line --index 0 "{"
	assert_line --regexp '^ +"schema": ?"iommuctl.ioas.alloc/1",$'
	assert_equal "$(tr -d ' \n' <stdout)" "$(tr -d ' \n' <compact)"
	# without JSON there is nothing to indent
	iom --pretty ioas alloc
	assert_output ioas_id=1
	iom -j --pretty object destroy 9
	assert_equal "$status" 5
	assert_output ""
	[ "$(wc -l <stderr)" -ge 4 ]
}

@test "globals stand before or behind the command, from the environment too" {
	local want

	iom_json ioas alloc
	want=$output
	iom ioas alloc -j
	assert_output "$want"
	iom ioas -j alloc
	usage_error "'ioas' needs a verb"
	IOMMUCTL_JSON=1 iom ioas alloc
	assert_output "$want"
	IOMMUCTL_JSON=0 iom ioas alloc
	assert_output ioas_id=1
	IOMMUCTL_JSON='' iom ioas alloc
	assert_output ioas_id=1
	IOMMUCTL_QUIET=1 iom ioas alloc
	assert_output ""
	IOMMUCTL_GET=ioas_id iom ioas alloc
	assert_output 1
	IOMMUCTL_DRY_RUN=1 iom ioas alloc --get calls.0.call
	assert_output IOMMU_IOAS_ALLOC
}

@test "JSON keeps 64-bit addresses as strings, counts as numbers, empty arrays" {
	check <<'END'
ioas alloc as a
ioas map $a --iova 0xfffffffffffe0000 --length 64K	#= iova=0xfffffffffffe0000 length=65536
ioas unmap $a --all
option get huge-pages --object $a
END
	[[ ${ROW[2]} == *'"iova":"0xfffffffffffe0000","length":65536,'* ]]
	[[ ${ROW[3]} == *'"unmapped":65536}'* ]]
	iom_json object list
	[[ $output == *'"objects":[]}' ]]
}

full()
{
	status=0
	"$T_IOMMUCTL" "$@" >/dev/full 2>"$T/stderr" </dev/null || status=$?
	stderr=$(<"$T/stderr")
}

@test "a full disk behind stdout: exit 8 and one message" {
	local words

	for words in "ioas alloc" "-j ioas alloc" "probe" "-j probe" "probe --shell" "--help" "--version" \
		"ioas map --help" "--get ioas_id ioas alloc" "--dry-run ioas alloc"; do
		# shellcheck disable=SC2086
		full $words
		assert_equal "$words: $status" "$words: 8"
		assert_equal "$words: $(grep -c . stderr)" "$words: 1"
		assert_stderr_has "cannot write"
	done
	# nothing to write, nothing to fail
	full -q ioas alloc
	assert_equal "$status" 0
	assert_stderr ""
}

@test "a full disk behind a batch: it stops, exit 8 and one message" {
	printf '%s\n' 'ioas alloc' 'ioas alloc' 'ioas alloc' >s
	full batch s
	assert_equal "$status" 8
	assert_equal "$(grep -c '^iommuctl: ' stderr)" 1
	full -j batch s
	assert_equal "$status" 8
	full -j batch --keep-going s
	assert_equal "$status" 8
	assert_equal "$(grep -c . stderr)" 1
}

@test "a refused command with a full disk keeps its own exit code" {
	full object destroy 9
	assert_equal "$status" 5
}

# Runs the words with a stdout whose reader is gone; rc has the exit code.
broken()
{
	mkfifo "$T/pipe"
	exec {hold}<>"$T/pipe"
	exec {out}>"$T/pipe"
	exec {hold}<&-
	rm "$T/pipe"
	status=0
	"$T_IOMMUCTL" "$@" >&"$out" 2>"$T/stderr" </dev/null || status=$?
	exec {out}>&-
	stderr=$(<"$T/stderr")
}

@test "a reader that went away: quiet" {
	broken probe
	assert_stderr ""
	[ "$status" -lt 128 ]
	broken -j probe
	assert_stderr ""
	printf 'ioas alloc\n%.0s' {1..2000} >s
	broken batch s
	assert_stderr ""
	[ "$status" -lt 128 ]
	broken -j batch s
	assert_stderr ""
}

@test "stdout closed from the start" {
	status=0
	"$T_IOMMUCTL" ioas alloc >&- 2>stderr </dev/null || status=$?
	assert_equal "$status" 8
	assert_equal "$(grep -c . stderr)" 1
}

@test "colour only when asked: --color, IOMMUCTL_COLOR, NO_COLOR" {
	iom object destroy 9
	[[ $stderr != *"$esc"* ]]
	iom --color=always object destroy 9
	[[ $stderr == *"$esc["* ]]
	iom --color=never object destroy 9
	[[ $stderr != *"$esc"* ]]
	iom --color auto probe
	[[ $output != *"$esc"* ]]
	IOMMUCTL_COLOR=always iom object destroy 9
	[[ $stderr == *"$esc["* ]]
	# what was asked for by name is done
	NO_COLOR=1 iom --color=always object destroy 9
	[[ $stderr == *"$esc["* ]]
	iom --color=sometimes probe
	usage_error "--color: 'sometimes' is not one of auto, always, never"
}

@test "NO_COLOR on a terminal" {
	# script(1) gives a terminal; where it is not installed, another one is not to be had
	type script >/dev/null || return 0
	capture script -qec "'$T_IOMMUCTL' object destroy 9" /dev/null
	[[ $output == *"$esc["* ]]
	NO_COLOR=1 capture script -qec "'$T_IOMMUCTL' object destroy 9" /dev/null
	[[ $output != *"$esc"* ]]
	[[ $output == *"cannot destroy object 9"* ]]
	NO_COLOR='' capture script -qec "'$T_IOMMUCTL' object destroy 9" /dev/null
	[[ $output == *"$esc["* ]]
}

@test "control characters of the input never reach a terminal" {
	iom ioas map "1${esc}[31m" --length 4K
	assert_equal "$status" 2
	[[ $stderr != *"$esc"* ]]
	iom_json device open "x${esc}]0;y"
	[[ $stderr != *"$esc"* ]]
}

@test "dry-run: text and JSON" {
	iom_json --dry-run ioas map 7 --length 4K --iova 0x1000
	assert_success
	[[ $output == *'{"schema":"iommuctl.dry-run/1",'*'"calls":[{"call":"IOMMU_IOAS_MAP","code":"0x3b85",'* ]]
	[[ $output == *'{"name":"iova","value":"0x1000"}'* ]]
	iom --dry-run ioas map 7 --length 4K --iova 0x1000
	assert_success
	[[ $output == *IOMMU_IOAS_MAP*ioas_id=7*length=4096*iova=0x1000* ]]
	iom_json --dry-run sw-msi set 3 --start 0x70000000 --size 2M
	[[ $output == *'"call":"IOMMU_OPTION"'*'"call":"IOMMU_OPTION"'* ]]
	# without a node it works as well
	iom --dry-run -b kernel --device /nonexistent object destroy 5
	assert_success
}
