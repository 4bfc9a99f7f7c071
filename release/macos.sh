#!/usr/bin/env bash
# macOS, on a Mac: for its own processor, or for that of the argument (aarch64, x86_64). Needs Rust, Apple's command line tools and
# Python 3.
source "$(dirname "$0")/steps.sh"

if [ "$(uname -s)" != Darwin ]; then
    skip "macOS: this machine is $(uname -sm), and Apple's frameworks are on Macs only"
    exit 0
fi
own=$(uname -m | sed 's/arm64/aarch64/')
processor=${1:-$own}
target=$processor-apple-darwin
add_target "$target" || { skip "$target: its standard library is missing (rustup target add $target)"; exit 0; }

export MACOSX_DEPLOYMENT_TARGET=11.0
build "$target" cargo build
program=$build_folder/$target/dist/chatferry
if [ "$processor" = "$own" ]; then
    package "$target" "$program" tar.gz "$program"
    release/smoke.sh "$packages/chatferry-$version-$target.tar.gz"
else
    package "$target" "$program" tar.gz
    skip "smoke test of $target: this Mac is $own"
fi
