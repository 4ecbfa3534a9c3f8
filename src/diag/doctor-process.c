/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks of `doctor` that look at the process that is to map memory. */
#include "doctor.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "look.h"

#define CAP_IPC_LOCK_BIT     14
#define CAP_SYS_RESOURCE_BIT 24

/* "CapEff:\t0000..." */
static bool caps(const char *text, const char *key, uint64_t *v)
{
	const char *line = strstr(text, key);
	unsigned long long bits;

	if (!line || sscanf(line + strlen(key), " %llx", &bits) != 1)
		return false;
	*v = bits;
	return true;
}

void iom_doctor_proc(const struct iom_doctor *d, struct iom_doctor_proc *p)
{
	char text[8192], a[32], b[32];
	const char *line;

	*p = (struct iom_doctor_proc){ .uid = UINT32_MAX };
	if (d->pid)
		snprintf(p->dir, sizeof(p->dir), "/proc/%d", d->pid);
	else
		snprintf(p->dir, sizeof(p->dir), "/proc/self");
	snprintf(p->limits, sizeof(p->limits), "%s/limits", p->dir);
	snprintf(p->status, sizeof(p->status), "%s/status", p->dir);
	if (iom_read_file(d->h->root, p->limits, text, sizeof(text)) >= 0) {
		line = strstr(text, "Max locked memory");
		p->has_limit = line && sscanf(line + 17, " %31s %31s", a, b) == 2;
		if (p->has_limit && iom_parse_u64(a, &p->soft))
			p->soft = UINT64_MAX;
		if (p->has_limit && iom_parse_u64(b, &p->hard))
			p->hard = UINT64_MAX;
	}
	if (iom_read_file(d->h->root, p->status, text, sizeof(text)) < 0)
		return;
	p->has_caps = caps(text, "CapEff:", &p->effective);
	if (!caps(text, "CapBnd:", &p->bounding))
		p->bounding = UINT64_MAX;
	line = strstr(text, "\nUid:");
	if (line && sscanf(line + 5, " %u", &p->uid) != 1)
		p->uid = UINT32_MAX;
}

/* ---- the limit of locked memory ---- */

/* Who set the limit, and how it is raised. */
struct setter {
	char by[400];
	char how[300]; /* "" all of the ways */
};

/* Lines of the files of PAM that set it. */
static void from_pam(const struct iom_doctor *d, struct setter *s)
{
	static const char dir[] = "/etc/security/limits.d";
	struct iom_names files = { 0 };
	size_t used = 0;
	char path[300], text[16384], *save;

	if (iom_list_dir(d->h->root, dir, &files))
		files.n = 0;
	/* The folder is read after the file, and what comes last counts. */
	for (size_t i = 0; i <= files.n; i++) {
		snprintf(path, sizeof(path), "%s%s%.200s", i ? dir : "/etc/security/limits.conf",
			 i ? "/" : "", i ? files.v[i - 1] : "");
		if (iom_read_file(d->h->root, path, text, sizeof(text)) < 0)
			continue;
		save = NULL;
		for (char *l = strtok_r(text, "\n", &save); l; l = strtok_r(NULL, "\n", &save)) {
			if (*l == '#' || !strstr(l, "memlock") || used > sizeof(s->by) / 2)
				continue;
			used += (size_t)snprintf(s->by + used, sizeof(s->by) - used, "%s%.100s: \"%.60s\"",
						 used ? ", " : "", path, l);
		}
	}
	iom_names_free(&files);
}

/* What systemd gives a service that says nothing: "FILE: DefaultLimitMEMLOCK=8M". */
static void manager_default(const struct iom_doctor *d, char *text, size_t len)
{
	static const char dir[] = "/etc/systemd/system.conf.d";
	struct iom_names files = { 0 };
	struct iom_unit all = { 0 };
	char path[300], value[80];
	const char *file = NULL;
	int rc = iom_names_add(&all.files, "/etc/systemd/system.conf");

	if (iom_list_dir(d->h->root, dir, &files))
		files.n = 0;
	for (size_t i = 0; i < files.n && !rc; i++) {
		snprintf(path, sizeof(path), "%s/%.200s", dir, files.v[i]);
		rc = iom_names_add(&all.files, path);
	}
	if (!rc)
		file = iom_unit_setting(d, &all, "DefaultLimitMEMLOCK", value, sizeof(value));
	if (file)
		snprintf(text, len, "%.200s: DefaultLimitMEMLOCK=%s", file, value);
	else
		snprintf(text, len, "systemd's own default");
	iom_names_free(&files);
	iom_unit_free(&all);
}

