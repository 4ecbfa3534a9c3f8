#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# No node, no permission, something else in its place: the kernel backend says which.

load helper

@test "a node that is not there: exit 3, the cause, and the emulator is named" {
	iom -b kernel --device /nonexistent ioas alloc
	assert_equal "$status" 3
	assert_output ""
	assert_stderr_has "cannot allocate an IOAS: ENOENT" "  fact: /nonexistent does not exist" \
		"  hint: " "--backend emu"
	iom_json -b kernel --device /nonexistent ioas alloc
	assert_equal "$status" 3
	assert_output ""
	assert_stderr_has '"errno":"ENOENT"' '"fact":"/nonexistent does not exist"' '"exit":3' "--backend emu"
}

@test "a folder on the way that is a file" {
	: >file
	iom -b kernel --device "$T/file/iommu" ioas alloc
	assert_equal "$status" 3
	assert_stderr_has ENOTDIR "--backend emu"
}

@test "/dev/iommu: there, or why it is not" {
	iom_json -b kernel ioas alloc
	if [ -c /dev/iommu ] && [ -r /dev/iommu ] && [ -w /dev/iommu ]; then
		assert_success
	elif [ ! -e /dev/iommu ]; then
		assert_equal "$status" 3
		assert_stderr_has '"errno":"ENOENT"' '"fact":"' "--backend emu" '"exit":3'
	else
		assert_equal "$status" 4
	fi
}

@test "why there is no /dev/iommu, from the machine's own files" {
	if [ -c /dev/iommu ]; then
		# a node that is there is used, whatever the tree says
		iom -b kernel --sysroot "$FIXTURES/sysfs-none" ioas alloc
		[[ $status == 0 || $status == 4 ]]
		return
	fi
	# iommufd is a module that is not loaded, in a container
	iom -b kernel --sysroot "$FIXTURES/sysfs-none" ioas alloc
	assert_equal "$status" 3
	assert_stderr_has "the iommufd module of kernel 6.1.0-none is not loaded" "no IOMMU" \
		"modprobe iommufd on the host of this container" "--backend emu"
	# iommufd is there, the node is not
	iom -b kernel --sysroot "$FIXTURES/sysfs-vtd" ioas alloc
	assert_equal "$status" 3
	assert_stderr_has "the kernel has iommufd" "mount namespace"
	# built without
	iom -b kernel --sysroot "$FIXTURES/sysfs-smmuv3" ioas alloc
	assert_equal "$status" 3
	assert_stderr_has "kernel 7.3.4-arm64 is built without CONFIG_IOMMUFD"
}

@test "no permission: exit 4, who may and who asks" {
	local prog=$T_IOMMUCTL me=65534

	: >node
	if [ "$(id -u)" = 0 ]; then
		chmod 0600 node
	else
		chmod 0 node
		me=$(id -u)
	fi
	chmod 0755 "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" "$T"
	as_nobody test -x "$prog" || { cp "$prog" prog; prog=$T/prog; }
	capture as_nobody "$prog" -b kernel --device "$T/node" ioas alloc
	assert_equal "$status" 4
	assert_output ""
	assert_stderr_has "EACCES" "$T/node is $(stat -c '%U:%G 0%a' node)" "you are uid $me" "--backend emu"
	capture as_nobody "$prog" -j -b kernel --device "$T/node" ioas alloc
	assert_equal "$status" 4
	printf '%s\n' "$stderr" >>"$DOCS"
	assert_stderr_has '"errno":"EACCES"' '"exit":4'
	mkdir closed
	: >closed/node
	chmod 0 closed
	[ "$(id -u)" != 0 ] || chmod 0700 closed
	capture as_nobody "$prog" -b kernel --device "$T/closed/node" ioas alloc
	assert_equal "$status" 4
	assert_stderr_has "a folder on the way" "uid $me"
	chmod 0755 closed
}

@test "a folder, a file, another device in its place" {
	mkdir dir
	: >file
	iom -b kernel --device "$T/dir" ioas alloc
	assert_equal "$status" 1
	assert_stderr_has EISDIR "--backend emu"
	iom_json -b kernel --device "$T/file" ioas alloc
	assert_equal "$status" 3
	assert_stderr_has '"errno":"ENOTTY"' '"cause":"fd-not-iommufd"' "$T/file, not an iommufd"
	iom_json -b kernel --device /dev/null ioas alloc
	assert_equal "$status" 3
	assert_stderr_has '"cause":"fd-not-iommufd"' "/dev/null, not an iommufd"
}

@test "a batch says it once and stops" {
	printf '%s\n' 'ioas alloc' 'ioas alloc' >s
	iom -b kernel --device /nonexistent batch s
	assert_equal "$status" 3
	assert_equal "$(grep -c '^iommuctl: s:1: ' stderr)" 1
	assert_equal "$(grep -c '^iommuctl: ' stderr)" 1
	iom_rows -b kernel --device /nonexistent batch --keep-going s
	assert_equal "$status" 7
	row_has "${ROWS[1]}" errno=ENOENT
	row_has "${ROWS[1]}" status=3
}

@test "the emulator is never taken silently" {
	unset IOMMUCTL_BACKEND
	iom --device /nonexistent ioas alloc
	assert_equal "$status" 3
	iom_json --device /nonexistent object list
	# a list of what this context made needs no node
	assert_success
	[[ $output == *'"backend":"kernel"'* ]]
}

@test "the emulator has its own nodes" {
	iom -b emu --device /dev/nothing ioas alloc
	assert_equal "$status" 5
	assert_stderr_has "the emulated machine has no /dev/nothing"
	iom -b emu --device /dev/iommu ioas alloc
	assert_success
}
