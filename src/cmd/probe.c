/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* probe: what this kernel, or the emulator, offers. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/internal.h"
#include "iommuctl/diag.h"

static const struct iom_opt probe_opts[] = {
	{ "shell", IOM_ARG_FLAG, 0,
	  "print NAME=VALUE lines to source: 1 yes, 0 no, empty unknown" },
	{ 0 },
};

enum { CALL_NR, CALL_NAME, CALL_PRESENT, CALL_SIZE, CALL_TABLE, CALL_MEANING };
static const struct iom_col call_cols[] = {
	[CALL_NR] = { "nr", IOM_T_HEX, 0, "number within type ';'" },
	[CALL_NAME] = { "name", IOM_T_STR, 0, "name in Linux 7.3" },
	[CALL_PRESENT] = { "present", IOM_T_BOOL, IOM_COL_NULL,
			   "the number is known; null: cannot tell" },
	[CALL_SIZE] = { "size", IOM_T_UINT, IOM_COL_OPT, "bytes of the struct that it knows" },
	[CALL_TABLE] = { "table_size", IOM_T_UINT, 0, "bytes of the struct in Linux 7.3" },
	[CALL_MEANING] = { "meaning", IOM_T_STR, IOM_COL_OPT,
			   "what it is here, where a number has two" },
	{ 0 },
};

enum { OPT_NAME, OPT_PRESENT };
static const struct iom_col option_cols[] = {
	[OPT_NAME] = { "name", IOM_T_STR, 0, "option" },
	[OPT_PRESENT] = { "present", IOM_T_BOOL, IOM_COL_NULL, "it is known; null: cannot tell" },
	{ 0 },
};

enum { VAR_NAME, VAR_VALUE };
static const struct iom_col variable_cols[] = {
	[VAR_NAME] = { "name", IOM_T_STR, 0, "shell variable" },
	[VAR_VALUE] = { "value", IOM_T_STR, 0, "1 yes, 0 no, empty unknown; sizes in bytes" },
	{ 0 },
};

enum { SYMBOL_NAME, SYMBOL_VALUE };
static const struct iom_col symbol_cols[] = {
	[SYMBOL_NAME] = { "symbol", IOM_T_STR, 0, "option of the kernel's configuration" },
	[SYMBOL_VALUE] = { "value", IOM_T_STR, 0,
			   "y built in, m a module, n off or not known to it" },
	{ 0 },
};

enum { MODULE_NAME, MODULE_STATE };
static const struct iom_col module_cols[] = {
	[MODULE_NAME] = { "module", IOM_T_STR, 0, "kernel module" },
	[MODULE_STATE] = { "state", IOM_T_STR, IOM_COL_NULL,
			   "loaded, built-in or not-loaded; null: cannot tell" },
	{ 0 },
};

enum { PARAMETER_NAME, PARAMETER_VALUE };
static const struct iom_col parameter_cols[] = {
	[PARAMETER_NAME] = { "parameter", IOM_T_STR, 0, "module and parameter" },
	[PARAMETER_VALUE] = { "setting", IOM_T_STR, 0, "as the kernel shows it" },
	{ 0 },
};

enum { P_BACKEND, P_KERNEL, P_NODE, P_USABLE, P_REASON, P_SELFTEST, P_CDEV, P_COMPAT, P_NR95,
       P_IOCTLS, P_OPTIONS, P_CONFIG_FILE, P_CONFIG, P_MODULES, P_PARAMETERS, P_COMMAND_LINE,
       P_ACPI, P_VARIABLES };
static const struct iom_col probe_cols[] = {
	[P_BACKEND] = { "backend", IOM_T_STR, 0, "who was asked" },
	[P_KERNEL] = { "kernel", IOM_T_STR, 0, "kernel release, or what the emulator plays" },
	[P_NODE] = { "node", IOM_T_STR, 0, "node that was opened" },
	[P_USABLE] = { "usable", IOM_T_BOOL, 0, "the node could be opened" },
	[P_REASON] = { "reason", IOM_T_STR, IOM_COL_OPT, "why it could not" },
	[P_SELFTEST] = { "selftest", IOM_T_BOOL, IOM_COL_NULL, "the mock driver is there" },
	[P_CDEV] = { "vfio_cdev", IOM_T_BOOL, IOM_COL_NULL, "VFIO devices have character devices" },
	[P_COMPAT] = { "vfio_compat", IOM_T_BOOL, IOM_COL_NULL,
		       "the node answers VFIO container calls" },
	[P_NR95] = { "nr_0x95", IOM_T_STR, 0,
		     "ioas-noiommu-get-pa, vdevice-tsm-op, absent or unknown" },
	[P_IOCTLS] = { "ioctls", IOM_T_LIST, 0, "calls by number", call_cols },
	[P_OPTIONS] = { "options", IOM_T_LIST, 0, "options of IOMMU_OPTION", option_cols },
	[P_CONFIG_FILE] = { "config_file", IOM_T_STR, IOM_COL_OPT,
			    "where the configuration was read" },
	[P_CONFIG] = { "config", IOM_T_LIST, IOM_COL_OPT, "the kernel's configuration",
		       symbol_cols },
	[P_MODULES] = { "modules", IOM_T_LIST, IOM_COL_OPT, "modules of VFIO and iommufd",
			module_cols },
	[P_PARAMETERS] = { "parameters", IOM_T_LIST, IOM_COL_OPT, "what they are set to",
			   parameter_cols },
	[P_COMMAND_LINE] = { "command_line", IOM_T_STRS, IOM_COL_OPT,
			     "words of the kernel's command line that are about IOMMUs" },
	[P_ACPI] = { "acpi_tables", IOM_T_STRS, IOM_COL_OPT,
		     "tables of firmware that describe IOMMUs: DMAR, IORT, IVRS, RIMT, VIOT" },
	[P_VARIABLES] = { "variables", IOM_T_LIST, IOM_COL_OPT | IOM_COL_HIDE, "with --shell",
			  variable_cols },
	{ 0 },
};

