#!/usr/bin/env bash
# Windows on x86-64, on Windows, in Git's bash. Needs Rust with the MSVC build tools and Python 3.
source "$(dirname "$0")/steps.sh"

target=x86_64-pc-windows-msvc
case "$(uname -s)" in
    MINGW* | MSYS* | CYGWIN*) ;;
    *) skip "$target: this machine is $(uname -sm)"; exit 0 ;;
esac

# The runtime of C is in the program, which then needs no other installation.
static_runtime=1
build "$target" cargo build
program=$build_folder/$target/dist/chatferry.exe
package "$target" "$program" zip "$program"
release/smoke.sh "$packages/chatferry-$version-$target.zip"
