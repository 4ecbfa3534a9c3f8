/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Compares what the tables claim with what the real headers answered. */
#include "facts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_LINE 512

/* The answers of the generated program. */
struct header {
	bool selftest;
	struct lines facts;	  /* "offset iommu_ioas_map.iova" -> 32 */
	struct lines names;	  /* every name, bare */
	struct lines enumerators; /* "TAG NAME" -> value, in the order of the header */
	struct lines listed;	  /* "member T.m", "macro N", "enumerator N" */
};

/*
 * Names of the headers that the tables leave out on purpose: the base of the numbers, the
 * second name of a device id, headers whose members are described, tails of any length.
 */
static const char *const unlisted[] = {
	"IOMMUFD_CMD_BASE",
	"vfio_pci_dependent_device.group_id",
	"vfio_device_info_cap_pci_atomic_comp.header",
	"vfio_region_info_cap_sparse_mmap.header",
	"vfio_region_info_cap_sparse_mmap.areas",
	"vfio_region_info_cap_type.header",
	"vfio_irq_set.data",
	"vfio_pci_hot_reset_info.devices",
	"vfio_pci_hot_reset.group_fds",
	"vfio_device_feature.data",
	"vfio_device_feature_dma_buf.dma_ranges",
};

static bool is_unlisted(const char *name)
{
	size_t i;

	for (i = 0; i < IOM_ARRAY_SIZE(unlisted); i++)
		if (!strcmp(unlisted[i], name))
			return true;
	return false;
}

static bool is_fact(const char *verb)
{
	return !strcmp(verb, "size") || !strcmp(verb, "offset") ||
	       !strcmp(verb, "width") || !strcmp(verb, "value") || !strcmp(verb, "ioctl");
}

static void take_line(struct header *h, const char *line)
{
	char verb[16], a[160], b[160], text[360];
	uint64_t value;

	if (!strcmp(line, "selftest")) {
		h->selftest = true;
		return;
	}
	if (sscanf(line, "%15s %159s %159s %" SCNu64, verb, a, b, &value) == 4) {
		snprintf(text, sizeof(text), "%s %s", a, b);
		lines_add(&h->enumerators, text, value);
		lines_add(&h->names, b, 0);
		snprintf(text, sizeof(text), "enumerator %s", b);
		lines_add(&h->listed, text, value);
	} else if (sscanf(line, "%15s %159s %" SCNu64, verb, a, &value) == 3 &&
		   is_fact(verb)) {
		snprintf(text, sizeof(text), "%s %s", verb, a);
		lines_add(&h->facts, text, value);
	} else if (sscanf(line, "%15s %159s", verb, a) == 2) {
		lines_add(&h->names, a, 0);
		lines_add(&h->listed, line, 0);
	}
}

static bool read_header(struct header *h, const char *path)
{
	FILE *in = fopen(path, "re");
	char line[MAX_LINE];

	if (!in) {
		perror(path);
		return false;
	}
	while (fgets(line, sizeof(line), in)) {
		line[strcspn(line, "\n")] = '\0';
		take_line(h, line);
	}
	fclose(in);
	lines_sort(&h->facts);
	lines_sort(&h->names);
	return true;
}

static void free_header(struct header *h)
{
	lines_free(&h->facts);
	lines_free(&h->names);
	lines_free(&h->enumerators);
	lines_free(&h->listed);
}

/* An unmerged name the headers do not have cannot be checked against anything. */
static bool is_checkable(const struct header *h, const struct fact *f)
{
	if (f->home == HOME_SELFTEST && !h->selftest)
		return false;
	return !f->unmerged || lines_find(&h->names, f->key);
}

static bool agrees(const struct header *h, const struct fact *f, bool quiet)
{
	const struct line *real;
	char text[160];

	snprintf(text, sizeof(text), "%s %s", f->verb, f->key);
	real = lines_find(&h->facts, text);
	if (real && real->value == f->value)
		return true;
	if (quiet)
		return false;
	if (real)
		printf("# %s: table %" PRIu64 ", header %" PRIu64 "\n", text, f->value,
		       real->value);
	else
		printf("# %s: not in the header\n", text);
	return false;
}