static void set_tri(struct iom_rec *rec, unsigned int col, enum iom_tri v)
{
	if (v == IOM_UNKNOWN)
		iom_set_null(rec, col);
	else
		iom_set_uint(rec, col, v == IOM_YES);
}

static void add_variable(struct iom_res *res, const char *prefix, const char *name,
			 const char *value)
{
	struct iom_rec *r = iom_add_rec(res->top, P_VARIABLES);
	char var[96];
	size_t n;

	snprintf(var, sizeof(var), "IOMMUCTL_%s%s", prefix, name);
	n = strlen(var);
	for (size_t i = 0; i < n; i++)
		var[i] =
			isalnum((unsigned char)var[i]) ? (char)toupper((unsigned char)var[i]) : '_';
	iom_set_str(r, VAR_NAME, var);
	iom_set_str(r, VAR_VALUE, value);
}

static const char *tri_word(enum iom_tri v)
{
	return v == IOM_YES ? "1" : v == IOM_NO ? "0" : "";
}

static void add_variables(struct iom_res *res, const struct iom_probe *p)
{
	for (unsigned int i = 0; i < p->n_calls; i++) {
		const struct iom_probe_call *c = &p->calls[i];
		char size[16] = "";

		add_variable(res, "HAS_", c->call->word, tri_word(c->present));
		if (c->size)
			snprintf(size, sizeof(size), "%u", c->size);
		add_variable(res, "SIZE_", c->call->word, size);
	}
	for (unsigned int i = 0; i < p->n_options; i++)
		add_variable(res, "HAS_OPTION_", p->option_names[i], tri_word(p->options[i]));
	add_variable(res, "HAS_", "selftest", tri_word(p->selftest));
	add_variable(res, "HAS_", "vfio-cdev", tri_word(p->vfio_cdev));
	add_variable(res, "HAS_", "vfio-compat", tri_word(p->vfio_compat));
	add_variable(res, "NR_0X95_", "IS", strcmp(p->nr_95, "unknown") ? p->nr_95 : "");
	add_variable(res, "", "USABLE", p->open_error ? "0" : "1");
}

static void add_calls(struct iom_res *res, const struct iom_probe *p)
{
	iom_open_list(res->top, P_IOCTLS);
	for (unsigned int i = 0; i < p->n_calls; i++) {
		const struct iom_probe_call *c = &p->calls[i];
		struct iom_rec *r = iom_add_rec(res->top, P_IOCTLS);

		iom_set_uint(r, CALL_NR, c->call->code & 0xff);
		iom_set_str(r, CALL_NAME, c->call->name);
		set_tri(r, CALL_PRESENT, c->present);
		if (c->size)
			iom_set_uint(r, CALL_SIZE, c->size);
		iom_set_uint(r, CALL_TABLE, c->call->full);
		if (c->meaning)
			iom_set_str(r, CALL_MEANING, c->meaning);
	}
	iom_open_list(res->top, P_OPTIONS);
	for (unsigned int i = 0; i < p->n_options; i++) {
		struct iom_rec *r = iom_add_rec(res->top, P_OPTIONS);

		iom_set_str(r, OPT_NAME, p->option_names[i]);
		set_tri(r, OPT_PRESENT, p->options[i]);
	}
}

static void add_pairs(struct iom_res *res, unsigned int list, const struct iom_host_pairs *p)
{
	iom_open_list(res->top, list);
	for (size_t i = 0; i < p->n; i++) {
		struct iom_rec *r = iom_add_rec(res->top, list);

		/* The name is the first column of each of these lists, the value the second. */
		iom_set_str(r, 0, p->v[i].name);
		if (p->v[i].value)
			iom_set_str(r, 1, p->v[i].value);
		else
			iom_set_null(r, 1);
	}
}

