#!/bin/sh
# Compiles a program with a musl that asks nameservers over TCP too (1.2.4 or later): Debian 13's, by this machine's own
# apt sources with the release's name replaced.
#   musl-gcc.sh FOLDER OUT SOURCE
set -eu
folder=$1 out=$2 source=$3
if [ ! -e "$folder/done" ]; then
	rm -rf "$folder"
	mkdir -p "$folder/sources" "$folder/lists/partial" "$folder/cache/archives/partial"
	cd "$folder"
	here=$(. /etc/os-release && echo "$VERSION_CODENAME")
	for list in /etc/apt/sources.list /etc/apt/sources.list.d/debian*; do
		[ ! -e "$list" ] || sed "s/\b$here\b/trixie/g" "$list" > "sources/$(basename "$list")"
	done
	set -- -qq -o Dir::Etc::SourceList=/dev/null -o "Dir::Etc::SourceParts=$PWD/sources" -o "Dir::State::Lists=$PWD/lists" \
		-o "Dir::Cache=$PWD/cache" -o APT::Sandbox::User=root
	apt-get "$@" update >&2
	apt-get "$@" download musl-dev >&2
	dpkg -x musl-dev_*.deb .
	rm -rf ./*.deb sources lists cache
	touch done
	cd "$OLDPWD"
fi
headers=$(echo "$folder"/usr/include/*-linux-musl)
libraries=$(echo "$folder"/usr/lib/*-linux-musl)
gcc -O2 -Wall -Wextra -Werror -static -nostdinc -nostdlib -isystem "$headers" -isystem "$(gcc -print-file-name=include)" \
	-o "$out" "$libraries/crt1.o" "$libraries/crti.o" "$source" "$libraries/libc.a" -lgcc "$libraries/crtn.o"
