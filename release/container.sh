#!/usr/bin/env bash
# container.sh [x86_64|aarch64]: an image with nothing but the program, as an OCI archive, from the package that linux-x86_64.sh or
# linux-aarch64.sh made. Needs buildah (Debian: buildah) and neither a daemon nor a network.
source "$(dirname "$0")/steps.sh"

processor=${1:-x86_64}
case "$processor" in
    x86_64) architecture=amd64 ;;
    aarch64) architecture=arm64 ;;
    *) echo "container.sh [x86_64|aarch64]" >&2; exit 2 ;;
esac
name=chatferry-$version-$processor-unknown-linux-musl
package=$packages/$name.tar.gz
[ -f "$package" ] || { echo "$package is missing: run release/linux-$processor.sh before" >&2; exit 1; }
has buildah || { skip "container image: there is no buildah (apt-get install buildah)"; exit 0; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
context=$work/context
mkdir -p "$context/data" "$context/root/tmp" "$context/root/licences"
tar -xzf "$package" -C "$work"
cp "$work/$name/chatferry" "$context/root/"
cp "$work/$name"/LICENSE* "$context/root/licences/"
chmod 755 "$context" "$context/data" "$context/root" "$context/root/licences"
chmod 1777 "$context/root/tmp"
# The layer has the times of its files.
find "$context" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +

# Works without a daemon, without an overlay file system and inside of a container.
export STORAGE_DRIVER=${STORAGE_DRIVER:-vfs} BUILDAH_ISOLATION=${BUILDAH_ISOLATION:-chroot}
storage=(buildah --root "$work/storage" --runroot "$work/run")
tag=localhost/chatferry:$version
"${storage[@]}" build --quiet --pull-never --timestamp "$SOURCE_DATE_EPOCH" --arch "$architecture" \
    --file release/Containerfile --tag "$tag" "$context" >/dev/null
image=$packages/chatferry-$version-linux-$architecture.oci.tar
"${storage[@]}" push --quiet "$tag" "oci:$work/oci:chatferry:$version"
# An archive by buildah has the time at which it was written.
python3 release/archive.py pack "$work/oci" "$image"
# buildah's files are of its own user, and read-only.
"${storage[@]}" rmi --all --force >/dev/null 2>&1 || true
python3 release/archive.py sums "$packages"
python3 release/image.py "$image" "$architecture"
ls -l "$image"