static void add_names(struct iom_res *res, unsigned int list, const struct iom_names *names)
{
	iom_open_list(res->top, list);
	for (size_t i = 0; i < names->n; i++)
		iom_add_str(res->top, list, names->v[i]);
}

/* The kernel writes booleans of modules in letters; the other variables have 1 and 0. */
static const char *shell_setting(const char *v)
{
	if (v && !strcmp(v, "Y"))
		return "1";
	return v && !strcmp(v, "N") ? "0" : v;
}

static void add_host_variables(struct iom_res *res, const struct iom_host_kernel *k)
{
	static const char *const tables[] = { "DMAR", "IORT", "IVRS", "RIMT", "VIOT" };

	for (size_t i = 0; i < k->config.n; i++)
		add_variable(res, "", k->config.v[i].name, k->config.v[i].value);
	for (size_t i = 0; i < k->modules.n; i++)
		add_variable(res, "MODULE_", k->modules.v[i].name,
			     k->modules.v[i].value ? k->modules.v[i].value : "");
	for (size_t i = 0; i < k->parameters.n; i++)
		add_variable(res, "PARAMETER_", k->parameters.v[i].name,
			     shell_setting(k->parameters.v[i].value));
	for (size_t i = 0; i < IOM_ARRAY_SIZE(tables); i++) {
		const char *has = k->has_acpi ? "0" : "";

		for (size_t t = 0; t < k->acpi.n; t++)
			if (!strcmp(k->acpi.v[t], tables[i]))
				has = "1";
		add_variable(res, "ACPI_", tables[i], has);
	}
}

/* The machine behind the root; an emulated one has none but what --sysroot names. */
static int add_host(struct iom_app *app, struct iom_res *res, struct iom_err *err)
{
	struct iom_host_kernel k;
	int rc;

	if (strcmp(app->be->name, "kernel") && !app->g.sysroot[0])
		return 0;
	rc = iom_host_kernel_load(&k, app->g.sysroot);
	if (rc) {
		iom_fail(err, IOM_EXIT_INTERNAL, "out of memory");
		rc = IOM_EXIT_INTERNAL;
	} else {
		if (k.config_file[0]) {
			iom_set_str(res->top, P_CONFIG_FILE, k.config_file);
			add_pairs(res, P_CONFIG, &k.config);
		}
		add_pairs(res, P_MODULES, &k.modules);
		add_pairs(res, P_PARAMETERS, &k.parameters);
		if (k.has_command_line)
			add_names(res, P_COMMAND_LINE, &k.command_line);
		if (k.has_acpi)
			add_names(res, P_ACPI, &k.acpi);
		if (app->shell)
			add_host_variables(res, &k);
	}
	iom_host_kernel_free(&k);
	return rc;
}

static int probe_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		     struct iom_err *err)
{
	const char *node = app->g.device ? app->g.device : "/dev/iommu";
	_iom_free_ struct iom_probe *p = calloc(1, sizeof(*p));
	int rc = iom_app_backend(app, err);

	if (rc)
		return rc; /* cppcheck-suppress memleak ; freed by its cleanup attribute */
	if (!p) {
		iom_fail(err, IOM_EXIT_INTERNAL, "out of memory");
		return IOM_EXIT_INTERNAL;
	}
	if (iom_probe_run(app->be, node, app->g.sysroot, p, err))
		return err->exit ? (int)err->exit : IOM_EXIT_INTERNAL;
	iom_set_str(res->top, P_BACKEND, p->backend);
	iom_set_str(res->top, P_KERNEL, p->kernel);
	iom_set_str(res->top, P_NODE, node);
	iom_set_uint(res->top, P_USABLE, !p->open_error);
	if (p->open_error) {
		struct iom_err why = { .code = p->open_error };

		iom_explain_open(p->backend, node, p->open_error, app->g.sysroot, &why);
		iom_set_strf(res->top, P_REASON, "%s%s%s", iom_errno_name(p->open_error),
			     why.fact[0] ? ": " : "", why.fact);
	}
	set_tri(res->top, P_SELFTEST, p->selftest);
	set_tri(res->top, P_CDEV, p->vfio_cdev);
	set_tri(res->top, P_COMPAT, p->vfio_compat);
	iom_set_str(res->top, P_NR95, p->nr_95);
	add_calls(res, p);
	app->shell = a->v[0].set;
	if (app->shell)
		add_variables(res, p);
	return add_host(app, res, err);
}

const struct iom_cmd cmd_probe = {
	.object = "probe", .brief = "show what this kernel's iommufd offers",
	.opts = probe_opts, .cols = probe_cols, .flags = 0, .schema = 1, .run = probe_run,
};
