#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# fault: queues of page requests, reading and answering them; mock trigger-iopf.

# shellcheck disable=SC2016,SC2154 # names of a batch; stderr, session and row_fd are of the helper

load helper

# A mock device (3, mock 2) attached to a page table (6) with a fault queue (5).
SCENE='ioas alloc as a
mock add-device $a as d
fault alloc as q
hwpt alloc $d $a --fault $q as h
mock replace $d.mock_id $h'

@test "alloc: ids, the book, what holds a queue" {
	check <<'END'
fault alloc as q			#= fault_id=1 fault_fd=*
object list				#= | {"id":1,"type":"fault","parents":[],"line":1,"call":"IOMMU_FAULT_QUEUE_ALLOC"
object destroy $q			#! EBUSY 6 object-held | its fd | `fault close 1`
fault close $q				#= fault_id=1
fault close $q				#! - 5 - | was closed
fault read $q				#! - 5 - | was closed
object destroy $q			#= type=fault
fault close $q				#! - 5 - | there is no fault queue 1
ioas alloc as a				#= ioas_id=1
mock add-device $a as d
fault alloc as r
hwpt alloc $d $a --fault $r as h
fault close $r
object destroy $r			#! EBUSY 6 object-held | hwpt-paging 6 uses it
object destroy $h
object destroy $r
hwpt alloc $d $a --fault $r		#! ENOENT 5 no-object field=fault_id
END
}

@test "alloc: refusals of the call" {
	check <<'END'
raw fault-queue-alloc flags=1		#! EOPNOTSUPP 3 flag-unknown
raw fault-queue-alloc size=8		#! EINVAL 1 size-too-small
raw fault-queue-alloc			#= out_fault_id=1
# the fd of a raw call is known, too
fault read 1 --timeout 0		#= count=0
END
}

@test "a page table that is nested has a queue as well, a parent has none" {
	check <<'END'
ioas alloc as a
mock add-device $a as d
fault alloc as q
hwpt alloc $d $a --nest-parent --fault $q	#! EOPNOTSUPP 3 fault-nest-parent
hwpt alloc $d $a --fault $a		#! ENOENT 5 no-object field=fault_id | id 1 is an ioas
hwpt alloc $d $a --nest-parent as p
hwpt alloc $d $p --data selftest --fault $q as n	#= hwpt_id=7
object list				#= | "id":7,"type":"hwpt-nested","parents":[{"id":3,"type":"device"},{"id":6,"type":"hwpt-paging"},{"id":5,"type":"fault"}]
mock replace $d.mock_id $n
# the guest's PASIDs are in the nested table
mock trigger-iopf $d --pasid 5 --grpid 1 --perm read,exec --addr 0x7000	#= pasid=5 perm=* addr=0x7000 fault_id=5
fault read $q				#= count=1 cookie=1 pasid=5 grpid=1 addr=0x7000 length=0 | "perm":["read","exec"] | "flags":["pasid-valid","last-page"]
END
}

@test "read and respond: requests decoded, cookies used again" {
	check <<END
$SCENE
mock trigger-iopf \$d --grpid 7 --perm read,write --addr 0x1000	#= device_id=3 grpid=7 fault_id=5 !pasid
mock trigger-iopf \$d --grpid 8 --perm 0x14 --addr 0x2000
mock trigger-iopf \$d			#= grpid=0 addr=0x0 | "perm":["read"]
fault read \$q --count 2 as r		#= fault_id=5 count=2 cookie=1 device_id=3 grpid=7 addr=0x1000 !pasid | "perm":["read","write"] | "flags":["last-page"] | "perm":["exec","0x10"] | "cookie":2
fault respond \$q --cookie \$r --code success	#= fault_id=5 code=success answered=1
fault read \$q				#= count=1 cookie=1 grpid=0
fault respond \$q --cookie 1 --cookie 2 --code invalid	#= code=invalid answered=2
fault read \$q --timeout 0		#= count=0 !cookie | "requests":[]
fault read \$q --timeout 0.01		#= count=0
END
}

@test "respond: refusals, and how many were answered" {
	check <<END
$SCENE
mock trigger-iopf \$d --grpid 1
mock trigger-iopf \$d --grpid 2
fault respond \$q --cookie 1 --code success	#! EINVAL 1 cookie-unknown field=cookie | 0 of 1 answered | under cookie 1
fault read \$q				#= count=2
fault respond \$q --cookie 2 --cookie 9 --cookie 1 --code success	#! EINVAL 1 cookie-unknown | cannot answer cookie 9 | 1 of 3 answered
fault respond \$q --cookie 2 --code success	#! EINVAL 1 cookie-unknown
fault respond \$q --cookie 0 --code success	#! EINVAL 1 cookie-unknown
fault respond \$q --cookie 1 --code failure	#! - 2 - | not one of success, invalid
fault respond \$q --code success	#! - 2 - | missing --cookie
fault respond \$a --cookie 1 --code success	#! - 5 - | object 1 is not a fault queue | of type ioas
fault respond \$q --cookie 1 --code success	#= answered=1
END
}

