/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How often what happened, printed as JSON.
 */
#ifndef COUNTS_H
#define COUNTS_H

#include <err.h>
#include <stdio.h>
#include <string.h>
#include "party.h"

enum { KEYS = 128, KEY_SIZE = 96 };

struct counts {
	int size;
	struct {
		char key[KEY_SIZE];
		int count;
	} at[KEYS];
};

static inline void count(struct counts *c, const char *key)
{
	int i = 0;

	while (i < c->size && strcmp(c->at[i].key, key))
		i++;
	if (i == KEYS)
		errx(1, "more than %d different outcomes of one row", KEYS);
	if (i == c->size)
		snprintf(c->at[c->size++].key, KEY_SIZE, "%s", key);
	c->at[i].count++;
}

static inline void count_endpoint(struct counts *c, const union endpoint *endpoint)
{
	char text[KEY_SIZE];

	write_endpoint(endpoint, text, sizeof(text));
	count(c, text);
}

static inline void print_counts(const char *name, const struct counts *c)
{
	printf(",\"%s\":{", name);
	for (int i = 0; i < c->size; i++)
		printf("%s\"%s\":%d", i ? "," : "", c->at[i].key, c->at[i].count);
	putchar('}');
}

#endif
