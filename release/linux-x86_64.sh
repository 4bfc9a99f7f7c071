#!/usr/bin/env bash
# Linux on x86-64: one static program (musl, mimalloc). Needs Rust, musl-gcc (Debian: musl-tools) and Python 3.
source "$(dirname "$0")/steps.sh"

target=x86_64-unknown-linux-musl
has musl-gcc || { skip "$target: there is no musl-gcc (apt-get install musl-tools)"; exit 0; }
add_target "$target" || { skip "$target: its standard library is missing (rustup target add $target)"; exit 0; }

build "$target" cargo build
program=$build_folder/$target/dist/chatferry
if [ "$(uname -sm)" = "Linux x86_64" ]; then
    package "$target" "$program" tar.gz "$program"
    release/smoke.sh "$packages/chatferry-$version-$target.tar.gz"
else
    package "$target" "$program" tar.gz
    skip "smoke test of $target: this machine is $(uname -sm)"
fi
