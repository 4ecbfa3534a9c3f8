# SPDX-License-Identifier: LGPL-2.1-or-later
# What all bats files share: a clean environment, one batch per test with the expected answers
# beside its lines, and one validation of all JSON of a file.

bats_require_minimum_version 1.5.0
load /usr/lib/bats/bats-support/load.bash
# only what is used: each test loads it anew
for t_name in assert_equal assert_success assert_failure assert_output assert_line refute_line; do
	load "/usr/lib/bats/bats-assert/src/$t_name.bash"
done

# bats sources a file once for its setup and once for each test, in processes whose environment
# differs: what the caller asked for is kept under names that the program does not read.
TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
export T_IOMMUCTL=${T_IOMMUCTL:-${IOMMUCTL:-$TOP/build/iommuctl}}
export T_BACKEND=${T_BACKEND:-${IOMMUCTL_BACKEND:-emu}}
export T_SCHEMAS=${T_SCHEMAS:-${IOMMUCTL_SCHEMAS:-$TOP/build/schemas}}
# shellcheck disable=SC2034
FIXTURES=$TOP/tests/fixtures
for t_name in "${!IOMMUCTL_@}" "${!LC_@}"; do
	unset "$t_name"
done
unset NO_COLOR LANG LANGUAGE TERM COLUMNS t_name
export LC_ALL=C IOMMUCTL_BACKEND=$T_BACKEND
umask 022

setup_file()
{
	iom_features
}

# A test that could not be validated has not passed.
teardown_file()
{
	json_ok
}

setup()
{
	T=$BATS_TEST_TMPDIR
	DOCS=$BATS_FILE_TMPDIR/docs
	# shellcheck disable=SC1091
	. "$BATS_RUN_TMPDIR/features"
	cd "$T" || return 1
}

# What the backend has, asked once in a run: IOMMUCTL_HAS_IOAS_MAP=1 and so on.
iom_features()
{
	[ -s "$BATS_RUN_TMPDIR/features" ] && return 0
	"$T_IOMMUCTL" probe --shell >"$BATS_RUN_TMPDIR/features" || return 1
	# A backend without the mock driver would test nothing.
	grep -q "^IOMMUCTL_HAS_SELFTEST='\?1'\?$" "$BATS_RUN_TMPDIR/features" || {
		echo "# the backend $T_BACKEND has no selftest driver" >&3
		return 1
	}
}

# Whether probe says that the backend has it: has HWPT_ALLOC, has OPTION_SW_MSI_START.
has()
{
	local var=IOMMUCTL_HAS_$1

	[ "${!var}" = 1 ]
}

# For tests of the emulator's VFIO devices; tests/vm/real has real ones.
needs_device()
{
	[ "$T_BACKEND" = emu ] || skip "the guest of the mock has no VFIO device"
}

# For tests of what no released kernel has.
needs_emulator()
{
	[ "$T_BACKEND" = emu ] || skip "only the emulator has it"
}

# Validates every JSON document that the tests of this file printed, at once.
json_ok()
{
	local docs=$BATS_FILE_TMPDIR/docs

	[ -s "$docs" ] || return 0
	"$TOP/tests/schema/validate" --lines "$T_SCHEMAS" "$docs" >"$docs.log" 2>&1 && return 0
	sed 's/^/# /' "$docs.log" >&3
	return 1
}

# Runs a command; sets status, output (its stdout) and stderr. Nothing comes from stdin.
capture()
{
	status=0
	"$@" >"$T/stdout" 2>"$T/stderr" </dev/null 3>&- 4>&- || status=$?
	output=$(<"$T/stdout")
	# shellcheck disable=SC2034
	mapfile -t lines <"$T/stdout"
	stderr=$(<"$T/stderr")
	# a sanitiser's report is never what a test expects
	case $stderr in
	*"ERROR: AddressSanitizer"*|*"runtime error:"*|*"ERROR: LeakSanitizer"*)
		fail "$stderr" ;;
	esac
}

iom()
{
	capture "$T_IOMMUCTL" "$@"
}

