#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Nested translation of VFIO devices: VT-d and SMMUv3. The emulator's default machine has both; a
# guest of the mock driver has no VFIO device: skipped there.

load helper

@test "hw-info: the registers decide, by name" {
	needs_device
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
	needs_device
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
raw hwpt-invalidate hwpt_id=$n entry_num=1 entry_len=24 data_uptr=hex:000000000000000000000000000000000000000001000000	#! EOPNOTSUPP 3 entry-flags | __reserved 0x1
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
	needs_device
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
hwpt invalidate $v --type arm-smmuv3	#! EINVAL 1 entries-none | 0 handled
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

@test "VT-d: what is refused, and when" {
	needs_device
	check <<'END'
device open vfio1 as d
ioas alloc as a
hwpt alloc $d $a			#= hwpt_id=3
hwpt alloc $d $a --pasid		#= hwpt_id=4
hwpt alloc $d $a --nest-parent --dirty-tracking --pasid	#= hwpt_id=5
hwpt alloc $d $a --nest-parent as p	#= hwpt_id=6
hwpt dirty start 5			#= tracking=true
hwpt dirty start $p			#! EOPNOTSUPP 3 not-tracking
hwpt alloc $d 3 --data vtd-s1		#! EINVAL 1 not-nest-parent
hwpt alloc $d $p			#! EOPNOTSUPP 3 nested-no-data
hwpt alloc $d $p --data vtd-s1 --nest-parent	#! EOPNOTSUPP 3 nested-flags
hwpt alloc $d $p --data vtd-s1 --fault 99	#! ENOENT 5 no-object field=fault_id
hwpt alloc $d $p --data amd-guest	#! EOPNOTSUPP 3 data-foreign | intel-vtd hardware, whose data is vtd-s1
hwpt alloc $d $p --data selftest	#! EOPNOTSUPP 3 data-foreign
hwpt alloc $d $a --data vtd-s1		#! EOPNOTSUPP 3 data-on-ioas field=data_type | 2 is an ioas
raw hwpt-alloc dev_id=$d pt_id=$p data_type=vtd-s1 data_len=16 data_uptr=8	#! EINVAL 1 data-length | 16, vtd-s1 has 24
raw hwpt-alloc dev_id=$d pt_id=$p data_type=vtd-s1 data_len=32 data_uptr=8	#! EINVAL 1 data-length
raw hwpt-alloc dev_id=$d pt_id=$p data_type=vtd-s1 data_len=24 data_uptr=8	#! EFAULT 1 bad-pointer field=data_uptr
# flags and width of the guest's table are looked at when a device comes
hwpt alloc $d $p --data vtd-s1 --addr-width 57 as wide
hwpt alloc $d $p --data vtd-s1 --addr-width 39 as narrow
hwpt alloc $d $p --data vtd-s1 --addr-width 48 --eafe as eafe
device attach $d $wide			#! EINVAL 1 first-stage | 57, and the IOMMU has no fs5lp
device attach $d $narrow		#! EINVAL 1 first-stage | is 39; 48 and 57
device attach $d $eafe			#! EINVAL 1 first-stage | eafe
device attach $d $p
device attach $d $wide			#! EINVAL 1 first-stage
object list				#= | "id":1,"type":"device","parents":[],"hwpt_id":6
# the erratum: no read-only mapping below a nested page table
ioas map $a --iova 0x1000000 --length 4K --read	#! EINVAL 1 read-only-parent field=flags | hwpt 5 of ioas 2
ioas map $a --iova 0x1000000 --length 4K	#= access=rw
ioas alloc as b
ioas map $b --iova 0x1000000 --length 4K --read
hwpt alloc $d $b --nest-parent		#! EINVAL 1 read-only-mapped | the mapping 0x1000000-0x1000fff
hwpt alloc $d $b --dirty-tracking	#= pt_id=10
END
	check --emu 'device=o,driver=intel,ecap=0xdf;device=w,driver=intel,cap=0x1900000c40780c06,iommu=1;device=p,iommu=2' <<'END'
device open o as o
device open w as w
device open p as p
ioas alloc as a
hwpt alloc $o $a --nest-parent		#! EOPNOTSUPP 3 nesting-incapable | lacks smts
hwpt alloc $o $a --dirty-tracking	#! EOPNOTSUPP 3 dirty-incapable
hwpt alloc $o $a as legacy
# one VT-d unit can walk the table of another, if it has what that takes
device attach $w $legacy
hwpt alloc $w $a --nest-parent as q
hwpt alloc $o $q --data vtd-s1		#! EOPNOTSUPP 3 nesting-absent
device attach $o $q			#! EINVAL 1 pt-incompatible
hwpt alloc $w $q --data vtd-s1 --addr-width 57 as n
device attach $w $n
hwpt alloc $p $a --nest-parent		#! EOPNOTSUPP 3 flags-driver
hwpt alloc $p $q --data vtd-s1		#! EOPNOTSUPP 3 nesting-absent
END
}

@test "SMMUv3: what is refused, and when" {
	needs_device
	check <<'END'
device open vfio0 as s
device open vfio1 as d
ioas alloc as a
hwpt alloc $s $a --dirty-tracking --pasid	#= hwpt_id=4
hwpt alloc $s $a --nest-parent --pasid	#! EOPNOTSUPP 3 flags-driver | nest-parent only alone
hwpt alloc $s $a --nest-parent --dirty-tracking	#! EOPNOTSUPP 3 flags-driver
hwpt alloc $s $a --nest-parent as p	#= hwpt_id=5
hwpt alloc $d $a --nest-parent as q	#= hwpt_id=6
hwpt alloc $s $p --data arm-smmuv3	#! EOPNOTSUPP 3 needs-viommu | 5 is no virtual IOMMU
hwpt alloc $s $a --data arm-smmuv3	#! EOPNOTSUPP 3 data-on-ioas
hwpt alloc $d $p --data vtd-s1		#! EINVAL 1 parent-other-iommu | 5 was made for device 1, behind another IOMMU than device 2
viommu alloc $s $p --type tegra241-cmdqv	#! EOPNOTSUPP 3 nesting-incapable
viommu alloc $s $a --type arm-smmuv3	#! ENOENT 5 no-object
viommu alloc $s 4 --type arm-smmuv3	#! EINVAL 1 not-nest-parent
viommu alloc $s $q --type arm-smmuv3	#! EINVAL 1 parent-other-iommu
viommu alloc $d $q --type arm-smmuv3	#! EOPNOTSUPP 3 type-not-offered
viommu alloc $s $p --type arm-smmuv3 as v
hwpt alloc $d $v --data vtd-s1		#! EINVAL 1 parent-other-iommu
hwpt alloc $s $v --data vtd-s1		#! EINVAL 1 data-foreign
hwpt alloc $s $v --data arm-smmuv3 --pasid	#! EOPNOTSUPP 3 viommu-flags
hwpt alloc $s $v			#! EOPNOTSUPP 3 nested-no-data
raw hwpt-alloc dev_id=$s pt_id=$v data_type=arm-smmuv3 data_len=8	#! EINVAL 1 data-length | 8, arm-smmuv3 has 16
hwpt alloc $s $v --data arm-smmuv3 --ste config=3	#! EIO 1 entry-refused field=data_uptr | config is 3
hwpt alloc $s $v --data arm-smmuv3 --ste eats=2	#! EIO 1 entry-refused | eats is 2
hwpt alloc $s $v --data arm-smmuv3 --ste s1contextptr=0x10000000000000	#! EIO 1 entry-refused | word 0 has 0x10000000000000
hwpt alloc $s $v --data arm-smmuv3 --ste v=1 --ste1 0x40	#= hwpt_id=8
hwpt alloc $s $v --data arm-smmuv3 --ste v=1 --ste1 0x100	#! EIO 1 entry-refused | word 1 has 0x100
hwpt alloc $s $v --data arm-smmuv3 --ste config=s1 as n
vdevice alloc $v $d --virt-id 1		#! EINVAL 1 device-other-iommu
device attach $s $n			#! ENOENT 5 no-vdevice
device attach $d $n			#! EINVAL 1 pt-other-iommu
hwpt invalidate $n --type arm-smmuv3 TLBI_NH_ALL	#! EOPNOTSUPP 3 invalidate-viommu | hwpt-nested 9 is on viommu 7
hwpt invalidate $v --type vtd-s1 all	#! EINVAL 1 type-foreign
hwpt invalidate $v --type arm-smmuv3 TLBI_NH_ALL cmd0=0x20	#! EIO 1 command-refused | 1 handled | entry 1 (from 0) has opcode 0x20
hwpt invalidate $v --type arm-smmuv3 cmd0=0x810	#! EIO 1 command-refused | TLBI_NH_ALL, has bits 0x800 in cmd0
hwpt invalidate $v --type arm-smmuv3 ATC_INV,sid=9,size=53	#! EIO 1 command-refused | size 53
hwpt invalidate $v --type arm-smmuv3 CFGI_CD,sid=9	#! EIO 1 command-refused | sid 0x9, which no vdevice of viommu 7 has
hwpt invalidate $v --type arm-smmuv3 TLBI_NH_VA,addr=0x1000,num=3	#! EIO 1 command-refused | need tg
hwpt invalidate $v --type arm-smmuv3 TLBI_NH_VA,addr=0x1000,tg=1	#! EIO 1 command-refused | needs num
hwpt invalidate $v --type arm-smmuv3 TLBI_NH_VA,tg=2,ttl=1	#! EIO 1 command-refused !fact
raw hwpt-invalidate hwpt_id=$v data_type=1 entry_num=1 entry_len=16 data_uptr=8	#! EFAULT 1 bad-pointer
raw hwpt-invalidate hwpt_id=$v data_type=1 entry_num=1 entry_len=24 data_uptr=hex:100000000000000000000000000000000000000000000000	#= entry_num=1
raw hwpt-invalidate hwpt_id=$v data_type=1 entry_num=1 entry_len=24 data_uptr=hex:100000000000000000000000000000000100000000000000	#! E2BIG 1 entry-tail | entry 0 (from 0) has 16 bytes, and byte 16
END
}

@test "SMMUv3: fewer features, fewer bits" {
	needs_device
	# no ATS, 8-bit ASIDs; no substreams; no range invalidation
	check --emu 'device=s,driver=arm-smmuv3,idr0=0x1b,idr1=0,idr3=0x100;device=t,driver=tegra241,iommu=1;device=f,driver=arm-smmuv3,idr3=0,iommu=2;device=o,driver=arm-smmuv3,idr0=0x1a,iommu=3;device=c,driver=arm-smmuv3,idr0=3,iommu=4' <<'END'
device open s as s
ioas alloc as a
hwpt alloc $s $a --dirty-tracking	#! EOPNOTSUPP 3 dirty-incapable
hwpt alloc $s $a --nest-parent as p
viommu alloc $s $p --type arm-smmuv3 as v
vdevice alloc $v $s --virt-id 5
hwpt invalidate $v --type arm-smmuv3 CFGI_CD,sid=5	#= handled=1
hwpt invalidate $v --type arm-smmuv3 CFGI_CD,sid=5,ssid=1	#! EIO 1 command-refused !fact
hwpt invalidate $v --type arm-smmuv3 ATC_INV,sid=5,size=52	#! EIO 1 command-refused !fact
hwpt invalidate $v --type arm-smmuv3 TLBI_NH_ASID,asid=255 TLBI_NH_ASID,asid=256	#! EIO 1 command-refused !fact | 1 handled
hwpt invalidate $v --type arm-smmuv3 TLBI_NH_VA,addr=0x1000	#= handled=1
hwpt invalidate $v --type arm-smmuv3 TLBI_NH_VA,addr=0x1000,num=1,tg=1	#! EIO 1 command-refused !fact
device open f as f
hwpt alloc $f $a --nest-parent as q
viommu alloc $f $q --type arm-smmuv3	#! EOPNOTSUPP 3 nesting-incapable | lacks fwb
device open o as o
hwpt alloc $o $a --nest-parent		#! EOPNOTSUPP 3 nesting-incapable | lacks s2p
viommu alloc $o $q --type arm-smmuv3	#! EOPNOTSUPP 3 nesting-incapable | lacks s2p
device open t as t
hwpt alloc $t $a --nest-parent as r
viommu alloc $t $r --type tegra241-cmdqv	#! ENOSPC 1 queues-taken
raw viommu-alloc type=2 dev_id=$t hwpt_id=$r	#! EINVAL 1 viommu-data
viommu alloc $t $r --type arm-smmuv3
# DMA that passes the caches by is nothing for iommufd
device open c				#! EINVAL 1 not-coherent !fact
END
}

@test "AMD: hardware information, and nothing below" {
	needs_device
	check --emu 'device=a,driver=amd;device=b,driver=amd,efr=0,iommu=1' <<'END'
device open a as a
device open b as b
ioas alloc as s
hwpt alloc $a $s --nest-parent --dirty-tracking as p
hwpt alloc $a $s --dirty-tracking --pasid	#! EOPNOTSUPP 3 flags-driver | pasid only alone
hwpt alloc $b $s --nest-parent		#! EOPNOTSUPP 3 nesting-incapable | lacks gtsup (guest translation), giosup
hwpt alloc $b $s --pasid		#! EOPNOTSUPP 3 flags-driver | gtsup 0
hwpt alloc $a $p --data amd-guest --dte 1	#! EOPNOTSUPP 3 nested-amd
# a vIOMMU of any type is made, and can do nothing
viommu alloc $a $p --type 9 as v
hwpt alloc $a $v --data amd-guest --dte 1	#! EOPNOTSUPP 3 nested-amd
hwpt invalidate $v --type arm-smmuv3 TLBI_NH_ALL	#! EOPNOTSUPP 3 nothing-to-invalidate
device attach $b $p			#! EINVAL 1 pt-incompatible
device attach $a $p
END
}
