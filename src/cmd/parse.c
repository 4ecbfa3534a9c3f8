/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words of a command line to typed values, by the tables. */
#include "cmd/internal.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

unsigned int iom_opt_count(const struct iom_opt *opts)
{
	unsigned int n = 0;

	while (opts && opts[n].name)
		n++;
	return n;
}

const char *iom_opt_metavar(const struct iom_opt *o)
{
	static const char *const by_type[] = {
		[IOM_ARG_FLAG] = "", [IOM_ARG_ID] = "ID", [IOM_ARG_U32] = "NUMBER",
		[IOM_ARG_U64] = "NUMBER", [IOM_ARG_ADDR] = "ADDR", [IOM_ARG_LEN] = "SIZE",
		[IOM_ARG_FD] = "FD", [IOM_ARG_STR] = "WORD", [IOM_ARG_PATH] = "PATH",
		[IOM_ARG_ENUM] = "WORD", [IOM_ARG_RANGE] = "START-LAST",
		[IOM_ARG_ASSIGN] = "FIELD=VALUE", [IOM_ARG_TIME] = "SECONDS",
	};

	return o->metavar ? o->metavar : by_type[o->type];
}

static int bad_number(const struct iom_opt *o, const char *word, int rc, const char *allowed,
		      struct iom_err *err)
{
	if (rc == -ERANGE)
		return iom_fail(err, IOM_EXIT_USAGE, "--%s: '%s' is too large; %s", o->name, word,
				allowed);
	return iom_fail(err, IOM_EXIT_USAGE, "--%s: '%s' is not a number; %s", o->name, word,
			allowed);
}

static inline int parse_u(const struct iom_opt *o, const char *word, uint64_t max,
			  const char *allowed, uint64_t *out, struct iom_err *err)
{
	int rc = iom_parse_u64(word, out);

	if (!rc && *out > max)
		rc = -ERANGE;
	return rc ? bad_number(o, word, rc, allowed, err) : 0;
}

static int parse_len(const struct iom_opt *o, const char *word, uint64_t *out, struct iom_err *err)
{
	int rc = iom_parse_size(word, out);

	if (!rc)
		return 0;
	return bad_number(o, word, rc, "bytes, decimal or 0x hex, with K, M, G or T", err);
}

/* START-LAST (inclusive) or START+SIZE. */
static int parse_range(const struct iom_opt *o, const char *word, struct iom_argval *v,
		       struct iom_err *err)
{
	static const char form[] = "START-LAST (inclusive) or START+SIZE";
	size_t n = strcspn(word, "-+");
	char first[32];
	uint64_t size;

	if (!word[n] || n >= sizeof(first))
		return iom_fail(err, IOM_EXIT_USAGE, "--%s: '%s' is not a range; %s", o->name, word,
				form);
	memcpy(first, word, n);
	first[n] = '\0';
	if (iom_parse_u64(first, &v->num))
		return iom_fail(err, IOM_EXIT_USAGE, "--%s: '%s' is not a range; %s", o->name, word,
				form);
	if (word[n] == '-') {
		if (iom_parse_u64(word + n + 1, &v->num2))
			return iom_fail(err, IOM_EXIT_USAGE, "--%s: '%s' is not a range; %s",
					o->name, word, form);
		return 0;
	}
	if (iom_parse_size(word + n + 1, &size) || !size ||
	    __builtin_add_overflow(v->num, size - 1, &v->num2))
		return iom_fail(err, IOM_EXIT_USAGE, "--%s: '%s' has no size or wraps; %s", o->name,
				word, form);
	return 0;
}

static int parse_enum(const struct iom_opt *o, const char *word, uint64_t *out,
		      struct iom_err *err)
{
	const struct iom_value *v;
	char list[160] = "";
	size_t n = 0;