@test "whoever answers cookie 0 while another one waits gets it next" {
	check <<END
$SCENE
fault respond \$q --cookie 0 --code success	#! EINVAL 1 cookie-unknown
mock trigger-iopf \$d --grpid 1
fault read \$q				#= cookie=1 grpid=1
fault respond \$q --cookie 0 --code success	#! EINVAL 1 cookie-unknown
mock trigger-iopf \$d --grpid 2
mock trigger-iopf \$d --grpid 3
fault read \$q --count 2			#= count=2 cookie=0 grpid=2 | "cookie":2
fault respond \$q --cookie 0 --code success	#= answered=1
fault respond \$q --cookie 1 --cookie 2 --code success	#= answered=2
mock trigger-iopf \$d --grpid 4
mock trigger-iopf \$d --grpid 5
fault read \$q --count 2			#= count=2 cookie=0 grpid=4 | "cookie":1
fault respond \$q --cookie 0 --cookie 1 --code success	#= answered=2
END
}

@test "a detach or a replace answers what is open" {
	check <<END
$SCENE
mock trigger-iopf \$d --grpid 1
fault read \$q				#= count=1 cookie=1
mock trigger-iopf \$d --grpid 2
mock replace \$d.mock_id \$a
fault respond \$q --cookie 1 --code success	#! EINVAL 1 cookie-unknown
fault read \$q --timeout 0		#= count=0
# attached to a page table without a queue: nobody hears of it
mock trigger-iopf \$d			#= !fault_id
fault read \$q --timeout 0		#= count=0
mock replace \$d.mock_id \$h
# no page table is attached to the PASID
mock trigger-iopf \$d --pasid 9		#= pasid=9 !fault_id
fault read \$q --timeout 0		#= count=0
mock trigger-iopf \$d --grpid 3		#= fault_id=5
object destroy \$d.mock_id
fault read \$q --timeout 0		#= count=0
END
}

@test "a PASID has a page table of its own, and so a queue" {
	check <<'END'
ioas alloc as a
mock add-device $a --pasid as d
fault alloc as q
fault alloc as r
hwpt alloc $d $a --pasid --fault $q as h
hwpt alloc $d $a --pasid --fault $r as i
mock replace $d.mock_id $h
mock pasid attach $d.mock_id $i --pasid 7
mock trigger-iopf $d --pasid 7 --addr 0x1000	#= fault_id=6 pasid=7
mock trigger-iopf $d --addr 0x2000	#= fault_id=5
# not attached, and no guest has a table of them
mock trigger-iopf $d --pasid 8		#= !fault_id
fault read $q				#= count=1 addr=0x2000 cookie=1 !pasid
fault read $r				#= count=1 addr=0x1000 cookie=1 pasid=7
mock trigger-iopf $d --pasid 7
# each attachment is answered for itself
mock pasid replace $d.mock_id $h --pasid 7
fault respond $r --cookie 1 --code success	#! EINVAL 1 cookie-unknown
fault read $r --timeout 0		#= count=0
mock trigger-iopf $d --pasid 7		#= fault_id=5
mock pasid detach $d.mock_id --pasid 7
fault read $q --timeout 0		#= count=0
fault respond $q --cookie 1 --code success
END
}

@test "trigger-iopf: refusals" {
	check <<'END'
ioas alloc as a
mock add-device $a as d
mock trigger-iopf 99			#! ENOENT 5 no-object field=dev_id
mock trigger-iopf $d.mock_id		#! ENOENT 5 no-object | id 2 is a selftest
mock trigger-iopf $d --perm red		#! - 2 - | --perm: 'red' is not an access
mock trigger-iopf $d --perm 0x100000000	#! - 2 - | --perm
END
}

@test "trigger-iopf: a VFIO device" {
	[ "$T_BACKEND" = emu ] || skip "the guest of the mock has no VFIO device"
	check <<'END'
device open vfio0 as d
mock trigger-iopf $d			#! EINVAL 1 not-mock-device field=dev_id
END
}

