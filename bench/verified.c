// SPDX-License-Identifier: Apache-2.0
/*
 * What programs amount to:
 *
 *	verified PIN...
 *
 * Prints "INSTRUCTIONS JITED VERIFIED" for each: eBPF instructions as they run (after the verifier patched them),
 * bytes of machine code, and instructions that the verifier went through (Linux 5.16; before that 0).
 */
#include <stdio.h>
#include "program.h"

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		struct bpf_prog_info info = statistics(open_pin(argv[i]));

		printf("%u %u %u\n", info.xlated_prog_len / 8, info.jited_prog_len,
		       info.verified_insns);
	}
	return 0;
}
