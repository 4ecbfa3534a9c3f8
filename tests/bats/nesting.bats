#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Nested translation of VFIO devices: VT-d and SMMUv3. The emulator's default machine has both; a
# guest of the mock driver has no VFIO device, and says so.

load helper

needs_device()
{
	[ "$T_BACKEND" = emu ] || {
		iom_json device open vfio1
		[[ $status == 3 || $status == 5 ]]
		assert_stderr_has '"errno":"ENOENT"' "cannot open /dev/vfio/devices/vfio1"
		return 1
	}
}

@test "hw-info: the registers decide, by name" {
	needs_device || return 0
	check <<'END'
device open vfio0 as s
device open vfio1 as v
device hw-info $s	#= type=arm-smmuv3 data_len=40 max_pasid_log2=16 | "dirty-tracking" | "name":"s1p","register":"idr0","value":1 | "name":"fwb","register":"idr3","value":1 | "name":"ssidsize","register":"idr1","value":20
device hw-info $v	#= type=intel-vtd data_len=24 max_pasid_log2=20 | "name":"nest","register":"ecap_reg","value":1 | "name":"fs5lp","register":"cap_reg","value":0 | "name":"errata_772415_spr17","register":"flags","value":1
device hw-info $v --type intel-vtd	#= type=intel-vtd
device hw-info $s --type intel-vtd	#! EOPNOTSUPP 3 hw-type | device 1 has no data of type 0x1
device hw-info $s --type tegra241-cmdqv	#! EOPNOTSUPP 3 hw-type
raw get-hw-info dev_id=$v data_len=0	#= data_len=24
END
	check --emu 'device=t,driver=tegra241;device=a,iommu=1,driver=amd,pasid=20;device=x,iommu=2;device=o,iommu=3,driver=intel,ecap=0x1f' <<'END'
device open t as t
device open a as a
device open x as x
device open o as o
device hw-info $t	#= type=arm-smmuv3
device hw-info $t --type tegra241-cmdqv	#= type=tegra241-cmdqv data_len=8 | {"register":"log2vcmdqs","value":"0x1"} | {"name":"log2vsids","register":"log2vsids","value":4,
device hw-info $a	#= type=amd data_len=16 max_pasid_log2=16 | "name":"gtsup","register":"efr","value":1 | "name":"gcr3trpmode","register":"efr2","value":1
device hw-info $a --type arm-smmuv3	#! EOPNOTSUPP 3 hw-type
device hw-info $x	#= type=none data_len=0 | "capabilities":["pci-ats-not-supported"]
device hw-info $o	#= type=intel-vtd max_pasid_log2=0 | "name":"smts","register":"ecap_reg","value":0 | "capabilities":["pci-ats-not-supported"]
END
}

