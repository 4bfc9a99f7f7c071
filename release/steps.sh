# Steps that the scripts of the targets share. Each of them reads this file; it does nothing by itself.
#
# CHATFERRY_PACKAGES names the folder for packages (target/packages), CARGO_TARGET_DIR that of the build (target).

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
build_folder=${CARGO_TARGET_DIR:-$root/target}
packages=${CHATFERRY_PACKAGES:-$build_folder/packages}
# What users without a Rust toolchain cannot add.
features=cloud

# Prints what is left out and why, and goes on; with CHATFERRY_RELEASE=1, as in the workflow, nothing may be left out.
skip() {
    echo "skipped: $*" >&2
    [ "${CHATFERRY_RELEASE:-}" != 1 ] || exit 1
}

has() {
    command -v "$1" >/dev/null 2>&1
}

# The time in every package: that of the commit, or of the newest entry of the change log outside of a repository.
source_date() {
    git log -1 --format=%ct 2>/dev/null || echo 1767225600
}
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(source_date)}

# A path as the compiler writes it.
native_path() {
    if has cygpath; then cygpath -w "$1"; else echo "$1"; fi
}

# build TARGET CARGO...: builds the program. No path of this machine is in it, so that every folder gives the same bytes.
build() {
    local target=$1
    shift
    local cargo_home=${CARGO_HOME:-$HOME/.cargo}
    local flags="" map="" pair
    for pair in "$cargo_home=/cargo" "$build_folder=/build" "$root=/chatferry"; do
        flags+="--remap-path-prefix=$(native_path "${pair%=*}")=${pair##*=}"$'\x1f'
        map+=" -ffile-prefix-map=${pair%=*}=${pair##*=}"
    done
    if [ "${static_runtime:-}" = 1 ]; then
        flags+=$'-Ctarget-feature=+crt-static\x1f'
    fi
    case "$target" in
        *-msvc) ;;
        *) export "CFLAGS_${target//-/_}=${map# }" ;;
    esac
    CARGO_TARGET_DIR=$build_folder CARGO_INCREMENTAL=0 CARGO_ENCODED_RUSTFLAGS=${flags%$'\x1f'} \
        "$@" --locked --profile dist --target "$target" --features "$features" --bin chatferry
}

# Adds the standard library of a target. Fails where it is missing and the toolchain's server cannot be reached.
add_target() {
    has rustup || return 0
    rustup target list --installed | grep -qx "$1" && return 0
    timeout 120 rustup target add "$1" >/dev/null 2>&1
}

# texts FOLDER RUNNER... PROGRAM: completions and the manual page, written by the program.
texts() {
    local folder=$1 shell name
    shift
    mkdir -p "$folder/completions" "$folder/man"
    for shell in bash elvish fish powershell zsh; do
        case "$shell" in
            bash) name=chatferry.bash ;;
            elvish) name=chatferry.elv ;;
            fish) name=chatferry.fish ;;
            powershell) name=_chatferry.ps1 ;;
            zsh) name=_chatferry ;;
        esac
        "$@" completions "$shell" >"$folder/completions/$name"
    done
    "$@" man >"$folder/man/chatferry.1"
}

# The bill of materials of a target, as CycloneDX.
materials() {
    if ! cargo cyclonedx --version >/dev/null 2>&1; then
        skip "bill of materials: install cargo-cyclonedx (cargo install --locked cargo-cyclonedx)"
        return
    fi
    local name=chatferry-$version-$1.cdx
    # It is written next to Cargo.toml.
    cargo cyclonedx --quiet --format json --spec-version 1.5 --target "$1" --features "$features" --override-filename "$name"
    # It names the folder of the sources.
    sed "s|file://$root|file:///chatferry|g" "$name.json" >"$packages/$name.json"
    rm "$name.json"
}

# package TARGET PROGRAM KIND RUNNER...: an archive with the program and what belongs to it. KIND: tar.gz or zip. RUNNER
# runs a program of this machine or of the target: it writes the completions and the manual page.
package() {
    local target=$1 program=$2 kind=$3
    shift 3
    local name=chatferry-$version-$target
    local stage=$build_folder/stage/$name
    rm -rf "$stage"
    mkdir -p "$stage" "$packages"
    cp "$program" README.md CHANGELOG.md SECURITY.md LICENSE-MIT LICENSE-APACHE "$stage/"
    cp -R docs samples "$stage/"
    mkdir "$stage/examples"
    cp -R examples/operations "$stage/examples/"
    if [ $# -gt 0 ]; then
        texts "$stage" "$@"
    else
        skip "completions and manual page of $target: no program runs on this machine; build linux-x86_64 before"
    fi
    python3 release/licences.py "$target" "$features" >"$stage/LICENSES-OF-CRATES.txt"
    python3 release/archive.py pack "$stage" "$packages/$name.$kind"
    materials "$target"
    python3 release/archive.py sums "$packages"
    ls -l "$packages/$name.$kind"
}