static void who_sets(const struct iom_doctor *d, const struct iom_unit *u, uint64_t need, struct setter *s)
{
	size_t len = strlen(u->name);
	bool service = len > 8 && !strcmp(u->name + len - 8, ".service");
	const char *file;
	char value[160];

	*s = (struct setter){ 0 };
	if (u->container) {
		snprintf(s->by, sizeof(s->by), "the container runtime (%s)", u->container);
		snprintf(s->how, sizeof(s->how), "container: --ulimit memlock=%" PRIu64, need);
		return;
	}
	if (service) {
		file = iom_unit_setting(d, u, "LimitMEMLOCK", value, sizeof(value));
		snprintf(s->how, sizeof(s->how), "systemctl edit %.100s: [Service] LimitMEMLOCK=%" PRIu64,
			 u->name, need);
		if (file) {
			snprintf(s->by, sizeof(s->by), "%.200s: LimitMEMLOCK=%.80s", file, value);
			return;
		}
		manager_default(d, s->by, sizeof(s->by));
		return;
	}
	from_pam(d, s);
	if (s->by[0] && need != UINT64_MAX)
		snprintf(s->how, sizeof(s->how), "limits.conf: USER - memlock %" PRIu64 " (KiB)",
			 need / 1024 + !!(need % 1024));
	else if (u->name[0] && !s->by[0])
		snprintf(s->by, sizeof(s->by), "whoever started %.100s", u->name);
}

/* What the processes of the user have pinned already; text: who. */
static uint64_t pinned_by(const struct iom_doctor *d, uint32_t uid, char *text, size_t len)
{
	uint64_t sum = 0;
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < d->n_procs; i++) {
		const struct iom_host_proc *p = &d->procs[i];

		/* What CAP_IPC_LOCK pins is counted for nobody. */
		if (uid == UINT32_MAX || p->uid != uid || p->pinned <= 0 || p->unaccounted)
			continue;
		sum += (uint64_t)p->pinned;
		if (used < len)
			used += (size_t)snprintf(text + used, len - used, "%s%d (%s) %" PRId64,
						 used ? ", " : "", p->pid, p->command, p->pinned);
	}
	return sum;
}

static const char *limit_text(uint64_t bytes, char *buf, size_t len)
{
	if (bytes == UINT64_MAX)
		snprintf(buf, len, "no limit");
	else
		snprintf(buf, len, "%" PRIu64 " bytes", bytes);
	return buf;
}

static void too_low(struct iom_doctor *d, const struct iom_doctor_proc *p, const struct setter *s,
		    uint64_t total)
{
	bool hard = p->hard < total, may = p->effective >> CAP_SYS_RESOURCE_BIT & 1;

	iom_doctor_remedy(d, "%s%" PRIu64 " (%s)%s; 'option set rlimit-mode 1' before any object, with "
			  "CAP_SYS_RESOURCE%s, counts the process alone", hard
				  ? "raise the limit, which takes CAP_SYS_RESOURCE, to "
				  : "raise the soft limit to ", total,
			  s->how[0] ? s->how
				    : "systemd: LimitMEMLOCK=, limits.conf: memlock in KiB, container: "
				      "--ulimit memlock=",
			  hard ? "" : ", no right needed", may ? ", which it has" : "");
}

/* Adds what the kernel adds; more than 64 bits is the largest number. */
static uint64_t times_plus(uint64_t a, uint64_t b, uint64_t plus)
{
	uint64_t v;

	if (__builtin_mul_overflow(a, b, &v) || __builtin_add_overflow(v, plus, &v))
		return UINT64_MAX;
	return v;
}