	for (v = o->values->values; v->name; v++)
		if (!strcmp(v->word ? v->word : v->name, word)) {
			*out = v->value;
			return 0;
		}
	if ((o->flags & IOM_NUM) && !iom_parse_u64(word, out))
		return parse_u(o, word, UINT32_MAX, "0 to 4294967295", out, err);
	for (v = o->values->values; v->name; v++) {
		const char *w = v->word ? v->word : v->name;

		if (n + strlen(w) + 3 > sizeof(list))
			break;
		if (n)
			n += (size_t)(stpcpy(list + n, ", ") - (list + n));
		n += (size_t)(stpcpy(list + n, w) - (list + n));
	}
	return iom_fail(err, IOM_EXIT_USAGE, "--%s: '%s' is not one of %s%s", o->name, word, list,
			o->flags & IOM_NUM ? ", or a number" : "");
}

int iom_parse_value(const struct iom_opt *o, const char *word,
		    struct iom_argval *v, struct iom_err *err)
{
	v->set = true;
	v->str = word;
	switch (o->type) {
	case IOM_ARG_ID:
		return parse_u(o, word, UINT32_MAX, "an object id (0 to 4294967295)", &v->num, err);
	case IOM_ARG_U32:
		return parse_u(o, word, UINT32_MAX, "0 to 4294967295", &v->num, err);
	case IOM_ARG_U64:
		return parse_u(o, word, UINT64_MAX, "a 64-bit number, decimal or 0x hex", &v->num,
			       err);
	case IOM_ARG_ADDR:
		return parse_u(o, word, UINT64_MAX, "a 64-bit address, 0x hex or decimal", &v->num,
			       err);
	case IOM_ARG_FD:
		return parse_u(o, word, INT_MAX, "a file descriptor number", &v->num, err);
	case IOM_ARG_LEN:
		return parse_len(o, word, &v->num, err);
	case IOM_ARG_RANGE:
		return parse_range(o, word, v, err);
	case IOM_ARG_ENUM:
		return parse_enum(o, word, &v->num, err);
	case IOM_ARG_TIME:
		if (!iom_parse_seconds(word, &v->num))
			return 0;
		return iom_fail(err, IOM_EXIT_USAGE,
				"--%s: '%s' is not a time; seconds, as 2 or 0.25", o->name, word);
	case IOM_ARG_ASSIGN:
		if (!strchr(word, '=') || *word == '=')
			return iom_fail(err, IOM_EXIT_USAGE, "--%s: '%s' is not FIELD=VALUE",
					o->name, word);
		return 0;
	case IOM_ARG_STR:
	case IOM_ARG_PATH:
		if (!*word)
			return iom_fail(err, IOM_EXIT_USAGE, "--%s: the value is empty", o->name);
		return 0;
	case IOM_ARG_FLAG:
		return 0;
	}
	return 0;
}

struct both {
	const struct iom_opt *a, *b;
};

static const char *next_opt(const void *arg, size_t i)
{
	const struct both *t = arg;
	unsigned int n = iom_opt_count(t->a);

	if (i < n)
		return t->a[i].name;
	return t->b ? t->b[i - n].name : NULL;
}

static int unknown_option(const struct iom_cmd *cmd, const struct iom_app *app, const char *word,
			  struct iom_err *err)
{
	struct both t = { cmd->opts, app->in_batch ? NULL : iom_global_opts };
	char name[48], said[48];
	const char *near;

	snprintf(said, sizeof(said), "%.*s", (int)strcspn(word + 2, "="), word + 2);
	near = word[1] == '-' ? iom_nearest(said, next_opt, &t) : NULL;
	iom_cmd_name(cmd, name, sizeof(name));
	if (near)
		iom_hint(err, "did you mean --%s?", near);
	else
		iom_hint(err, "--help lists the options");
	return iom_fail(err, IOM_EXIT_USAGE, "'%s' has no option '%s'", name, word);
}

/*
 * Index of the option that the word (after "--", up to '=') names, or -1; *end is where the name
 * stopped. Compared by hand: a batch of a million lines spends its time here.
 */
static inline int find_opt(const struct iom_opt *opts, const char *name, const char **end)
{
	for (int i = 0; opts && opts[i].name; i++) {
		const char *a = opts[i].name, *b = name;

		while (*a && *a == *b) {
			a++;
			b++;
		}
		if (!*a && (!*b || *b == '=')) {
			*end = b;
			return i;
		}
	}
	return -1;
}

