#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# veventq: queues of a vIOMMU's events, reading them, lost ones; mock trigger-vevent.

# shellcheck disable=SC2016 # names of a batch

load helper

# A mock device (3, mock 2) with virtual id 0x99 behind a vIOMMU (6), attached to its nested page
# table (8).
SCENE='ioas alloc as a
mock add-device $a as d
hwpt alloc $d $a --nest-parent as p
viommu alloc $d $p --type selftest as v
vdevice alloc $v $d --virt-id 0x99 as vd
hwpt alloc $d $v --data selftest as n
mock replace $d.mock_id $n'

@test "alloc: ids, the book, what holds a queue" {
	check <<END
$SCENE
veventq alloc \$v --type selftest --depth 2 as q	#= veventq_id=4 veventq_fd=* viommu_id=6 type=selftest depth=2
veventq alloc \$v --type arm-smmuv3 --depth 524288	#= veventq_id=9 type=arm-smmuv3
veventq alloc \$v --type tegra241-cmdqv --depth 1	#= veventq_id=10
# the core asks no driver about a type
veventq alloc \$v --type 77 --depth 1 as w	#= veventq_id=11 type=77
object list				#= | {"id":4,"type":"veventq","parents":[{"id":6,"type":"viommu"}],"line":8,
object destroy \$q			#! EBUSY 6 object-held | its fd | \`veventq close 4\`
mock replace \$d.mock_id \$a
object destroy \$n
object destroy \$vd
object destroy \$v			#! EBUSY 6 object-held | veventq
veventq close \$q			#= veventq_id=4
veventq read \$q			#! - 5 - | was closed
object destroy \$q			#= type=veventq
veventq close 9
object destroy 9
veventq close 10
object destroy 10
veventq close \$w
object destroy \$w
object destroy \$v
END
}

@test "alloc: refusals" {
	check <<END
$SCENE
veventq alloc \$v --type selftest --depth 1 as q
veventq alloc \$v --type selftest --depth 1	#! EEXIST 1 veventq-exists field=type | veventq 4 is
veventq alloc \$v --type 0 --depth 1	#! EOPNOTSUPP 3 event-type-zero field=type
veventq alloc \$v --type 5 --depth 0	#! EINVAL 1 depth-wrong field=veventq_depth | at least 1
veventq alloc \$v --type 5 --depth 524289	#! EINVAL 1 depth-wrong | at most 524288
veventq alloc 99 --type 5 --depth 1	#! ENOENT 5 no-object field=viommu_id
veventq alloc \$a --type 5 --depth 1	#! ENOENT 5 no-object | id 1 is an ioas
veventq alloc 99 --type 5 --depth 0	#! EINVAL 1 depth-wrong
raw veventq-alloc viommu_id=\$v type=5 veventq_depth=1 flags=1	#! EOPNOTSUPP 3 flag-unknown
raw veventq-alloc viommu_id=\$v type=5 veventq_depth=1 __reserved=1	#! EOPNOTSUPP 3 reserved-not-zero
veventq alloc \$v --type red --depth 1	#! - 2 - | not one of arm-smmuv3, tegra241-cmdqv, selftest
veventq alloc \$v --type selftest	#! - 2 - | missing --depth
END
}

@test "read: events by their virtual id, in order" {
	check <<END
$SCENE
veventq alloc \$v --type selftest --depth 4 as q
veventq read \$q --timeout 0		#= veventq_id=4 count=0 | "events":[]
veventq read \$q --timeout 0.01		#= count=0
mock trigger-vevent \$d			#= device_id=3
mock trigger-vevent \$d
mock trigger-vevent \$d
veventq read \$q --count 2		#= count=2 sequence=0 sequence=1 event=selftest virt_id=0x99 raw=99000000 !lost
veventq read \$q			#= count=1 sequence=2 !lost
veventq read \$q --queue-fd \$q.veventq_fd --timeout 0	#= count=0
END
}

