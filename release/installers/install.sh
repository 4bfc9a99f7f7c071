#!/bin/sh
# Installs chatferry @version@ for the user who runs it: downloads the package for this machine, compares its checksum with the one
# below, and copies the program. CHATFERRY_BIN names the folder (~/.local/bin).
set -eu

case "$(uname -s) $(uname -m)" in
    "Linux x86_64") target=x86_64-unknown-linux-musl sum=@sha256 x86_64-unknown-linux-musl.tar.gz@ ;;
    "Linux aarch64") target=aarch64-unknown-linux-musl sum=@sha256 aarch64-unknown-linux-musl.tar.gz@ ;;
    "Darwin arm64") target=aarch64-apple-darwin sum=@sha256 aarch64-apple-darwin.tar.gz@ ;;
    "Darwin x86_64") target=x86_64-apple-darwin sum=@sha256 x86_64-apple-darwin.tar.gz@ ;;
    *)
        echo "there is no package for $(uname -s) $(uname -m); build chatferry from its sources" >&2
        exit 1
        ;;
esac
name=chatferry-@version@-$target
bin=${CHATFERRY_BIN:-$HOME/.local/bin}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

address=@repository@/releases/download/v@version@/$name.tar.gz
if command -v curl >/dev/null; then
    curl --fail --silent --show-error --location --output "$work/$name.tar.gz" "$address"
else
    wget --quiet --output-document "$work/$name.tar.gz" "$address"
fi
if command -v sha256sum >/dev/null; then
    found=$(sha256sum "$work/$name.tar.gz")
else
    found=$(shasum -a 256 "$work/$name.tar.gz")
fi
if [ "${found%% *}" != "$sum" ]; then
    echo "$name.tar.gz: the checksum is not that of the release; nothing was installed" >&2
    exit 1
fi

tar -xzf "$work/$name.tar.gz" -C "$work"
mkdir -p "$bin"
# By a rename: a program that runs meanwhile keeps its file.
cp "$work/$name/chatferry" "$bin/.chatferry.new"
chmod 755 "$bin/.chatferry.new"
mv "$bin/.chatferry.new" "$bin/chatferry"
echo "Installed $("$bin/chatferry" -V) as $bin/chatferry"
