/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Commands as data: one record drives parser, help, man page, completions and JSON schema. */
#pragma once

#include "iommuctl/context.h"
#include "iommuctl/out.h"

enum iom_arg {
	IOM_ARG_FLAG,  /* no value */
	IOM_ARG_ID,    /* object id, u32 */
	IOM_ARG_U32,
	IOM_ARG_U64,
	IOM_ARG_ADDR,  /* IOVA or address, hex or decimal */
	IOM_ARG_LEN,   /* bytes with suffix */
	IOM_ARG_FD,
	IOM_ARG_STR,
	IOM_ARG_PATH,  /* completed as a file name */
	IOM_ARG_ENUM,  /* one of .values */
	IOM_ARG_RANGE, /* START-LAST, or START+SIZE; num and num2 (inclusive last) */
	IOM_ARG_ASSIGN, /* FIELD=VALUE */
	IOM_ARG_TIME,  /* seconds with decimals; num is nanoseconds */
};

enum {
	IOM_REQ = 1,   /* must be given; 1, so that it can be shifted into a mask */
	IOM_POS = 2,   /* may stand without its name, in table order */
	IOM_MULTI = 4, /* may be given more than once */
	IOM_NUM = 8,   /* ENUM of 32 bits: a number that has no word is taken, too */
	IOM_REST = 16, /* with POS: this word and all behind it are somebody else's, as they stand */
};

struct iom_opt {
	const char *name; /* kebab-case; NULL ends */
	enum iom_arg type;
	unsigned int flags;
	const char *help;
	const struct iom_enum *values;
	const char *metavar; /* NULL: from type */
};

#define IOM_MAX_OPTS 24
#define IOM_MAX_MULTI 256

struct iom_argval {
	bool set;
	uint64_t num, num2;
	const char *str; /* the word as given */
};

struct iom_args {
	const struct iom_opt *opts;
	uint32_t given;	/* bit i: option i was given; v of the others is zero */
	struct iom_argval v[IOM_MAX_OPTS];
	struct {
		unsigned int opt;
		struct iom_argval v;
	} multi[IOM_MAX_MULTI]; /* MULTI options in the order given */
	unsigned int n_multi;
	char **rest; /* of the REST option, n_rest words and a NULL; NULL when it was not given */
	int n_rest;
};

enum {
	IOM_CMD_CTX = 1,     /* needs an iommufd context */
	IOM_CMD_MUTATES = 2,
	IOM_CMD_TOP = 4,     /* not inside a batch */
	IOM_CMD_HOST = 8,    /* reads the host through --sysroot */
	IOM_CMD_STREAM = 16, /* prints by itself through the renderers (batch) */
};

struct iom_app;

struct iom_cmd {
	const char *object, *verb; /* verb NULL: the object is the command; may be two words */
	const char *brief;
	const struct iom_opt *opts;
	const struct iom_col *cols;
	const char *const *calls;  /* kernel calls it issues, NULL-ended; NULL: none */
	unsigned int flags;
	int schema;		   /* number of its JSON schema */
	/* Returns an exit code; fills res, or err when not 0. */
	int (*run)(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		   struct iom_err *err);
};

struct iom_globals {
	bool json, jsonl, pretty, dry_run, verbose, quiet;
	const char *get;      /* --get FIELD */
	const char *backend;  /* "kernel", "emu" */
	const char *device;   /* node, NULL: /dev/iommu */
	const char *sysroot;  /* "" for / */
	const char *emu;      /* machine of the emulator, NULL: default */
	int fd;		      /* --fd, -1: none */
	enum iom_color color;
};

struct iom_app {
	struct iom_globals g;
	struct iom_style style_out, style_err;
	struct iom_backend *be;
	struct iom_ctx ctx;
	bool ctx_ready;
	bool in_batch;
	bool no_result;		  /* the result will not be looked at */
	bool reported;		  /* the failure has been shown already */
	bool want_help, want_version;
	char *unpacked;		  /* folder that an archive given as --sysroot was put into */
	bool following;		  /* the result comes piece by piece; this is one of them */
	bool nothing_more;	  /* and this is an empty last one */
	int answer;		  /* exit code of a command that was done and found something wrong */
	/* A batch prints a piece itself, as a row of its line. 0 or a negative errno. */
	int (*stream)(struct iom_app *app, const struct iom_cmd *cmd, struct iom_res *res);
	bool shell;		  /* print the result's variables as NAME=VALUE */
	struct iom_args args[2];  /* of the command, and of the line when it is a batch */
	struct iom_res *dry;	  /* where --dry-run collects calls, NULL otherwise */
};

/* All commands, ended by NULL, in the order help shows them. */
extern const struct iom_cmd *const iom_cmds[];
/* The global options, as a table for parser, help, man pages and completions. */
extern const struct iom_opt iom_global_opts[];

/*
 * Parses argv (object first; globals may stand anywhere), runs it. Returns an exit code;
 * err is filled when it is not 0. *cmd is the command when one was found.
 */
int iom_dispatch(struct iom_app *app, int argc, char **argv, const struct iom_cmd **cmd,
		 struct iom_res *res, struct iom_err *err);
/* *a was all zero before its first use, or used by this function. 0, or negative with err filled. */
int iom_parse_args(const struct iom_cmd *cmd, struct iom_app *app, int argc, char **argv,
		   struct iom_args *a, struct iom_err *err);
/* Issues through the context and, when refused, has the cause looked up. Exit code, or 0. */
int iom_do(struct iom_app *app, uint32_t code, void *arg, struct iom_err *err) iom_must_check;
/* The same on another fd (a VFIO device); *rc, when not NULL, gets what ioctl(2) returned. */
int iom_do_fd(struct iom_app *app, int fd, uint32_t code, void *arg, int *rc,
	      struct iom_err *err) iom_must_check;
/* The same for an entry of the table, with an arg of len bytes (at least call->full). */
int iom_do_call(struct iom_app *app, int fd, const struct iom_call *call, void *arg, size_t len,
		int *rc, struct iom_err *err) iom_must_check;
#define IOM_EXIT_DRY 1000 /* iom_do(): --dry-run kept it back; handlers return it as it is */
int iom_app_context(struct iom_app *app, struct iom_err *err);
/* "ioas map" of a command, into buf. */
const char *iom_cmd_name(const struct iom_cmd *c, char *buf, size_t len);
/* "iommuctl.ioas.map/1" */
const char *iom_cmd_schema(const struct iom_cmd *c, char *buf, size_t len);