static int find_letter(char c)
{
	for (unsigned int i = 0; iom_global_opts[i].name; i++)
		if (iom_global_letters[i] == c)
			return (int)i;
	return -1;
}

static inline int store(const struct iom_cmd *cmd, int opt, const char *word,
		 struct iom_args *a, struct iom_err *err)
{
	const struct iom_opt *o = &cmd->opts[opt];
	struct iom_argval *v = &a->v[opt];

	a->given |= 1U << opt;
	if (o->flags & IOM_MULTI) {
		if (a->n_multi == IOM_MAX_MULTI)
			return iom_fail(err, IOM_EXIT_USAGE, "--%s: more than %d values", o->name,
					IOM_MAX_MULTI);
		v->set = true;
		a->multi[a->n_multi].opt = (unsigned int)opt;
		v = &a->multi[a->n_multi++].v;
	} else if (v->set) {
		return iom_fail(err, IOM_EXIT_USAGE, "--%s is given twice", o->name);
	}
	return iom_parse_value(o, word, v, err);
}

/* The value of an option whose name ended at end; NULL when it is missing, with err filled. */
static inline const char *option_value(const struct iom_opt *o, const char *end, int argc,
				       char **argv, int *i, struct iom_err *err)
{
	if (o->type == IOM_ARG_FLAG) {
		if (!*end)
			return "";
		iom_fail(err, IOM_EXIT_USAGE, "--%s takes no value", o->name);
		return NULL;
	}
	if (*end)
		return end + 1;
	if (*i + 1 < argc)
		return argv[++*i];
	iom_fail(err, IOM_EXIT_USAGE, "%s needs a value: %s", argv[*i], iom_opt_metavar(o));
	return NULL;
}

/*
 * A word with '-' that the command itself does not know. *i is moved past a value that was taken.
 */
static int global_option(const struct iom_cmd *cmd, struct iom_app *app, int argc, char **argv,
			 int *i, struct iom_err *err)
{
	const char *word = argv[*i], *end = "", *value;
	struct iom_argval v = { 0 };
	int opt = -1, rc;

	if (word[1] == '-')
		opt = find_opt(iom_global_opts, word + 2, &end);
	else if (!word[2])
		opt = find_letter(word[1]);
	if (opt < 0)
		return unknown_option(cmd, app, word, err);
	if (app->in_batch) {
		if (!strcmp(iom_global_opts[opt].name, "get"))
			iom_hint(err, "end the line in 'as NAME', then use $NAME.FIELD");
		return iom_fail(err, IOM_EXIT_USAGE,
				strcmp(iom_global_opts[opt].name, "get")
					? "'%s' is for the whole batch: give it before 'batch'"
					: "'%s' does not go with batch", word);
	}
	value = option_value(&iom_global_opts[opt], end, argc, argv, i, err);
	if (!value)
		return -EINVAL;
	rc = iom_parse_value(&iom_global_opts[opt], value, &v, err);
	if (!rc)
		iom_global_set(app, (unsigned int)opt, &v);
	return rc;
}

/* These words and all behind them are the command line of another program. */
static void take_rest(struct iom_args *a, int opt, char **words, int n)
{
	a->given |= 1U << opt;
	a->v[opt].set = true;
	a->v[opt].str = words[0];
	a->rest = words;
	a->n_rest = n;
}

/* One word that starts with '-'. *i is moved past a value that was taken. */
static inline int parse_option(const struct iom_cmd *cmd, struct iom_app *app, int argc,
			       char **argv, int *i, struct iom_args *a, struct iom_err *err)
{
	const char *word = argv[*i], *end, *value;
	int opt = word[1] == '-' ? find_opt(cmd->opts, word + 2, &end) : -1;

	if (opt < 0)
		return global_option(cmd, app, argc, argv, i, err);
	value = option_value(&cmd->opts[opt], end, argc, argv, i, err);
	if (value && cmd->opts[opt].flags & IOM_REST) {
		if (*end)
			return iom_fail(err, IOM_EXIT_USAGE,
					"--%s: a blank, not '=', before the command",
					cmd->opts[opt].name);
		take_rest(a, opt, argv + *i, argc - *i);
		return 0;
	}
	return value ? store(cmd, opt, value, a, err) : -EINVAL;
}