@test "VT-d: parent, nested page table, attach, invalidation" {
	needs_device || return 0
	check <<'END'
device open vfio1 as d
ioas alloc as a
# without flags the first stage, whose addresses are sign-extended; a parent is of the second
device attach $d $a		#= hwpt_id=3
ioas iova-ranges $a		#= ranges=0-fedfffff,fef00000-7fffffffffff
device detach $d
hwpt alloc $d $a --nest-parent as p	#= hwpt_id=3
hwpt alloc $d $p --data vtd-s1 --pgtbl-addr 0x1000 --addr-width 48 as n	#= hwpt_id=4 data_type=vtd-s1
hwpt alloc $d $p --data vtd-s1 --pgtbl-addr 0x2000 --addr-width 48 --sre --wpe --pasid as m	#= hwpt_id=5
device attach $d $n		#= device_id=1 hwpt_id=4
ioas iova-ranges $a		#= ranges=0-fedfffff,fef00000-ffffffffffff
object list			#= | "id":4,"type":"hwpt-nested","parents":[{"id":1,"type":"device"},{"id":3,"type":"hwpt-paging"}]
hwpt invalidate $n --type vtd-s1 addr=0x1000,npages=2,leaf all	#= hwpt_id=4 entries=2 handled=2
hwpt invalidate $n --type vtd-s1	#= entries=0 handled=0
hwpt invalidate $n --type vtd-s1 addr=0x1000 addr=0x1001 all	#! EINVAL 1 entry-value | 1 handled | entry 1 (from 0) has addr 0x1001
hwpt invalidate $n --type vtd-s1 addr=0x1000,all	#! EINVAL 1 entry-value | needs addr 0
hwpt invalidate $n --type vtd-s1 all flags=3	#! EOPNOTSUPP 3 entry-flags | 1 handled
hwpt invalidate $n --type selftest all	#! EINVAL 1 type-foreign | hwpt-nested 4 takes vtd-s1
hwpt invalidate $p --type vtd-s1 all	#! EINVAL 1 not-nested
# the device moves while it is attached; nobody goes before those who use him
device attach $d $m		#= hwpt_id=5
object destroy $m		#! EBUSY 6 object-held
object destroy $n
object destroy $p		#! EBUSY 6 object-held | hwpt-nested 5 uses it
device attach $d $p		#= hwpt_id=3
object destroy $m
device detach $d
object destroy $p
object destroy $a
END
}

@test "SMMUv3: a guest's stream table entry and commands, through a vIOMMU" {
	needs_device || return 0
	check <<'END'
device open vfio0 as s
ioas alloc as a
hwpt alloc $s $a --nest-parent as p	#= hwpt_id=3
viommu alloc $s $p --type arm-smmuv3 as v	#= viommu_id=4
hwpt alloc $s $v --data arm-smmuv3 --ste config=s1 --ste s1contextptr=0x12340 --ste s1cdmax=3 --ste s1dss=ssid0 --ste eats=full as n	#= hwpt_id=5 data_type=arm-smmuv3
hwpt alloc $s $v --data arm-smmuv3 --ste config=bypass as bypass	#= hwpt_id=6
# not valid: nothing else of it counts, and it acts as abort
hwpt alloc $s $v --data arm-smmuv3 --ste0 0x4 --ste1 0xffff000000000000 as invalid	#= hwpt_id=7
device attach $s $bypass		#= hwpt_id=6
device attach $s $n			#! ENOENT 5 no-vdevice | device 1 has no vdevice there
device attach $s $invalid		#= hwpt_id=7
vdevice alloc $v $s --virt-id 0x17 as vd	#= vdevice_id=8
device attach $s $n			#= hwpt_id=5
object list				#= | "id":5,"type":"hwpt-nested","parents":[{"id":1,"type":"device"},{"id":4,"type":"viommu"}]
hwpt invalidate $v --type arm-smmuv3 TLBI_NH_VA,asid=1,addr=0x1000,leaf,tg=1,num=3 CFGI_CD,sid=0x17,ssid=1,leaf atc_inv,sid=0x17,size=52 TLBI_NSNH_ALL CFGI_CD_ALL,sid=0x17 TLBI_NH_ASID,asid=3 TLBI_NH_ALL,vmid=7 TLBI_NH_VAA,addr=0x5000,scale=31,tg=3	#= entries=8 handled=8
raw hwpt-invalidate hwpt_id=$v data_type=1	#! EINVAL 1 value-refused
hwpt invalidate $v --type arm-smmuv3 TLBI_NH_ALL CFGI_CD,sid=0x18 TLBI_NH_ALL	#! EIO 1 command-refused | 1 handled
object destroy $v			#! EBUSY 6 object-held
object destroy $n			#! EBUSY 6 object-held
# the guest's number goes, the device stays where it is
object destroy $vd
hwpt invalidate $v --type arm-smmuv3 CFGI_CD_ALL,sid=0x17	#! EIO 1 command-refused
device attach $s $bypass
object destroy $n
object destroy $invalid
device attach $s $a			#= hwpt_id=5
object destroy $bypass
object destroy $v
object destroy $p
END
}