@test "read: lost events, with a row of their own or as a gap" {
	check <<END
$SCENE
veventq alloc \$v --type selftest --depth 2 as q
mock trigger-vevent \$d
mock trigger-vevent \$d
mock trigger-vevent \$d
mock trigger-vevent \$d
veventq read \$q --count 2		#= count=2 sequence=0 sequence=1 !lost
veventq read \$q			#= count=1 event=lost-events sequence=3 lost=2 !virt_id !raw
mock trigger-vevent \$d
mock trigger-vevent \$d
mock trigger-vevent \$d
veventq read \$q --count 1		#= sequence=4 !lost
# there is room again, and the mark of the lost one goes
mock trigger-vevent \$d
veventq read \$q			#= count=2 sequence=5 sequence=7 lost=1
mock trigger-vevent \$d
veventq read \$q			#= count=1 sequence=8 !lost
END
}

@test "two queues of a vIOMMU: the event goes to that of its type" {
	check <<END
$SCENE
veventq alloc \$v --type 77 --depth 1 as other
mock trigger-vevent \$d			#! EOPNOTSUPP 3 no-veventq field=dev_id | viommu 6
veventq alloc \$v --type selftest --depth 1 as q
mock trigger-vevent \$d
veventq read \$other --timeout 0	#= count=0
veventq read \$q			#= count=1
END
}

@test "trigger-vevent: refusals" {
	check <<'END'
ioas alloc as a
mock add-device $a as d
mock trigger-vevent $d			#! ENOENT 5 no-virtual-device | not attached to a page table of a viommu
mock trigger-vevent 99			#! ENOENT 5 no-object field=dev_id
mock trigger-vevent $d.mock_id		#! ENOENT 5 no-object | id 2 is a selftest
hwpt alloc $d $a --nest-parent as p
viommu alloc $d $p --type selftest as v
vdevice alloc $v $d --virt-id 0
hwpt alloc $d $v --data selftest as n
mock replace $d.mock_id $n
veventq alloc $v --type selftest --depth 1 as q
mock trigger-vevent $d			#! ENOENT 5 no-virtual-device | virtual id of device 3 is 0
veventq read $q --timeout 0		#= count=0
END
}

@test "read: what is no queue, or no way to say" {
	check <<END
$SCENE
veventq read 77				#! - 5 - | there is no event queue 77
veventq read \$v			#! - 5 - | object 6 is not an event queue | of type viommu
fault alloc as f
veventq read \$f			#! - 5 - | is not an event queue
veventq alloc \$v --type selftest --depth 1 as q
fault read \$q				#! - 5 - | is not a fault queue
veventq read \$q --queue-fd \$f.fault_fd	#! - 5 - | --queue-fd | not the fd of an event queue
veventq read 99 --queue-fd 0		#! - 2 - | say its --type
veventq read 99 --queue-fd 0 --type selftest	#! - 5 - | not the fd of an event queue
veventq read \$q --count 0		#! - 2 - | at least 1
END
}

@test "--follow: a line for each event" {
	cat >script <<END
$SCENE
veventq alloc \$v --type selftest --depth 2 as q
mock trigger-vevent \$d
mock trigger-vevent \$d
mock trigger-vevent \$d
veventq read \$q --follow --timeout 0
mock trigger-vevent \$d
veventq read \$q --follow --count 1
END
	iom batch script
	assert_equal "$status" 0
	[[ $output == *'
sequence=0  event=selftest  virt_id=0x99
sequence=1  event=selftest  virt_id=0x99
sequence=2  event=lost-events  lost=1
device_id=3
sequence=3  event=selftest  virt_id=0x99' ]] || fail "$output"
	iom_rows batch script
	assert_equal "$status" 0
	run jq -c 'select(.argv[1] == "read") | [.line, .result.count]' stdout
	assert_output '[12,3]
[12,0]
[14,1]'
}