@test "read: what is no queue, or no way to say" {
	check <<'END'
fault read 7				#! - 5 - | there is no fault queue 7 | iommuctl batch
ioas alloc as a
fault read $a				#! - 5 - | object 1 is not a fault queue
fault alloc as q
fault read $q --queue-fd $q.fault_fd --timeout 0	#= count=0
fault read $q --queue-fd 0		#! - 5 - | --queue-fd: 0 is not the fd of a fault queue | file descriptor 0 is
fault read $q --queue-fd 999		#! - 5 - | not open
fault read $q --count 0			#! - 2 - | at least 1
fault read $q --timeout 1s		#! - 2 - | '1s' is not a time; seconds
fault read $q --timeout -1		#! - 2 - | not a time
fault read $q --timeout .5		#! - 2 - | not a time
fault read $q --timeout 1.		#! - 2 - | not a time
fault read $q --timeout 99999999999999	#! - 2 - | not a time
END
}

@test "--follow in a batch: a row for each piece, an empty one at the end" {
	cat >script <<END
$SCENE
mock trigger-iopf \$d --grpid 1
mock trigger-iopf \$d --grpid 2
fault read \$q --follow --timeout 0.05
mock trigger-iopf \$d --grpid 3
fault read \$q --follow --count 1
END
	iom_rows batch script
	assert_equal "$status" 0
	run jq -c 'select(.argv[1] == "read") | [.line, .status, .result.count, [.result.requests[].grpid]]' stdout
	assert_output '[8,0,2,[1,2]]
[8,0,0,[]]
[10,0,1,[3]]'
	iom batch script
	assert_equal "$status" 0
	[[ $output == *'
cookie=1  device_id=3  grpid=1  perm=read  addr=0x0  length=0  flags=last-page
cookie=2  device_id=3  grpid=2  perm=read  addr=0x0  length=0  flags=last-page
device_id=3  grpid=3  perm=read  addr=0x0  fault_id=5
cookie=3  device_id=3  grpid=3  perm=read  addr=0x0  length=0  flags=last-page' ]] || fail "$output"
	iom -q batch script
	assert_equal "$status$output$stderr" 0
}

@test "--follow ends on SIGINT and SIGTERM, and the batch goes on" {
	local sig line

	session_start
	while IFS= read -r line; do
		say "$line"
	done <<<"$SCENE"
	for sig in INT TERM; do
		say 'mock trigger-iopf $d'
		# the first row is there before anything is waited for
		say 'fault read $q --follow'
		row_has "$REPLY" count=1 || fail "$REPLY"
		kill -s "$sig" "$session"
		read -r -t 60 -u "$row_fd" REPLY || fail "no last row"
		row_has "$REPLY" count=0 || fail "$REPLY"
		row_has "$REPLY" status=0 || fail "$REPLY"
	done
	say 'fault read $q --timeout 0'
	session_end
	assert_equal "$status" 0
	assert_stderr ""
}

@test "--follow ends quietly when nobody reads any more" {
	cat >script <<END
$SCENE
mock trigger-iopf \$d --grpid 77
fault read \$q --follow
END
	timeout 60 "$T_IOMMUCTL" batch script 2>stderr 3>&- | grep -qm1 'grpid=77.*flags='
	# it ends by itself: timeout(1) would have ended it with 124
	assert_equal "${PIPESTATUS[0]}" 0
	assert_equal "$(<stderr)" ""
}

@test "-v, --dry-run: reads and writes are told and kept back" {
	cat >script <<END
$SCENE
fault read \$q --timeout 0
fault respond \$q --cookie 3 --code invalid
END
	iom -v batch script
	assert_equal "$status" 1
	assert_stderr_has "fault_read(id=5, count=65520)" "fault_read = 0 ()" \
		"fault_write(id=5, count=8, cookie=3, code=invalid)" "fault_write = -1 EINVAL"
	iom_rows --dry-run batch script
	assert_equal "$status" 0
	[[ $output == *'"calls":[{"call":"fault_read","decoded":"id=0, count=65520"'* ]] || fail "$output"
	[[ $output == *'"calls":[{"call":"fault_write",'* ]] || fail "$output"
}

@test "an inherited context: its queues have fds elsewhere" {
	if [ "$T_BACKEND" = emu ]; then
		iom --fd 9 fault read 1
		usage_error "--fd is for the kernel backend"
		return
	fi
	exec 9<>/dev/iommu
	iom --fd 9 --get fault_id fault alloc
	assert_equal "$status" 0
	iom --fd 9 fault read "$output"
	assert_equal "$status" 5
	assert_stderr_has "this process has no fd for fault queue" "--queue-fd FD"
	exec 9>&-
}

@test "explain: reads and writes are in the table" {
	iom_json explain fault respond
	assert_equal "$status" 0
	[[ $output == *'"call":"fault_write"'*'"cause":"cookie-unknown"'* ]] || fail "$output"
	iom_json explain fault-read EINVAL
	[[ $output == *'"causes":[{"errno":"EINVAL","cause":"group-too-long"'* ]] || fail "$output"
}
