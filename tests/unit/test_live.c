/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* monitor when the kernel has more to tell than was read: what is lost is told, and it goes on. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libmnl/libmnl.h>

#include "cmd/internal.h"
#include "iommuctl/host.h"

#define BIND                                                                                       \
	"bind@/devices/pci0000:00/0000:00:02.0\0ACTION=bind\0"                                     \
	"DEVPATH=/devices/pci0000:00/0000:00:02.0\0SUBSYSTEM=pci\0DRIVER=edu\0"

/* What the socket has, in order: a message, or an errno when it is NULL. */
static const struct {
	const char *msg;
	size_t len;
	int code;
} *script;

/* In the place of the library's. */
ssize_t mnl_socket_recvfrom(const struct mnl_socket *nl, void *buf, size_t len)
{
	(void)nl;
	if (!script->msg) {
		errno = script->code;
		/* The last one stays. */
		script += script->code != EAGAIN;
		return -1;
	}
	assert_true(script->len <= len);
	memcpy(buf, script->msg, script->len);
	return (ssize_t)script++->len;
}

static const __typeof__(*script) overflow[] = {
	{ BIND, sizeof(BIND), 0 },
	{ NULL, 0, ENOBUFS },
	{ BIND, sizeof(BIND), 0 },
	{ NULL, 0, EAGAIN },
};

static void test_overflow(void **state)
{
	struct iom_host_event e;
	struct iom_live *l;
	int rc;

	(void)state;
	l = iom_live_open(false, &rc);
	assert_non_null(l);
	script = overflow;
	assert_int_equal(iom_live_event(l, &e), 1);
	assert_string_equal(e.driver, "edu");
	assert_int_equal(iom_live_event(l, &e), -ENOBUFS);
	assert_int_equal(iom_live_event(l, &e), 1);
	assert_string_equal(e.name, "0000:00:02.0");
	assert_int_equal(iom_live_event(l, &e), 0);
	iom_live_free(l);
}

/* The whole command, as JSON. */
static char *monitor(const char *line)
{
	static char copy[128];
	static struct iom_app app;
	const struct iom_cmd *cmd;
	char *argv[16], *save = NULL;
	int argc = 0;
	struct iom_res res = { 0 };
	struct iom_err err = { 0 };
	char schema[64], *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	strcpy(copy, line);
	for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	app = (struct iom_app){ 0 };
	iom_globals_init(&app.g);
	app.g.json = true;
	script = overflow;
	assert_int_equal(iom_dispatch(&app, argc, argv, &cmd, &res, &err), 0);
	iom_cmd_schema(cmd, schema, sizeof(schema));
	assert_int_equal(iom_render_json(&res, schema, &app.style_out, f), 0);
	assert_int_equal(fclose(f), 0);
	iom_res_free(&res);
	return text;
}

static void test_monitor(void **state)
{
	char *text = monitor("monitor --count 3 --filter driver --filter lost"), *first, *lost, *last;

	(void)state;
	first = strstr(text, "{\"kind\":\"driver\",\"action\":\"bind\",\"device\":\"0000:00:02.0\"");
	lost = strstr(text, "{\"kind\":\"lost\",\"action\":\"uevents\"}");
	assert_non_null(first);
	assert_non_null(lost);
	last = strstr(lost, "{\"kind\":\"driver\",\"action\":\"bind\"");
	assert_true(first < lost && last);
	free(text);
}

static void test_filtered(void **state)
{
	char *text = monitor("monitor --count 2 --filter driver");

	(void)state;
	assert_non_null(strstr(text, "\"warnings\":[\"uevents came faster than they were read: some are lost\"]"));
	assert_null(strstr(text, "\"lost\""));
	free(text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_overflow),
		cmocka_unit_test(test_monitor),
		cmocka_unit_test(test_filtered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
