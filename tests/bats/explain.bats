#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# explain: the rows of the cause table, without asking any backend.

load helper

@test "every cause of a call in the kernel's order, then those of any call" {
	iom_json explain ioas-unmap
	assert_success
	[[ $output == '{"schema":"iommuctl.explain/1","call":"IOMMU_IOAS_UNMAP","causes":[{"errno":"EOVERFLOW","cause":"iova-max",'* ]]
	run jq -r '[.causes[] | .call // "any"] | . == (map(select(. != "any")) + map(select(. == "any")))' stdout
	assert_output true
	run jq -r '.causes[] | select(.call) | .cause' stdout
	assert_line length-zero
	assert_line nothing-mapped
	assert_line unmap-splits
}

@test "one errno, by name in any case or by number" {
	local word
	for word in ENOENT enoent 2; do
		iom_json explain IOMMU_IOAS_UNMAP $word
		assert_success
		run jq -r '[.causes[].errno] | unique[]' stdout
		assert_output ENOENT
	done
}

@test "an errno that nothing gives has no causes" {
	iom_json explain ioas-alloc EXDEV
	assert_success
	[[ $output == *'"causes":[]'* ]]
}

@test "rows of another kind of call are left out" {
	iom_json explain ioas-alloc
	run jq -r '.causes[].cause' stdout
	refute_line selftest-absent
	refute_line device-unbound
	assert_line fd-not-iommufd
	iom_json explain vfio-device-attach-iommufd-pt
	run jq -r '.causes[].cause' stdout
	assert_line device-unbound
	refute_line fd-not-iommufd
}

@test "text has a row a cause" {
	iom explain option EPERM
	assert_success
	assert_line --index 0 call=IOMMU_OPTION
	assert_line --regexp '^EPERM +no-sys-resource +'
}

@test "each cause that an error names is a row of its call" {
	cat >script <<'END'
ioas alloc as a
ioas map $a --iova 0x1000 --length 4K
ioas map $a --iova 0x1000 --length 4K
ioas map $a --iova 0x1000 --length 0
ioas unmap $a --iova 0 --length 4K
object destroy 77
option set rlimit-mode 3
END
	iom -j batch --keep-going script
	assert_failure 7
	jq -r 'select(.error) | [.error.call, .error.errno, .error.cause] | @tsv' stdout >errors
	run wc -l <errors
	assert_output 5
	while IFS=$'\t' read -r call errno cause; do
		iom -j explain "$call" "$errno"
		run jq -r '.causes[].cause' stdout
		assert_line "$cause"
	done <errors
}

@test "wrong calls and errnos" {
	iom explain ioas-unmapp
	assert_failure 2
	assert_stderr_has "there is no call or command 'ioas-unmapp'"
	assert_stderr_has "did you mean ioas-unmap?"
	iom explain ioas-unmap EFOO
	assert_failure 2
	assert_stderr_has "'EFOO' is no errno"
	iom explain ioas-unmap 0
	assert_failure 2
	iom explain ioas-unmap 99999
	assert_failure 2
	iom explain ioas map 0
	assert_failure 2
	assert_stderr_has "'0' is no errno"
	iom explain raw
	assert_failure 2
	assert_stderr_has "'raw' stands for no certain call"
}

@test "an unknown call: those of a name like it, or those of iommufd" {
	iom explain dmabuf
	usage_error "there is no call or command 'dmabuf'" \
		"calls of that name: test-dmabuf-get, test-dmabuf-revoke"
	iom explain foo
	usage_error "calls of iommufd: destroy, ioas-alloc," "hwpt-invalidate" \
		"ioas-noiommu-get-pa; iommuctl-raw(1) lists all"
}

@test "by the words of a command, as by its call" {
	local words

	iom -j explain ioas-map EEXIST
	cp stdout want
	for words in 'ioas map EEXIST' 'ioas map 17' 'ioas map --errno eexist' 'IOAS_MAP EEXIST'; do
		# shellcheck disable=SC2086
		iom_json explain $words
		assert_success
		assert_output "$(cat want)"
	done
}

@test "a command or object with several calls, and all calls" {
	iom_json explain hwpt EIO
	assert_success
	run jq -r '"\(.call) \([.causes[] | .call] | join(","))"' stdout
	assert_output "null IOMMU_HWPT_ALLOC,IOMMU_HWPT_INVALIDATE"
	iom explain hwpt EIO
	assert_line --index 0 --regexp '^ERRNO +CAUSE +FACT +HINT +CALL$'
	iom_json explain
	assert_success
	run jq -r '[.causes[].call] | unique | contains([null, "IOMMU_DESTROY", "VFIO_DEVICE_RESET"])' stdout
	assert_output true
	# no row twice
	run jq -r '[.causes[] | [.call, .errno, .cause]] | length == (unique | length)' stdout
	assert_output true
}
