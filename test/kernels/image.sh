#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Packs what runs under a kernel in a virtual machine: the built command with its Node.js and what it calls, the tools of
# the kernel tests, init and place beside this, the files of a folder as they are, and the modules of all kernels that are in
# FOLDER. Prints the path of the image.
#   image.sh FOLDER DIST TOOLS FILES
set -eu
here=$(dirname "$0")
folder=$1 dist=$2 tools=$3 files=$4
root=$folder/root
rm -rf "$root"
modules=("$folder"/*/modules/*)
mkdir -p "$root"/{bin,proc,sys,dev,tmp,modules}
cp "$here"/{init,place} "$files"/* "$root"
cp -R "${modules[@]}" "$root/modules"
PATH=$PATH:/usr/sbin
cp "$tools"/{dial,echo,talk,verify} "$root/bin"
for command in busybox flock bpftool nsenter ss timeout; do cp "$(command -v $command)" "$root/bin"; done
cp "$(readlink -f "$dist/node")" "$root/bin/node"
mkdir "$root/balancing"
cp -R "$dist"/*.js "$dist/bpf" "$root/balancing"
for library in $(ldd "$root"/bin/* 2>/dev/null | grep -o '/[^ ]*\.so[^ ]*' | sort -u); do
	mkdir -p "$root$(dirname "$library")"
	cp -L "$library" "$root$library"
done
(cd "$root" && find . | cpio -o -H newc --quiet) >"$folder/initramfs.cpio"
rm -rf "$root"
echo "$folder/initramfs.cpio"
