#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# batch: the language of its lines, names of results, failures, rows, and when they come.

load helper

@test "comments, empty lines, blanks and CR LF" {
	printf '%s\n' '# a comment' '' '   # another, indented' '  ioas   alloc  # behind a command' \
		$'\tioas\talloc\t' 'ioas alloc as a#b' '#' >s
	iom_rows batch s
	assert_equal "$status" 2
	assert_equal "${#ROWS[@]}" 3
	row_has "${ROWS[0]}" line=4
	row_has "${ROWS[1]}" line=5
	# a '#' inside a word is no comment
	[[ ${ROWS[2]} == *"as: 'a#b' is no name"* ]]
	printf 'ioas alloc\r\nioas iova-ranges 1\r\n' >s
	iom_rows batch s
	assert_success
	assert_equal "${#ROWS[@]}" 2
}

@test "quotes and backslashes as in sh" {
	check <<'END'
"ioas" 'al'loc			#= ioas_id=1 | "argv":["ioas","alloc"]
ioas\ alloc			#! - 2 - | there is no command 'ioas alloc'
ioas map 1 --length "4K" --file 'a b\c'	#! ENOENT 5 - | "a b\\c"
ioas map 1 --length 4K --file "a \"b\" \$c \\"	#! ENOENT 5 - | "a \"b\" $c \\"
ioas map 1 --length 4K --file a\ b\#c	#! ENOENT 5 - | "a b#c"
ioas map 1 --length 4K --file '$a'"'"'b'	#! ENOENT 5 - | "$a'b"
ioas map 1 --length 4K --file ''	#! - 2 - | --file: the value is empty
ioas map 1 --length 4K --file "*"	#! ENOENT 5 - | "*"
ioas map 1 --length 4K --file ~		#! ENOENT 5 - | "~"
END
}

