#!/usr/bin/env bash
# reproducible.sh [linux-x86_64|linux-aarch64|windows-x86_64]: builds the committed sources in two folders and compares the packages,
# byte for byte. Takes twice the time of a build.
source "$(dirname "$0")/steps.sh"

script=${1:-linux-x86_64}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
commit=$(git rev-parse HEAD)
for folder in "$work/one" "$work/another/one"; do
    git clone --quiet "$root" "$folder"
    git -C "$folder" checkout --quiet "$commit"
    (unset CARGO_TARGET_DIR CHATFERRY_PACKAGES && "$folder/release/$script.sh")
done
cmp "$work/one/target/packages/SHA256SUMS" "$work/another/one/target/packages/SHA256SUMS"
cat "$work/one/target/packages/SHA256SUMS"
echo "$script of $commit: the same bytes from two folders"