/* The next option that may stand without its name and is still free, or -1. */
static int next_positional(const struct iom_cmd *cmd, const struct iom_args *a)
{
	for (int i = 0; cmd->opts && cmd->opts[i].name; i++)
		if ((cmd->opts[i].flags & IOM_POS) &&
		    (!a->v[i].set || (cmd->opts[i].flags & IOM_MULTI)))
			return i;
	return -1;
}

/*
 * Bit i: option i must be given. Remembered by command, as the lines of a batch are of few kinds.
 */
static inline uint32_t required_of(const struct iom_cmd *cmd)
{
	static struct {
		const struct iom_cmd *cmd;
		uint32_t required;
	} known[16], *k;
	uint32_t n = 0;

	k = &known[(uintptr_t)cmd / sizeof(*cmd) & 15];
	if (k->cmd == cmd)
		return k->required;
	k->cmd = cmd;
	k->required = 0;
	for (const struct iom_opt *o = cmd->opts; o && o->name; o++)
		k->required |= (o->flags & IOM_REQ) << n++;
	return k->required;
}

static int missing(const struct iom_cmd *cmd, uint32_t which, struct iom_err *err)
{
	const struct iom_opt *o = &cmd->opts[__builtin_ctz(which)];
	char name[48];

	iom_cmd_name(cmd, name, sizeof(name));
	iom_hint(err, "--%s %s: %s; see 'iommuctl %s --help'", o->name, iom_opt_metavar(o),
		 o->help, name);
	return iom_fail(err, IOM_EXIT_USAGE, "'%s': missing --%s", name, o->name);
}

static int too_many(const struct iom_cmd *cmd, const char *word, struct iom_err *err)
{
	char name[48];

	iom_cmd_name(cmd, name, sizeof(name));
	iom_hint(err, "see 'iommuctl %s --help'", name);
	return iom_fail(err, IOM_EXIT_USAGE, "'%s': '%s' is one word too many", name, word);
}

int iom_parse_args(const struct iom_cmd *cmd, struct iom_app *app, int argc, char **argv,
		   struct iom_args *a, struct iom_err *err)
{
	uint32_t required = required_of(cmd);
	bool words_only = false;

	a->opts = cmd->opts;
	a->n_multi = 0;
	a->rest = NULL;
	a->n_rest = 0;
	/* Only what the command before was given is not clear already. */
	for (; a->given; a->given &= a->given - 1) {
		struct iom_argval *v = &a->v[__builtin_ctz(a->given)];

		v->set = false;
		v->num = 0;
	}
	for (int i = 0; i < argc; i++) {
		const char *word = argv[i];
		int rc, pos;

		if (word[0] == '-' && word[1] && !words_only) {
			if (word[1] == '-' && !word[2]) {
				words_only = true;
				continue;
			}
			rc = parse_option(cmd, app, argc, argv, &i, a, err);
		} else {
			pos = next_positional(cmd, a);
			if (pos >= 0 && cmd->opts[pos].flags & IOM_REST) {
				take_rest(a, pos, argv + i, argc - i);
				break;
			}
			rc = pos < 0 ? too_many(cmd, word, err) : store(cmd, pos, word, a, err);
		}
		if (rc)
			return rc;
		if (a->rest)
			break;
	}
	required &= ~a->given;
	if (!required || app->want_help || app->want_version)
		return 0;
	return missing(cmd, required, err);
}

int iom_parse_leading(struct iom_app *app, int argc, char **argv, int *used, struct iom_err *err)
{
	static const struct iom_cmd none = { .object = "iommuctl" };
	int i;

	for (i = 0; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
		int rc = global_option(&none, app, argc, argv, &i, err);

		if (rc)
			return rc;
	}
	*used = i;
	return 0;
}
