#!/usr/bin/env bash
# Windows on x86-64, built elsewhere by mingw (Debian: gcc-mingw-w64-x86-64). It is built and not run: Wine of Debian 12 lacks
# a library that Rust's standard library needs. The workflow builds with windows-msvc.sh, on Windows.
source "$(dirname "$0")/steps.sh"

target=x86_64-pc-windows-gnu
has x86_64-w64-mingw32-gcc || { skip "$target: there is no mingw (apt-get install gcc-mingw-w64-x86-64)"; exit 0; }
add_target "$target" || { skip "$target: its standard library is missing (rustup target add $target)"; exit 0; }

build "$target" cargo build
# Completions and manual page are the same for every system.
writer=$build_folder/x86_64-unknown-linux-musl/dist/chatferry
if [ -x "$writer" ] && [ "$(uname -sm)" = "Linux x86_64" ]; then
    package "$target" "$build_folder/$target/dist/chatferry.exe" zip "$writer"
else
    package "$target" "$build_folder/$target/dist/chatferry.exe" zip
fi
skip "smoke test of $target: it is not run on this machine"