@test "a number can be added to a result" {
	check <<'END'
ioas alloc as a
ioas map $a --iova 0x100000 --length 8K as m
ioas unmap $a --iova ${m.iova+0} --length ${m.length+8K}	#= unmapped=8192 | "0x100000","--length","16384"
ioas map $a --iova ${m.iova+0x1000} --length 4K	#= iova=0x101000
ioas map "${a+0}" --iova "${m.iova+2M}" --length 4K	#= iova=0x300000
ioas unmap ${a+x} --all			#! - 2 - | ${a+x}: '+' takes a number
ioas unmap ${a+} --all			#! - 2 - | ${a+}: '+' takes a number
ioas unmap ${m.access+1} --all		#! - 2 - | there is nothing to add to in 'rw'
ioas unmap ${a+18446744073709551615} --all	#! - 2 - | there is nothing to add to in '1'
ioas unmap ${a+1 --all			#! - 2 - | '${' without '}'
END
}

@test "continuation, and quotes over lines" {
	printf '%s\n' 'ioas \' 'alloc' 'ioas map 1 \' '--length 4K \' '--file "one' 'two"' \
		'ioas alloc' "ioas map 1 --length 4K --file 'a" "b\\" "c'" 'ioas alloc \\' >s
	iom_rows batch --keep-going s
	assert_equal "$status" 7
	row_has "${ROWS[0]}" line=1
	[[ ${ROWS[0]} == *'"argv":["ioas","alloc"]'* ]]
	row_has "${ROWS[1]}" line=3
	[[ ${ROWS[1]} == *'"one\ntwo"'* ]]
	row_has "${ROWS[2]}" line=7
	row_has "${ROWS[2]}" ioas_id=2
	row_has "${ROWS[3]}" line=8
	[[ ${ROWS[3]} == *'"a\nb\\\nc"'* ]]
	# two backslashes are one backslash, no continuation
	row_has "${ROWS[4]}" line=11
	row_has "${ROWS[4]}" status=2
	assert_equal "${#ROWS[@]}" 5
}

@test "a quote or a backslash that nothing closes" {
	printf 'ioas alloc\nioas map "1\nioas alloc\n' >s
	iom_rows batch s
	assert_equal "$status" 2
	row_has "${ROWS[0]}" status=0
	row_has "${ROWS[1]}" line=2
	[[ ${ROWS[1]} == *"a '\\\"' is not closed"* ]]
	# as in bash, the end of the file ends a line
	printf 'ioas alloc \\' >s
	iom_rows batch s
	assert_success
	row_has "${ROWS[0]}" ioas_id=1
}

@test "a backslash that ends a comment joins nothing" {
	printf '%s\n' '# foo \' 'ioas alloc' 'ioas alloc # bar \' 'ioas alloc' >s
	iom_rows batch s
	assert_success
	assert_equal "${#ROWS[@]}" 3
}

@test "as NAME keeps a result; \$NAME is its id, \$NAME.field a field" {
	check <<'END'
ioas alloc as a
ioas alloc as b_2
ioas map $b_2 --iova 0x10000 --length 64K as m	#= ioas_id=2
ioas copy --src-ioas-id $b_2 --dst-ioas-id ${a} --src-iova $m --length $m.length --dst-iova ${m.iova}	#= src_ioas_id=2 dst_ioas_id=1 src_iova=0x10000 iova=0x10000 length=65536
ioas unmap "$m.ioas_id" --iova "${m.iova}" --length $m.length	#= unmapped=65536
ioas iova-ranges $a as r
ioas unmap $r.ioas_id --iova $r.ranges.0.start --length 128K	#= unmapped=65536
ioas alloc as a
ioas iova-ranges $a	#= ioas_id=3
ioas map $a --length ${m.length} --iova 0x1${m.length}	#= iova=0x165536
ioas map $a --length 4K --file '$a'	#! ENOENT 5 - | "$a"
ioas map $a --length 4K --file \$a	#! ENOENT 5 - | "$a"
ioas map $a --length 4K --file x${a}y	#! ENOENT 5 - | "x3y"
END
}

@test "names and fields that are not there" {
	check <<'END'
ioas iova-ranges $nobody	#! - 2 - | $nobody: no line has this name | a line before must end in: as nobody
ioas alloc as a
ioas iova-ranges $a.nothing	#! - 2 - | $a: no field 'nothing' | $a has: ioas_id
ioas iova-ranges $a as r
ioas unmap $r --all		#! - 2 - | $r: this result has no id, name a field
ioas unmap $r.ranges.9.start --all	#! - 2 - | no field 'ranges.9.start'
ioas unmap $ --all		#! - 2 - | '$' without the name of a result
ioas unmap ${a --all		#! - 2 - | '${' without '}'
ioas unmap $1 --all		#! - 2 - | '$' without the name of a result
ioas alloc as 1x		#! - 2 - | as: '1x' is no name
ioas alloc as ''		#! - 2 - | as: '' is no name
as x				#! - 2 - | a name without a command before it
ioas alloc "as" b		#! - 2 - | one word too many
ioas map 99 --length 4K as bad	#! ENOENT 5 no-object
ioas iova-ranges $bad		#! - 2 - | $bad: no line has this name
ioas alloc			#= ioas_id=2
END
}

@test "stops at the first failure with its exit code; --keep-going goes on and exits 7" {
	printf '%s\n' 'ioas alloc' 'object destroy 9' 'ioas alloc' 'ioas alloc 9' >s
	iom batch s
	assert_equal "$status" 5
	assert_output "ioas_id=1"
	assert_stderr_has "iommuctl: s:2: cannot destroy object 9: IOMMU_DESTROY: ENOENT"
	iom_rows batch s
	assert_equal "$status" 5
	assert_equal "${#ROWS[@]}" 2
	assert_stderr ""
	iom batch --keep-going s
	assert_equal "$status" 7
	assert_output "ioas_id=1
ioas_id=2"
	assert_stderr_has "s:2: " "s:4: 'ioas alloc': '9' is one word too many"
	iom_rows batch s --keep-going
	assert_equal "$status" 7
	assert_equal "${#ROWS[@]}" 4
	head -1 s >good
	iom_rows batch good --keep-going
	assert_success
}

@test "every exit code of a line is the batch's" {
	local line code

	while read -r code line; do
		printf '%s\n' 'ioas alloc as a' 'ioas map $a --iova 0x7000 --length 4K --read' \
			'mock access create $a' "$line" >s
		iom batch s
		assert_equal "$line: $status" "$line: $code"
	done <<'END'
1 ioas map $a --length 0
2 ioas map $a
3 raw ioas-alloc flags=1
4 ioas copy --src-ioas-id $a --dst-ioas-id $a --src-iova 0x7000 --length 4K
5 object destroy 77
6 object destroy $a
END
}

@test "JSON Lines: line, argv, status and result or error" {
	printf '%s\n' 'ioas alloc as a' 'ioas map $a --iova 0x1000 --length 4K --read' 'object destroy 5' >s
	iom -j batch --keep-going s
	assert_equal "$status" 7
	printf '%s\n' "$output" >>"$DOCS"
	assert_line --index 0 "{\"schema\":\"iommuctl.batch/1\",\"line\":1,\"argv\":[\"ioas\",\"alloc\"],\"status\":0,\"result\":{\"schema\":\"iommuctl.ioas.alloc/1\",\"backend\":\"$T_BACKEND\",\"ioas_id\":1}}"
	[[ ${lines[1]} == '{"schema":"iommuctl.batch/1","line":2,"argv":["ioas","map","1","--iova","0x1000","--length","4K","--read"],"status":0,"result":{"schema":"iommuctl.ioas.map/1",'* ]]
	[[ ${lines[2]} == '{"schema":"iommuctl.batch/1","line":3,"argv":["object","destroy","5"],"status":5,"error":{"call":"IOMMU_DESTROY","errno":"ENOENT",'*'"exit":5}}' ]]
	assert_equal "${#lines[@]}" 3
	cp stdout before
	iom --jsonl batch --keep-going s
	[ "$(wc -l <stdout)" = 3 ]
}

@test "stdin, and rows that come line by line" {
	printf 'ioas alloc\n' | "$T_IOMMUCTL" batch - >out
	assert_equal "$(<out)" ioas_id=1
	# each answer is read before the next line is written
	session_start
	say 'ioas alloc as a'
	expect_row 1 "$REPLY" '#= line=1 ioas_id=1'
	say 'ioas map $a --length 4K'
	expect_row 2 "$REPLY" '#= line=2 iova=0x1000'
	say 'object destroy 9'
	expect_row 3 "$REPLY" '#! ENOENT 5 no-object line=3'
	say 'ioas unmap $a --all'
	expect_row 4 "$REPLY" '#= unmapped=4096'
	session_end
	assert_equal "$status" 7
	assert_stderr ""
}

@test "text rows come line by line, too" {
	local fd_in fd_out line pid

	mkfifo in out
	"$T_IOMMUCTL" batch - <in >out 2>err 3>&- 4>&- &
	pid=$!
	exec {fd_in}>in {fd_out}<out
	echo 'ioas alloc' >&"$fd_in"
	read -r -t 60 -u "$fd_out" line
	assert_equal "$line" ioas_id=1
	echo 'ioas alloc' >&"$fd_in"
	read -r -t 60 -u "$fd_out" line
	assert_equal "$line" ioas_id=2
	exec {fd_in}>&-
	wait "$pid"
	exec {fd_out}<&-
}

@test "objects live until the end of the batch and no longer" {
	printf '%s\n' 'ioas alloc' 'ioas alloc' 'object list' >s
	iom_rows batch s
	row_has "${ROWS[1]}" ioas_id=2
	[[ ${ROWS[2]} == *'"objects":[{"id":1,'*'{"id":2,'* ]]
	iom_rows batch s
	row_has "${ROWS[1]}" ioas_id=2
}

@test "globals and other top commands are refused inside" {
	check <<'END'
ioas alloc -j		#! - 2 - | '-j' is for the whole batch: give it before 'batch'
ioas alloc --backend emu	#! - 2 - | '--backend' is for the whole batch
ioas alloc --dry-run	#! - 2 - | '--dry-run' is for the whole batch
ioas alloc --help	#! - 2 - | before 'batch'
batch other		#! - 2 - | 'batch' cannot stand inside a batch
ioas alloc		#= ioas_id=1
END
	iom --get ioas_id batch s
	usage_error "--get does not go with batch"
	iom batch s -j -q
	assert_equal "$status" 5
}

@test "NUL bytes, overlong lines, too many words" {
	printf 'ioas alloc\nioas al\0loc\nioas alloc\n' >s
	iom batch s
	assert_equal "$status" 2
	assert_output ioas_id=1
	assert_stderr "iommuctl: s:2: the line has a NUL byte"
	{ echo 'ioas alloc'; head -c 1048577 /dev/zero | tr '\0' x; echo; } >s
	iom batch s
	assert_equal "$status" 2
	assert_output ioas_id=1
	assert_stderr "iommuctl: s:2: the line is longer than 1 MiB"
	{ echo 'ioas alloc \'; head -c 1048570 /dev/zero | tr '\0' ' '; echo; } >s
	iom batch s
	assert_equal "$status" 2
	{ printf 'ioas alloc'; printf ' x%.0s' {1..5000}; echo; } >s
	iom batch s
	assert_equal "$status" 2
	[ "$(wc -l <stderr)" -le 2 ]
}

@test "empty file, missing file, no final newline, a folder" {
	: >s
	iom batch s
	assert_success
	assert_output ""
	assert_stderr ""
	iom -j batch s
	assert_success
	assert_output ""
	iom_json batch nowhere
	assert_equal "$status" 5
	assert_output ""
	assert_stderr_has '"errno":"ENOENT"' "cannot open nowhere"
	printf 'ioas alloc' >s
	iom batch s
	assert_success
	assert_output ioas_id=1
	mkdir d
	iom batch d
	assert_equal "$status" 1
	assert_stderr_has "cannot read d" EISDIR
	iom batch
	usage_error "'batch': missing --file"
}

@test "--dry-run issues nothing, names stand for 0" {
	printf '%s\n' 'ioas alloc as a' 'ioas map $a --length 4K as m' \
		'ioas copy --src-ioas-id $a --dst-ioas-id $a --src-iova $m.iova --length 4K' >s
	iom -v --dry-run -b kernel --device /nonexistent batch s
	assert_success
	[[ $stderr != *"> ["* ]]
	[[ $output == *IOMMU_IOAS_ALLOC*IOMMU_IOAS_MAP*IOMMU_IOAS_COPY* ]]
	iom_rows --dry-run batch s
	assert_success
	assert_equal "${#ROWS[@]}" 3
	[[ ${ROWS[1]} == *'"schema":"iommuctl.dry-run/1"'*'"name":"ioas_id","value":0'* ]]
}

@test "-q prints no result, errors still come" {
	printf '%s\n' 'ioas alloc' 'object destroy 5' >s
	iom -q batch s
	assert_equal "$status" 5
	assert_output ""
	assert_stderr_has "s:2: cannot destroy object 5"
	iom -q -j batch s
	assert_equal "$status" 5
	assert_output ""
}

@test "lines of errors are counted by where they begin" {
	printf '%s\n' '' 'ioas alloc \' '  # not a comment after a join? it is' 'ioas map \' ' 9 \' ' --length 4K' >s
	iom batch s
	assert_equal "$status" 5
	assert_stderr_has "s:4: cannot map 4K bytes in IOAS 9"
}

@test "a thousand named results" {
	local i

	{
		for ((i = 1; i <= 1000; i++)); do
			echo "ioas alloc as n$i"
		done
		for ((i = 1000; i > 900; i--)); do
			echo "object destroy \$n$i"
		done
		echo 'ioas alloc'
	} >s
	iom batch s
	assert_success
	assert_line --index 999 ioas_id=1000
	assert_line --index 1100 ioas_id=901
}
