#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Plays demo.iom on the emulator, step by step as text and then as JSON Lines, and checks it.
#
# usage: demo.sh
#
# Exit 0 only if exactly the lines marked "# expect ERRNO CAUSE" failed, each with this errno
# and cause. The program is $IOMMUCTL, by default the one that was built here.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
iommuctl=${IOMMUCTL:-$here/../build/iommuctl}
script=$here/demo.iom

for tool in "$iommuctl" jq; do
	command -v "$tool" >/dev/null || {
		echo "demo.sh: $tool is missing" >&2
		exit 1
	}
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# ---- text: one batch, which gets a line only when the line before has been answered ----
mkfifo "$work/lines" "$work/answers"
"$iommuctl" -b emu batch --keep-going - <"$work/lines" >"$work/answers" 2>&1 &
batch=$!
exec 3>"$work/lines" 4<"$work/answers"

# A command that changes nothing and has a known answer: what comes before that answer is all
# that the command before it had to say. It is sent in the place of a comment or an empty
# line, so that the line numbers in messages are those of demo.iom.
mark='option get rlimit-mode'
mark_answer='option=rlimit-mode  object_id=0  value=0'

show_answer() {
	while IFS= read -r answer <&4; do
		[ "$answer" != "$mark_answer" ] || return 0
		# The message names its input, which is a pipe here, by the name of what is fed to it.
		printf '%s\n' "$answer" | sed 's/^iommuctl: stdin:/iommuctl: demo.iom:/'
	done
	echo "demo.sh: the batch ended early" >&2
	exit 1
}

waiting=
while IFS= read -r line; do
	case $line in
	'' | '#'*)
		if [ -n "$waiting" ]; then
			echo "$mark" >&3
			show_answer
			waiting=
		else
			printf '%s\n' "$line" >&3
		fi
		printf '%s\n' "$line" ;;
	*)
		printf '> %s\n' "$line"
		printf '%s\n' "$line" >&3
		waiting=1 ;;
	esac
done <"$script"
if [ -n "$waiting" ]; then
	echo "$mark" >&3
	show_answer
fi
exec 3>&-
cat <&4
status=0
wait "$batch" || status=$?

# ---- the same as JSON Lines ----
printf '\n# The same for programs: iommuctl -b emu --jsonl batch --keep-going examples/demo.iom\n\n'
json_status=0
"$iommuctl" -b emu --jsonl batch --keep-going "$script" >"$work/rows" || json_status=$?
cat "$work/rows"

# ---- what must have happened ----
awk '!/^#/ && match($0, /# expect /) { print NR, substr($0, RSTART + RLENGTH) }' "$script" \
	>"$work/want"
awk '!/^#/ && NF { print NR }' "$script" >"$work/commands"
jq -r 'select(.status != 0) | "\(.line) \(.error.errno) \(.error.cause)"' "$work/rows" >"$work/got"
jq -r .line "$work/rows" >"$work/answered"

failed=0
check() {
	what=$1
	shift
	"$@" || {
		echo "demo.sh: $what" >&2
		failed=1
	}
}
check "the text batch ended with $status, not with 7" [ "$status" -eq 7 ]
check "the JSON batch ended with $json_status, not with 7" [ "$json_status" -eq 7 ]
check "not every line was answered" cmp -s "$work/commands" "$work/answered"
check "two errors should be expected" [ "$(wc -l <"$work/want")" -eq 2 ]
check "other lines failed than expected" diff "$work/want" "$work/got"
# The fact behind each error, the bytes that were shared, and the window that moved.
check "an error has no fact" \
	jq -es 'map(select(.status != 0)) | all(.error.fact != null and .error.hint != null)' \
	"$work/rows" >"$work/said"
check "the bytes are not shared" \
	jq -es 'any(.argv[0:3] == ["mock", "access", "rw"] and .result.data == "c0ffee42")' \
	"$work/rows" >"$work/said"
check "the MSI window did not move" \
	jq -es 'map(select(.argv[1] == "iova-ranges")) | last.result.ranges
		| .[0].last == "0x3fffffff" and .[1].start == "0x40200000"' \
	"$work/rows" >"$work/said"
exit "$failed"