static void compare(struct iom_doctor *d, const struct iom_doctor_proc *p, const struct iom_unit *u)
{
	/* Each address space pins and counts the memory anew. */
	uint64_t need = times_plus(d->plan_size, d->plan_devices, 0), used, total;
	char has[64], who[160];
	struct setter s;

	used = pinned_by(d, p->uid, who, sizeof(who));
	total = times_plus(need, 1, used);
	limit_text(p->soft, has, sizeof(has));
	who_sets(d, u, total, &s);
	if (!d->plan_size)
		iom_doctor_say(d, IOM_VERDICT_OK, "", "%s: %s", p->limits, has);
	else if (total <= p->soft)
		iom_doctor_say(d, IOM_VERDICT_OK, "", "%" PRIu64 " bytes are needed; %s: %s", need, p->limits,
			       has);
	else
		iom_doctor_say(d, IOM_VERDICT_PROBLEM, "",
			       "%" PRIu64 " bytes are needed, %" PRIu64 " in each of %" PRIu64
			       " address spaces, by all processes of the user together; %s: %s", need,
			       d->plan_size, d->plan_devices, p->limits, has);
	if (used)
		iom_doctor_add(d, "; pinned already by user %u: %" PRIu64 " (%s)", p->uid, used, who);
	if (s.by[0])
		iom_doctor_add(d, "; set by %s", s.by);
	if (!d->plan_size)
		iom_doctor_add(d, "; --plan SIZE,DEVICES compares it with a guest");
	else if (total > p->soft)
		too_low(d, p, &s, total);
}

void iom_check_memlock(struct iom_doctor *d)
{
	struct iom_doctor_proc p;
	struct iom_unit u;
	char has[64];

	iom_doctor_proc(d, &p);
	if (!p.has_limit) {
		iom_doctor_say(d, IOM_VERDICT_UNKNOWN, "", "%s cannot be read", p.limits);
		return;
	}
	if (p.has_caps && p.effective >> CAP_IPC_LOCK_BIT & 1) {
		iom_doctor_say(d, IOM_VERDICT_OK, "", "%s: CAP_IPC_LOCK, so the limit (%s: %s) does not "
			       "count", p.status, p.limits, limit_text(p.soft, has, sizeof(has)));
		return;
	}
	if (iom_unit_of(d, &u))
		d->failed = true;
	else
		compare(d, &p, &u);
	iom_unit_free(&u);
}

/* ---- its service ---- */

static bool is_yes(const char *value)
{
	return !strcasecmp(value, "yes") || !strcasecmp(value, "true") || !strcasecmp(value, "on") ||
	       !strcmp(value, "1");
}

static void allows(const char *value, void *arg)
{
	unsigned int *nodes = arg;

	if (!strncmp(value, "/dev/iommu", 10) || !strncmp(value, "char-misc", 9))
		*nodes |= 1;
	if (!strncmp(value, "/dev/vfio", 9) || !strncmp(value, "char-vfio", 9))
		*nodes |= 2;
}

/* What keeps the nodes from the service. */
static void check_devices(struct iom_doctor *d, const struct iom_unit *u)
{
	static const char remedy[] = "systemctl edit %s: [Service] PrivateDevices=no, "
				     "DeviceAllow=/dev/iommu rw, DeviceAllow=char-vfio* rw";
	char value[64];
	unsigned int nodes = 0;
	const char *file = iom_unit_setting(d, u, "PrivateDevices", value, sizeof(value));

	if (file && is_yes(value)) {
		iom_doctor_say(d, IOM_VERDICT_PROBLEM, u->name, "%s: PrivateDevices=%s, so /dev/iommu and "
			       "/dev/vfio are not there", file, value);
		iom_doctor_remedy(d, remedy, u->name);
		return;
	}
	file = iom_unit_setting(d, u, "DevicePolicy", value, sizeof(value));
	iom_unit_each(d, u, "DeviceAllow", allows, &nodes);
	if (!file || !strcmp(value, "auto") || nodes == 3)
		return;
	iom_doctor_say(d, IOM_VERDICT_PROBLEM, u->name, "%s: DevicePolicy=%s, and DeviceAllow= has not%s%s",
		       file, value, nodes & 1 ? "" : " /dev/iommu", nodes & 2 ? "" : " /dev/vfio");
	iom_doctor_remedy(d, remedy, u->name);
}

