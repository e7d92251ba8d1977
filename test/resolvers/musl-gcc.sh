#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Compiles a program with the musl of a folder: Debian 13's, which asks nameservers over TCP too (1.2.4 or later).
#   musl-gcc.sh FOLDER OUT SOURCE
set -eu
folder=$1 out=$2 source=$3
headers=$(echo "$folder"/usr/include/*-linux-musl)
libraries=$(echo "$folder"/usr/lib/*-linux-musl)
gcc -O2 -Wall -Wextra -Werror -static -nostdinc -nostdlib -isystem "$headers" -isystem "$(gcc -print-file-name=include)" \
	-o "$out" "$libraries/crt1.o" "$libraries/crti.o" "$source" "$libraries/libc.a" -lgcc "$libraries/crtn.o"
