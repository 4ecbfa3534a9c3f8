#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# graph and metrics: text that other programs read.

load helper

setup_file()
{
	export HOST=$TOP/tests/fixtures/host-server
	iom_features
}

@test "graph: nodes and edges as data" {
	iom_json --sysroot "$HOST" graph
	assert_success
	row_has "$output" '!text'
	[[ $output == *'{"id":0,"kind":"iommu","label":"dmar0","detail":"intel-vtd"}'* ]]
	[[ $output == *'{"id":1,"kind":"group","label":"group 2","detail":"held identity","state":"held","parent":0}'* ]]
	[[ $output == *'"kind":"process","label":"qemu-system-x86","detail":"pid 4242"'* ]]
	# an edge leads to a node that stands before
	jq -e 'all(.nodes[]; (.parent // -1) < .id)' <<<"$output" >/dev/null
	iom_json --sysroot "$FIXTURES/sysfs-none" graph
	assert_success
	assert_output '{"schema":"iommuctl.graph/1","nodes":[]}'
}

@test "graph: the formats" {
	iom --sysroot "$HOST" graph
	assert_success
	assert_line --index 0 'digraph iommu {'
	assert_line '	n1 [label="group 2\nheld identity", fillcolor="#ffccbc"];'
	assert_line '	n2 [label="0000:00:02.0\ni915 vga\nUHD Graphics 630", fillcolor="#ffccbc"];'
	assert_line '	n0 -> n1;'
	assert_line --index $((${#lines[@]} - 1)) '}'
	iom --sysroot "$HOST" graph --format mermaid
	assert_success
	assert_line --index 0 'flowchart LR'
	assert_line '    n0 --> n1'
	assert_line '    n2["0000:00:02.0<br/>i915 vga<br/>UHD Graphics 630"]'
	iom --sysroot "$HOST" graph --format svg
	assert_success
	/usr/bin/python3 -c 'import sys, xml.dom.minidom as x; x.parseString(sys.stdin.read())' <<<"$output"
	[[ $output == *'<title>GA102 graphics</title>'* ]]
	boxes=$(grep -c '<rect' <<<"$output")
	iom_json --sysroot "$HOST" graph --format svg
	assert_equal "$(jq '.nodes | length' <<<"$output")" "$boxes"
	iom graph --format png
	usage_error "--format: 'png' is not one of dot, svg, mermaid"
}

@test "graph: names cannot end a string of the format" {
	local dir=tree/sys/devices/x

	mkdir -p "$dir" tree/sys/kernel/iommu_groups/0/devices
	echo DMA >tree/sys/kernel/iommu_groups/0/type
	printf 'DRIVER=a"b<c>&d\\e\n' >"$dir/uevent"
	ln -s ../../../../devices/x 'tree/sys/kernel/iommu_groups/0/devices/q"<&>'
	iom --sysroot tree graph
	assert_success
	[[ $output == *'label="q\"<&>\na\"b<c>&d\\e"'* ]]
	iom --sysroot tree graph --format svg
	/usr/bin/python3 -c 'import sys, xml.dom.minidom as x; x.parseString(sys.stdin.read())' <<<"$output"
	iom --sysroot tree graph --format mermaid
	[[ $output == *'["q#quot;#lt;&#gt;<br/>'* ]]
}

@test "metrics: text that a parser of OpenMetrics takes" {
	iom --sysroot "$HOST" metrics
	assert_success
	assert_line --index $((${#lines[@]} - 1)) '# EOF'
	assert_line 'iommuctl_groups{state="held"} 6'
	assert_line 'iommuctl_devices{driver="vfio-pci"} 3'
	assert_line 'iommuctl_reserved_bytes{kind="direct"} 1048576'
	assert_line 'iommuctl_domains_used{iommu="dmar1"} 12'
	assert_line 'iommuctl_open_files{kind="iommufd"} 1'
	/usr/bin/python3 -c '
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse
families = {f.name: f for f in parse(sys.stdin.read())}
assert families["iommuctl_reserved_bytes"].unit == "bytes"
assert sum(s.value for s in families["iommuctl_groups"].samples) == 13, families["iommuctl_groups"]
' <"$T/stdout"
	/usr/bin/python3 -c '
import sys
from prometheus_client.parser import text_string_to_metric_families as parse
assert len(list(parse(sys.stdin.read()))) > 8
' <"$T/stdout"
}

@test "metrics: the same as data, and a machine without IOMMUs" {
	iom_json --sysroot "$HOST" metrics
	assert_success
	row_has "$output" '!text'
	[[ $output == *'{"metric":"iommuctl_iommus","value":2}'* ]]
	[[ $output == *'{"metric":"iommuctl_groups","label":"state","of":"blocked","value":1}'* ]]
	iom --sysroot "$FIXTURES/sysfs-none" metrics
	assert_success
	assert_line 'iommuctl_iommus 0'
	assert_line 'iommuctl_groups{state="ready"} 0'
	assert_line --index $((${#lines[@]} - 1)) '# EOF'
}

@test "metrics: labels are escaped" {
	mkdir -p tree/sys/devices/x tree/sys/kernel/iommu_groups/0/devices
	printf 'DRIVER=a"b\\c\n' >tree/sys/devices/x/uevent
	ln -s ../../../../devices/x tree/sys/kernel/iommu_groups/0/devices/x
	iom --sysroot tree metrics
	assert_success
	assert_line 'iommuctl_devices{driver="a\"b\\c"} 1'
}

@test "metrics: faults in the kernel log, and nothing when it may not be read" {
	local i

	iom --sysroot "$HOST" metrics
	assert_success
	[[ $output != *iommuctl_faults* ]]
	mkdir -p tree/dev
	{
		echo '4,1,1,-;DMAR: [DMA Write NO_PASID] Request device [00:02.0] fault addr 0x2000000 [fault reason 0x05] PTE Write access is not set'
		echo ' SUBSYSTEM=pci'
		for ((i = 0; i < 300; i++)); do
			echo "6,$i,$i,-;a line that tells of no fault, and is there to fill a log that is read in parts"
		done
		echo '4,2,2,-;vfio-pci 0000:03:00.0: AMD-Vi: Event logged [IO_PAGE_FAULT domain=0x000e address=0x0 flags=0x0]'
		echo '4,3,3,-;DMAR: [DMA Read NO_PASID] Request device [00:02.0] fault addr 0x3000000 [fault reason 0x06] PTE Read access is not set'
		head -c 70000 /dev/zero | tr '\0' x
		echo
		echo '4,4,4,-;DMAR: [DMA Read NO_PASID] Request device [00:02.0] fault addr 0x3000000 [fault reason 0x06] PTE Read access is not set'
	} >tree/dev/kmsg
	iom --sysroot tree metrics
	assert_success
	assert_line 'iommuctl_faults{kind="intel-vtd"} 3'
	assert_line 'iommuctl_faults{kind="amd"} 1'
	assert_line 'iommuctl_faults{kind="arm-smmuv3"} 0'
}
