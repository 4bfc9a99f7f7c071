#!/usr/bin/env bash
# Linux on 64-bit ARM: one static program (musl, mimalloc). Needs Rust, Zig, cargo-zigbuild (PyPI: ziglang, cargo-zigbuild) and
# Python 3. On another machine qemu-aarch64-static (Debian: qemu-user-static) runs it.
source "$(dirname "$0")/steps.sh"

target=aarch64-unknown-linux-musl
cargo zigbuild --help >/dev/null 2>&1 || { skip "$target: there is no cargo-zigbuild (pip install cargo-zigbuild ziglang)"; exit 0; }
add_target "$target" || { skip "$target: its standard library is missing (rustup target add $target)"; exit 0; }

build "$target" cargo zigbuild
program=$build_folder/$target/dist/chatferry
archive=$packages/chatferry-$version-$target.tar.gz
if [ "$(uname -sm)" = "Linux aarch64" ]; then
    package "$target" "$program" tar.gz "$program"
    release/smoke.sh "$archive"
elif has qemu-aarch64-static; then
    package "$target" "$program" tar.gz qemu-aarch64-static "$program"
    release/smoke.sh "$archive" qemu-aarch64-static
else
    package "$target" "$program" tar.gz
    skip "smoke test of $target: there is no qemu-aarch64-static (apt-get install qemu-user-static)"
fi
