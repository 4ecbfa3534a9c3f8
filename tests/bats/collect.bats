#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# examples/collect: the systemd units and the Ansible play say what systemd and Ansible understand.

load helper

setup_file()
{
	export COLLECT=$TOP/examples/collect
	iom_features
}

# The value of a key of a unit.
unit_value()
{
	sed -n "s/^$2=//p" "$COLLECT/iommuctl-metrics.$1"
}

@test "the units: sections and keys" {
	/usr/bin/python3 - "$COLLECT"/*.service "$COLLECT"/*.timer <<'END'
import configparser
import sys

known = {"Unit": {"Description", "Documentation"}, "Install": {"WantedBy"},
         "Timer": {"OnBootSec", "OnUnitActiveSec", "RandomizedDelaySec"},
         "Service": {"Type", "Environment", "ExecStart", "ProtectSystem", "ReadWritePaths",
                     "ProtectHome", "NoNewPrivileges", "CapabilityBoundingSet",
                     "RestrictAddressFamilies", "MemoryDenyWriteExecute"}}
assert len(sys.argv) == 3
for path in sys.argv[1:]:
    unit = configparser.ConfigParser(interpolation=None, strict=True)
    unit.optionxform = str
    unit.read(path)
    kind = "Service" if path.endswith(".service") else "Timer"
    assert unit.has_section("Unit") and unit.has_section(kind), path
    for section in unit.sections():
        assert set(unit[section]) <= known[section], (path, section, list(unit[section]))
END
	# the collector's folder is the one that may be written
	assert_equal "TEXTFILES=$(unit_value service ReadWritePaths)" "$(unit_value service Environment)"
}

@test "the units: systemd itself has nothing to say" {
	[ "$T_BACKEND" = emu ] || skip "the small guests have no system that systemd could look at"
	# verify wants the program of the unit and its manual to be there
	for unit in service timer; do
		sed -e "s,/usr/bin/iommuctl,$T_IOMMUCTL," -e /^Documentation=/d \
			"$COLLECT/iommuctl-metrics.$unit" >"iommuctl-metrics.$unit"
	done
	run systemd-analyze verify --man=no "$PWD/iommuctl-metrics.service" "$PWD/iommuctl-metrics.timer"
	assert_success
	[[ $output != *iommuctl-metrics* ]]
}

@test "the service's command writes a whole file, and none when it fails" {
	local line

	line=$(unit_value service ExecStart)
	line=${line#"/bin/sh -c '"}
	line=${line%"'"}
	mkdir files
	TEXTFILES=$PWD/files IOMMUCTL_SYSROOT=$FIXTURES/host-server \
		sh -c "${line//\/usr\/bin\/iommuctl/$T_IOMMUCTL}"
	assert_equal "$(ls files)" iommuctl.prom
	assert_equal "$(tail -n 1 files/iommuctl.prom)" '# EOF'
	rm files/iommuctl.prom
	run env TEXTFILES="$PWD/files" sh -c "${line//\/usr\/bin\/iommuctl//bin/false}"
	assert_failure
	[ ! -e files/iommuctl.prom ]
}

@test "the play: what it runs is there, and what it looks for is in the answers" {
	/usr/bin/python3 - "$COLLECT/collect.yml" "$T_IOMMUCTL" "$FIXTURES/host-server" <<'END'
import json
import subprocess
import sys

import yaml

path, program, root = sys.argv[1:]
with open(path, encoding="utf-8") as f:
    play, = yaml.safe_load(f)
assert play["hosts"] == "all"
modules = {"ansible.builtin." + m for m in ("command", "file", "copy", "debug")}
for task in play["tasks"]:
    assert task["name"] and len(modules & set(task)) == 1, task
ask = play["tasks"][0]
assert ask["ansible.builtin.command"] == "iommuctl -j {{ item }}" and ask["changed_when"] is False
said = []
for words in play["vars"]["commands"]:
    done = subprocess.run([program, "-b", "kernel", "--sysroot", root, "-j", *words.split()],
                          check=True, stdout=subprocess.PIPE)
    said.append(json.loads(done.stdout))
text = json.dumps(play["tasks"])
assert "said.results[1]" in text and "said.results[3]" in text
assert [g["group"] for g in said[1]["groups"] if g["state"] == "blocked"] == [12]
assert "qemu-system-x86" in [p["command"] for p in said[3]["processes"]]
END
}

@test "the play: Ansible runs it, and each machine's answers are kept" {
	[ "$T_BACKEND" = emu ] || skip "Ansible writes where the guests have nothing but files to read"
	mkdir bin home
	ln -s "$T_IOMMUCTL" bin/iommuctl
	run env LC_ALL=C.UTF-8 HOME="$PWD/home" ANSIBLE_PIPELINING=1 PATH="$PWD/bin:$PATH" \
		IOMMUCTL_BACKEND=kernel IOMMUCTL_SYSROOT="$FIXTURES/host-server" \
		ansible-playbook -i one, -c local -e ansible_become=false -e folder="$PWD/answers" \
		-e ansible_python_interpreter=/usr/bin/python3 "$COLLECT/collect.yml"
	assert_success
	[[ $output == *qemu-system-x86* ]]
	assert_equal "$(ls answers | wc -l)" 5
	assert_equal "$(jq -r .schema answers/one-group-list.json)" iommuctl.group.list/1
	assert_equal "$(jq '.processes | length' answers/one-ps.json)" 3
}