# program NAME [ARG...]: a program of tests/preload, on a kernel as it is, else through emu run on the
# emulated machine in $machine. It says itself what is not as it should be.
program()
{
	local dir=${T_IOMMUCTL%/*}/preload name=$1

	shift
	if [ "$T_BACKEND" = emu ]; then
		iom ${machine:+--emu "$machine"} emu run "$dir/$name" "$@"
	else
		capture "$dir/$name" "$@"
	fi
	assert_stderr ""
	assert_equal "$status" 0
}

# What a saved machine shows is compared without names: they are those of the machine that shows it.
without_names()
{
	jq -c 'walk(if type == "object"
		then with_entries(select(.key | test("_name$|^names$") | not)) else . end)'
}

# The same in JSON; the document, or the error, is validated with the rest of the file.
iom_json()
{
	iom -j "$@"
	if [ "$status" = 0 ]; then
		printf '%s\n' "$output" >>"$DOCS"
	else
		printf '%s\n' "$stderr" >>"$DOCS"
	fi
}

# Runs a batch in JSON mode; its rows are in ROWS, from 0.
iom_rows()
{
	iom -j "$@"
	mapfile -t ROWS <"$T/stdout"
	[ ${#ROWS[@]} = 0 ] || printf '%s\n' "${ROWS[@]}" >>"$DOCS"
}

# session_start [OPTION...]: a batch that is fed line by line; say LINE: feeds one and waits for
# its row, in REPLY; session_end: status.
session_start()
{
	mkfifo "$T/in" "$T/rows"
	"$T_IOMMUCTL" "$@" -j batch --keep-going - <"$T/in" >"$T/rows" 2>"$T/stderr" 3>&- 4>&- &
	session=$!
	exec {say_fd}>"$T/in" {row_fd}<"$T/rows"
}

say()
{
	printf '%s\n' "$1" >&"$say_fd"
	read -r -t 60 -u "$row_fd" REPLY || fail "no answer to: $1"
	printf '%s\n' "$REPLY" >>"$DOCS"
}

session_end()
{
	exec {say_fd}>&-
	status=0
	wait "$session" || status=$?
	exec {row_fd}<&-
	stderr=$(<"$T/stderr")
}

assert_stderr()
{
	[ "$stderr" = "$1" ] || fail "stderr is not '$1' but '$stderr'"
}

assert_stderr_has()
{
	local s

	for s; do
		[[ $stderr == *"$s"* ]] || fail "stderr lacks '$s': $stderr"
	done
}

# The command was wrong: exit 2, one line (and perhaps a hint) that has all the words, no result.
usage_error()
{
	local s

	assert_equal "$status" 2
	assert_equal "$output" ""
	[[ $stderr == "iommuctl: "* ]] || fail "no message: $stderr"
	s=${stderr#*$'\n'}
	[ "$s" = "$stderr" ] || [[ $s == "  hint: "* && $s != *$'\n'* ]] ||
		fail "more than a line and a hint: $stderr"
	assert_stderr_has "$@"
}

# The strings of all "range" keys of a row, joined by commas.
ranges_of()
{
	local rest=$1 list=

	while [[ $rest == *'"range":"'* ]]; do
		rest=${rest#*'"range":"'}
		list=$list,${rest%%\"*}
	done
	REPLY=${list#,}
}

row_fails()
{
	local i at=

	for i in "${!FUNCNAME[@]}"; do
		[ "${FUNCNAME[i]}" != check ] || at=" of the script at line ${BASH_LINENO[i]}"
	done
	fail "line $1$at: $2
  script:   $3
  answered: $4"
}

# Whether the row has key=value; key=* any value, !key: no such key, ranges=A,B: these ranges.
row_has()
{
	local row=$1 key=${2%%=*} value=${2#*=}

	case $2 in
	!*) [[ $row != *"\"${2#!}\":"* ]] ;;
	*=\*) [[ $row == *"\"$key\":"* ]] ;;
	ranges=*)
		ranges_of "$row"
		[ "$REPLY" = "$value" ] ;;
	*) [[ $row == *"\"$key\":$value"[],\}]* || $row == *"\"$key\":\"$value\""* ]] ;;
	esac
}

# Compares one row with its "#= ..." or "#! ..." (see check).
expect_row()
{
	local n=$1 row=$2 line=$3 kind spec facts words word
	local -a part

	case $line in
	*'#= '*) kind='=' spec=${line##*'#= '} ;;
	*'#! '*) kind='!' spec=${line##*'#! '} ;;
	*) kind='=' spec= ;;
	esac
	facts=
	if [[ " $spec" == *' | '* ]]; then
		facts=${spec#*'| '}
		spec=${spec%%'| '*}
	fi
	read -ra words <<<"$spec"
	if [ "$kind" = '=' ]; then
		[[ $row == *'"status":0,'* ]] || row_fails "$n" refused "$line" "$row"
	else
		part=("${words[0]}" "${words[1]}" "${words[2]}")
		words=("${words[@]:3}")
		[[ $row == *"\"status\":${part[1]},"*"\"exit\":${part[1]}}"* ]] ||
			row_fails "$n" "not exit ${part[1]}" "$line" "$row"
		if [ "${part[0]}" = - ]; then
			row_has "$row" '!errno' || row_fails "$n" "has an errno" "$line" "$row"
		else
			row_has "$row" "errno=${part[0]}" ||
				row_fails "$n" "not ${part[0]}" "$line" "$row"
		fi
		if [ "${part[2]}" = - ]; then
			row_has "$row" '!cause' || row_fails "$n" "has a cause" "$line" "$row"
		else
			row_has "$row" "cause=${part[2]}" ||
				row_fails "$n" "not ${part[2]}" "$line" "$row"
		fi
	fi
	for word in "${words[@]}"; do
		row_has "$row" "$word" || row_fails "$n" "lacks $word" "$line" "$row"
	done
	while [ -n "$facts" ]; do
		word=${facts%%' | '*}
		[[ $row == *"$word"* ]] || row_fails "$n" "lacks '$word'" "$line" "$row"
		[ "$word" = "$facts" ] && facts= || facts=${facts#*' | '}
	done
}

# check [OPTION...] <<'EOF': runs stdin as one batch. Behind a line stands what it must answer:
#   (nothing)                          it succeeds
#   #= KEY=VALUE ... | text | text     it succeeds with these values and texts in its row
#   #! ERRNO EXIT CAUSE KEY=VALUE ... | text | text    it is refused; - for no errno or cause
# A row for each line, and nothing on stderr. ROW[n] is the row of line n.
check()
{
	# bats looks at every command of a test, which is slow where there are thousands
	set +T
	check_rows "$@"
	set -T
}

check_rows()
{
	local line n=0 row want=0 got
	local -a rows script

	mapfile -t script
	printf '%s\n' "${script[@]}" >"$T/script"
	iom "$@" -j batch --keep-going "$T/script"
	printf '%s\n' "$output" >>"$DOCS"
	mapfile -t rows <"$T/stdout"
	assert_equal "$stderr" ""
	ROW=()
	for row in "${rows[@]}"; do
		got=${row#*'"line":'}
		ROW[${got%%,*}]=$row
	done
	for line in "${script[@]}"; do
		n=$((n + 1))
		case $line in
		''|'#'*) continue ;;
		*'#! '*) want=7 ;;
		esac
		[ -n "${ROW[n]-}" ] || row_fails "$n" "no answer" "$line" "$output"
		expect_row "$n" "${ROW[n]}" "$line"
	done
	assert_equal "$status" "$want"
}

# The value of a key of row n, without quotes, in REPLY.
value_of()
{
	local row=${ROW[$1]#*"\"$2\":"}

	REPLY=${row%%[],\}]*}
	REPLY=${REPLY#\"}
	REPLY=${REPLY%\"}
}

# Whether this process has the capability of that number.
has_cap()
{
	local key value

	while read -r key value; do
		[ "$key" != CapEff: ] || break
	done </proc/self/status
	[ $((0x$value >> $1 & 1)) = 1 ]
}

# shellcheck disable=SC2034
CAP_SYS_RAWIO=17 CAP_SYS_RESOURCE=24

# limited FILE CAP [LIMIT]: makes FILE the program without this capability and with LIMIT KiB of
# memory to pin.
limited()
{
	local drop=

	[ "$(id -u)" != 0 ] || drop="setpriv --bounding-set=-$2 --inh-caps=-$2 --"
	printf '#!/bin/bash\n%s\nexec %s "%s" "$@"\n' "${3:+ulimit -l $3}" "$drop" "$T_IOMMUCTL" >"$1"
	chmod +x "$1"
}

# Runs a command as nobody when we are root, else as we are. Where tests/coverage/run counts, nobody has a
# folder of his own to do so.
as_nobody()
{
	if [ "$(id -u)" = 0 ]; then
		setpriv --reuid=65534 --regid=65534 --clear-groups -- \
			env ${COUNTS_OF_NOBODY:+"GCOV_PREFIX=$COUNTS_OF_NOBODY"} "$@"
	else
		"$@"
	fi
}