/* A released kernel may have taken the number, or the name, of an unmerged value. */
static bool clashes(const struct header *h, const struct fact *f, bool quiet)
{
	size_t i, tag = strlen(f->scope);
	const struct line *e;

	if (!f->unmerged || strcmp(f->verb, "value"))
		return false;
	if (lines_find(&h->names, f->key)) {
		if (!quiet)
			printf("# %s is in the header: no longer unmerged\n", f->key);
		return true;
	}
	for (i = 0; i < h->enumerators.n; i++) {
		e = &h->enumerators.v[i];
		if (strncmp(e->text, f->scope, tag) || e->text[tag] != ' ' ||
		    e->value != f->value)
			continue;
		if (!quiet)
			printf("# %s = %" PRIu64 " is %s in the header\n", f->key,
			       f->value, e->text + tag + 1);
		return true;
	}
	return false;
}

/* Returns how many statements the headers contradict. */
static size_t compare(const struct header *h, const struct facts *facts, bool quiet)
{
	size_t i, bad = 0;

	for (i = 0; i < facts->n; i++) {
		const struct fact *f = &facts->v[i];

		if (f->home == HOME_SELFTEST && !h->selftest)
			continue;
		if (clashes(h, f, quiet))
			bad++;
		else if (is_checkable(h, f) && !agrees(h, f, quiet))
			bad++;
	}
	return bad;
}

/* Drops what these headers cannot answer, so that numbers of facts mean something. */
static size_t checkable(const struct header *h, struct facts *facts)
{
	size_t i, n = 0;

	for (i = 0; i < facts->n; i++)
		if (is_checkable(h, &facts->v[i]))
			facts->v[n++] = facts->v[i];
	return n;
}

/* Returns how many altered facts went unnoticed. */
static size_t mutate_all(const struct header *h, const struct facts *facts)
{
	size_t i, missed = 0;

	/* If something disagrees anyway, every alteration would look noticed. */
	if (compare(h, facts, false))
		return 1;
	for (i = 0; i < facts->n; i++) {
		facts->v[i].value++;
		if (!compare(h, facts, true)) {
			printf("# not noticed: fact %zu, %s %s\n", i, facts->v[i].verb,
			       facts->v[i].key);
			missed++;
		}
		facts->v[i].value--;
	}
	return missed;
}

/* Does the table speak of this struct at all? Of vfio.h it describes only a part. */
static bool is_described(const struct lines *claims, const char *member)
{
	char tag[160];

	snprintf(tag, sizeof(tag), "size %.*s", (int)strcspn(member, "."), member);
	return lines_find(claims, tag);
}

/* Returns how many names of the headers the tables do not know. */
static size_t reverse(const struct header *h, const struct facts *facts)
{
	struct lines claims = { 0 };
	char text[160];
	size_t i, bad = 0;

	for (i = 0; i < facts->n; i++) {
		snprintf(text, sizeof(text), "%s %s", facts->v[i].verb, facts->v[i].key);
		lines_add(&claims, text, 0);
		lines_add(&claims, facts->v[i].key, 0);
	}
	lines_sort(&claims);
	for (i = 0; i < h->listed.n; i++) {
		const char *line = h->listed.v[i].text, *name = strchr(line, ' ') + 1;
		bool member = !strncmp(line, "member ", 7);

		if (home_of(name) == HOME_VFIO &&
		    !(member && is_described(&claims, name)))
			continue;
		if (lines_find(&claims, name) || is_unlisted(name))
			continue;
		printf("# the tables do not know %s\n", line);
		bad++;
	}
	lines_free(&claims);
	return bad;
}

static int usage(void)
{
	fputs("usage: compare FACTS [--count | --reverse | --mutate K | --mutate-all]\n",
	      stderr);
	return 2;
}

static int run(const struct header *h, struct facts *facts, int argc, char **argv)
{
	const char *mode = argc > 2 ? argv[2] : "";
	uint64_t k;

	if (!*mode)
		return compare(h, facts, false) ? 1 : 0;
	if (!strcmp(mode, "--reverse"))
		return reverse(h, facts) ? 1 : 0;
	facts->n = checkable(h, facts);
	if (!strcmp(mode, "--count")) {
		printf("%zu\n", facts->n);
		return 0;
	}
	if (!strcmp(mode, "--mutate-all"))
		return mutate_all(h, facts) ? 1 : 0;
	if (strcmp(mode, "--mutate") || argc < 4 || iom_parse_u64(argv[3], &k) ||
	    k >= facts->n)
		return usage();
	facts->v[k].value++;
	return compare(h, facts, false) ? 1 : 0;
}

int main(int argc, char **argv)
{
	struct header h = { 0 };
	struct facts facts = { 0 };
	int rc = 2;

	if (argc < 2)
		return usage();
	facts_of_tables(&facts);
	if (read_header(&h, argv[1]))
		rc = run(&h, &facts, argc, argv);
	free_header(&h);
	free(facts.v);
	return rc;
}
