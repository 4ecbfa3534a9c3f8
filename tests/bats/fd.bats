#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# --fd: a context that the shell holds open, over many commands.

load helper

# What every command with --fd answers on the emulator.
refused()
{
	iom --fd 9 ioas alloc
	usage_error "--fd is for the kernel backend, not for emu"
}

@test "the emulator has no fd to inherit" {
	iom -b emu --fd 9 ioas alloc
	usage_error "--fd is for the kernel backend, not for emu" "a batch keeps"
	IOMMUCTL_FD=9 iom -b emu ioas alloc
	usage_error "--fd is for the kernel backend"
}

@test "a number that is not open" {
	exec 9>&-
	iom_json -b kernel --fd 9 ioas alloc
	assert_equal "$status" 1
	assert_output ""
	assert_stderr_has '"errno":"EBADF"' '"cause":"fd-closed"' "fd 9 is not open" "exec 9<>/dev/iommu"
}

@test "something else" {
	exec 9</dev/null
	iom_json -b kernel --fd 9 ioas alloc
	assert_equal "$status" 3
	assert_stderr_has '"errno":"ENOTTY"' '"cause":"fd-not-iommufd"' "fd 9 is /dev/null, not an iommufd"
	exec 9<&-
}

@test "state lives as long as the shell's fd" {
	local id id2

	[ "$T_BACKEND" = kernel ] || { refused; return; }
	exec 9<>/dev/iommu
	id=$("$T_IOMMUCTL" --fd 9 ioas alloc --get ioas_id)
	assert_equal "$id" 1
	id2=$("$T_IOMMUCTL" --fd 9 ioas alloc --get ioas_id)
	assert_equal "$id2" 2
	iom_json --fd 9 ioas map-file "$id" --iova 0x10000 --length 64K
	assert_success
	iom_json --fd 9 ioas copy --src-ioas-id "$id" --dst-ioas-id "$id2" --src-iova 0x10000 --length 4K
	assert_success
	iom --fd 9 ioas unmap "$id" --all --get unmapped
	assert_output 65536
	iom --fd 9 object destroy "$id2"
	assert_success
	iom --fd 9 object destroy "$id2"
	assert_equal "$status" 5
	# what others made is not known here, and that is said
	iom_json --fd 9 object list
	assert_success
	row_has "$output" complete=false
	[[ $output == *'"objects":[]'* ]]
	# the command has not closed it
	iom --fd 9 ioas iova-ranges "$id" --get ranges.0.range
	assert_output 0-ffffffffffffffff
	exec 9>&-
}

@test "causes that cannot be looked at are not claimed" {
	[ "$T_BACKEND" = kernel ] || { refused; return; }
	exec 9<>/dev/iommu
	iom --fd 9 batch - 2>/dev/null
	printf '%s\n' 'ioas alloc' 'ioas map-file 1 --iova 0x1000000 --length 64K' 'mock add-device 1' >s
	iom --fd 9 batch s
	assert_success
	# another process: the mapping is not in its book
	iom_json --fd 9 ioas map-file 1 --iova 0x1000000 --length 4K
	assert_equal "$status" 1
	assert_stderr_has '"errno":"EEXIST"'
	iom_json --fd 9 ioas map-file 1 --iova 0x1000 --length 4K
	assert_stderr_has '"errno":"EINVAL"' '"cause":"iova-unusable"' "iova 0x1000 lies in 0x0-0xffffff" \
		"usable: 0x1000000-0x7fffffff"
	iom_json --fd 9 ioas unmap 1 --iova 0x1000000 --length 4K
	assert_stderr_has '"errno":"ENOENT"'
	iom_json --fd 9 object destroy 1
	assert_equal "$status" 6
	assert_stderr_has '"errno":"EBUSY"'
	iom_json --fd 9 ioas iova-ranges 2
	assert_equal "$status" 5
	exec 9>&-
}

@test "the fd from the environment" {
	[ "$T_BACKEND" = kernel ] || { refused; return; }
	exec 9<>/dev/iommu
	IOMMUCTL_FD=9 iom ioas alloc --get ioas_id
	assert_output 1
	IOMMUCTL_FD=9 iom ioas alloc --get ioas_id
	assert_output 2
	exec 9>&-
}

@test "two contexts do not see each other" {
	[ "$T_BACKEND" = kernel ] || { refused; return; }
	exec 8<>/dev/iommu 9<>/dev/iommu
	iom --fd 8 ioas alloc --get ioas_id
	assert_output 1
	iom --fd 9 ioas iova-ranges 1
	assert_equal "$status" 5
	iom --fd 9 ioas alloc --get ioas_id
	assert_output 1
	exec 8>&- 9>&-
}