static void check_service(struct iom_doctor *d, const struct iom_unit *u)
{
	char set[160], limit[64], has[64];
	struct iom_doctor_proc p;
	const char *bounding = iom_unit_setting(d, u, "CapabilityBoundingSet", set, sizeof(set));
	const char *memlock = iom_unit_setting(d, u, "LimitMEMLOCK", limit, sizeof(limit));
	size_t n = d->n;

	iom_doctor_proc(d, &p);
	check_devices(d, u);
	if (bounding && !(p.bounding >> CAP_IPC_LOCK_BIT & 1) && p.has_limit && p.soft != UINT64_MAX) {
		iom_doctor_say(d, IOM_VERDICT_WARNING, u->name,
			       "%s: CapabilityBoundingSet=%s keeps CAP_IPC_LOCK from it (%s: CapBnd "
			       "%016" PRIx64 "), so its limit of %s counts", bounding, set, p.status,
			       p.bounding, limit_text(p.soft, has, sizeof(has)));
		if (memlock)
			iom_doctor_add(d, ", which %s sets (LimitMEMLOCK=%s)", memlock, limit);
		iom_doctor_remedy(d, "systemctl edit %s: [Service] LimitMEMLOCK=infinity, or CAP_IPC_LOCK in "
				  "CapabilityBoundingSet= and AmbientCapabilities=", u->name);
	}
	if (d->n == n)
		iom_doctor_say(d, IOM_VERDICT_OK, u->name, "%s: nothing that is in the way%s%s",
			       u->files.n ? u->files.v[0] : "none of its files is here",
			       memlock ? "; LimitMEMLOCK=" : "", memlock ? limit : "");
}

void iom_check_service(struct iom_doctor *d)
{
	struct iom_unit u;
	struct iom_doctor_proc p;
	size_t len;

	iom_doctor_proc(d, &p);
	if (iom_unit_of(d, &u)) {
		d->failed = true;
		iom_unit_free(&u);
		return;
	}
	len = strlen(u.name);
	if (!u.known)
		iom_doctor_say(d, IOM_VERDICT_UNKNOWN, "", "%s/cgroup cannot be read", p.dir);
	else if (len < 9 || strcmp(u.name + len - 8, ".service"))
		iom_doctor_say(d, IOM_VERDICT_OK, "", "%s/cgroup: %s is no service; --process PID looks at "
			       "that of a process", p.dir, u.cgroup);
	else
		check_service(d, &u);
	iom_unit_free(&u);
}

/* ---- what it has mapped ---- */

/* The device of a mapping: by its node, or the only one that the process has through a group. */
static const char *device_of(const struct iom_doctor *d, const char *node)
{
	const char *found = NULL, *base = strrchr(node, '/');

	for (size_t i = 0; base && i < d->h->n_devs; i++) {
		const char *name = iom_host_dev_use(&d->h->devs[i], "vfio-dev");

		if (name && !strcmp(name, base + 1))
			return d->h->devs[i].name;
	}
	for (size_t i = 0; i < d->n_procs; i++) {
		const struct iom_host_proc *p = &d->procs[i];

		for (size_t k = 0; p->pid == d->pid && k < p->n_holds; k++) {
			if (strcmp(p->holds[k].node, node) || !p->holds[k].device[0])
				continue;
			if (found && strcmp(found, p->holds[k].device))
				return NULL;
			found = p->holds[k].device;
		}
	}
	return found;
}

static void take_map(const char *line, void *arg)
{
	struct iom_doctor *d = arg;
	uint64_t start, end, offset;
	const char *node = strstr(line, "/dev/vfio/devices/"), *device;
	char region[32];

	if (!node)
		node = strstr(line, "anon_inode:[vfio-device]");
	if (!node || sscanf(line, "%" SCNx64 "-%" SCNx64 " %*s %" SCNx64, &start, &end, &offset) != 3)
		return;
	device = device_of(d, node);
	iom_doctor_say(d, IOM_VERDICT_WARNING, device ? device : "",
		       "/proc/%d/maps: 0x%" PRIx64 "-0x%" PRIx64 " is %s of %s (%.80s); mapping it for a "
		       "device gives EFAULT", d->pid, start, end - 1,
		       look_region(offset, region, sizeof(region)),
		       device ? device : "a VFIO device", node);
	iom_doctor_remedy(d, "leave it out of the memory that is mapped; for DMA from device to device "
			  "export the BAR ('device dma-buf') and map that ('ioas map-file')");
}

void iom_check_maps(struct iom_doctor *d)
{
	size_t n = d->n;

	if (!d->pid) {
		iom_doctor_say(d, IOM_VERDICT_OK, "", "without --process no mappings are looked at");
		return;
	}
	if (iom_host_maps(d->h->root, d->pid, take_map, d))
		iom_doctor_say(d, IOM_VERDICT_UNKNOWN, "", "/proc/%d/maps cannot be read, which takes its "
			       "user or root", d->pid);
	iom_doctor_fine(d, n, "no mapping of the process is a BAR");
}
