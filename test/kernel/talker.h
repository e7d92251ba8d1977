/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A socket of talk.c, the words of a call to it, and what came of it.
 */
#ifndef TALKER_H
#define TALKER_H

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include "party.h"

enum { WORDS = 16 };

struct talker {
	char name[32], family[8];
	int fd;
};

/* The words of a call after the verb; those that it does not have are empty. `reply` is "ok" until it is told. */
struct call {
	const char *words[WORDS];
	int count;
	char reply[512];
};

/* Adds to what came of a call, after a comma and a space when there is something already. */
__attribute__((format(printf, 2, 3))) static inline void tell(struct call *call, const char *format,
							      ...)
{
	size_t length = strlen(call->reply);
	va_list rest;

	if (!strcmp(call->reply, "ok"))
		length = 0;
	else
		length += snprintf(call->reply + length, sizeof(call->reply) - length, ", ");
	va_start(rest, format);
	vsnprintf(call->reply + length, sizeof(call->reply) - length, format, rest);
	va_end(rest);
}

/* "ADDRESS PORT" out of two words, written as the socket's family has it. */
static inline socklen_t read_words(const struct talker *t, const char *const *words,
				   union endpoint *to)
{
	socklen_t length = read_endpoint(t->family, words[0], atoi(words[1]), to);

	if (!length)
		errx(2, "not an address: %s", words[0]);
	return length;
}

/* "IDENTITY SOURCE" of a datagram or a stream that echo.c sent, "-" when the kernel named no source. */
static inline void tell_answer(struct call *call, char *answer, ssize_t size,
			       const union endpoint *from, socklen_t length)
{
	char source[96] = "-";

	answer[size] = 0;
	answer[strcspn(answer, " ")] = 0;
	if (length)
		write_endpoint(from, source, sizeof(source));
	tell(call, "%s %s", answer, source);
}

#endif
