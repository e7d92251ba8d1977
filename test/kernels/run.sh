#!/bin/bash
# Loads the programs under other kernels, each in a virtual machine, and prints what their verifiers say; then applies a
# spec and dials it. Exits 1 when a kernel is not as it should be.
#   run.sh FOLDER DIST VERIFY RELEASE:PACKAGE...
set -eu
here=$(dirname "$0")
folder=$1 dist=$2 verify=$3
shift 3
root=$folder/root
rm -rf "$root"
mkdir -p "$root"/{bin,proc,sys,dev}
cp "$here/init" "$here/dial.mjs" "$root"
cp "$verify" "$(command -v busybox)" "$(command -v flock)" "$(PATH=$PATH:/usr/sbin command -v bpftool)" "$(readlink -f "$dist/node")" "$root/bin"
mkdir "$root/balancing"
cp -R "$dist"/*.js "$dist/bpf" "$root/balancing"
for library in $(ldd "$root"/bin/{bpftool,flock,node,verify} | grep -o '/[^ ]*\.so[^ ]*' | sort -u); do
	mkdir -p "$root$(dirname "$library")"
	cp -L "$library" "$root$library"
done
node "$here/steps.ts" "$root" /sys/fs/bpf/test
(cd "$root" && find . | cpio -o -H newc --quiet) > "$folder/initramfs.cpio"

failed=0
while read -r name vmlinuz; do
	timeout 120 qemu-system-x86_64 -accel tcg -cpu max -m 1024 -nographic -no-reboot -nodefaults -serial stdio \
		-kernel "$vmlinuz" -initrd "$folder/initramfs.cpio" -append 'console=ttyS0 quiet panic=-1 rdinit=/init' \
		</dev/null 2>&1 | tr -d '\r' > "$folder/$name.log" || true
	sed -n '/^kernel /,$p' "$folder/$name.log"
	for line in 'bpftool loads 8 programs' 'verify  0' 'tcp     backend answers as 10.96.0.1:80' \
		'udp     backend answers as 10.96.0.1:53' 'status  program   sendmsg6       attached'; do
		grep -qxF "$line" "$folder/$name.log" || { echo "not as it should be: no line '$line'"; failed=1; }
	done
done < <("$here/fetch.sh" "$folder" "$@")
exit $failed
