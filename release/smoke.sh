#!/usr/bin/env bash
# smoke.sh ARCHIVE [RUNNER]: unpacks a package and runs its program where there is nothing else: no zone files, no certificates,
# no shell. RUNNER is a static program that runs it, such as qemu-aarch64-static. Fails if anything differs from what it should be.
source "$(dirname "$0")/steps.sh"

archive=$1
runner=${2:-}
verdict='Verified: All 74 messages of 7 chats are in Close, each once; 0 differences'
name=$(basename "$archive")
work=$(mktemp -d)
# Process groups of the servers that it starts.
children=()
end() {
    for child in ${children[@]+"${children[@]}"}; do kill -- "-$child" 2>/dev/null || true; done
    rm -rf "$work"
}
trap end EXIT

fail() {
    echo "$name: $*" >&2
    exit 1
}

# Its checksum is the recorded one.
python3 - "$archive" <<'PYTHON' || fail "its checksum is not that of SHA256SUMS"
import hashlib, pathlib, sys
archive = pathlib.Path(sys.argv[1])
line = f"{hashlib.sha256(archive.read_bytes()).hexdigest()}  {archive.name}"
sys.exit(line not in (archive.parent / "SHA256SUMS").read_text().splitlines())
PYTHON

case "$name" in
    *.zip) stem=${name%.zip} && python3 -m zipfile -e "$archive" "$work" ;;
    *) stem=${name%.tar.gz} && tar -xzf "$archive" -C "$work" ;;
esac
folder=$work/$stem
program=$folder/chatferry
[ -f "$program" ] || program=$folder/chatferry.exe
for file in README.md CHANGELOG.md LICENSE-MIT LICENSE-APACHE LICENSES-OF-CRATES.txt man/chatferry.1 completions/chatferry.bash; do
    [ -s "$folder/$file" ] || fail "$file is missing"
done

# The directory in which it runs: the program, a folder for temporary files and one for data, as in the container image.
bare=$work/bare
mkdir -p "$bare/tmp" "$bare/data"
chmod 1777 "$bare/tmp"
cp "$program" "$bare/chatferry"
inside=()
case "$(uname -s)" in
    Linux)
        command=(/chatferry)
        if [ -n "$runner" ]; then
            cp "$(command -v "$runner")" "$bare/runner"
            command=(/runner /chatferry)
        fi
        if [ "$(id -u)" = 0 ]; then
            inside=(chroot "$bare" "${command[@]}")
        elif unshare --map-root-user true 2>/dev/null; then
            inside=(unshare --map-root-user chroot "$bare" "${command[@]}")
        fi
        ;;
esac
if [ ${#inside[@]} = 0 ]; then
    # No other root directory can be had: an empty folder.
    echo "$name: runs in an empty folder, next to the files of this machine"
    cp "$program" "$bare/"
    inside=($runner "$bare/$(basename "$program")")
fi

# On Linux without the variables of this machine, such as one that names certificates.
clean=()
[ "$(uname -s)" != Linux ] || clean=(env -i "PATH=$PATH")

# run NAME=VALUE... ARGUMENT...: the program, with these variables.
run() {
    local variables=()
    while [[ "$1" == *=* ]]; do
        variables+=("$1")
        shift
    done
    (cd "$bare" && ${clean[@]+"${clean[@]}"} env ${variables[@]+"${variables[@]}"} "${inside[@]}" "$@")
}

printed=$(run --version)
expected="chatferry $version (${CHATFERRY_COMMIT:-$(git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)}"
case "$printed" in
    "$expected"*) ;;
    *) fail "--version prints \"$printed\", not \"$expected...\"" ;;
esac

case "$name" in
    *-musl.tar.gz)
        # The linker leaves out an allocator that nothing uses, and no other test would show it.
        # In its statistics, pages in use show that the program's memory comes from it.
        run MIMALLOC_VERBOSE=1 --version >/dev/null 2>"$work/allocator" || true
        grep -q "mimalloc: process done" "$work/allocator" || fail "mimalloc is not in the program"
        grep -qE "pages +: +[1-9]" "$work/allocator" || fail "mimalloc is in the program, and allocates nothing"
        ;;
esac

run demo --keep data/demo >"$work/demo" 2>"$work/errors" || fail "demo ends with status $?: $(tail -n 3 "$work/errors")"
grep -qF "$verdict" "$work/demo" || fail "demo does not end with \"$verdict\""

# first_line FILE: the first line of what a program in the background prints there.
first_line() {
    for _ in $(seq 300); do
        if [ -s "$1" ]; then head -n 1 "$1"; return; fi
        sleep 0.1
    done
    return 1
}

# An import of the same samples over TLS, from a server that a private authority signed.
tls="not tried on $(uname -s), whose own store has to trust the authority"
if [ "$(uname -s)" = Linux ]; then
    cp tests/it/kit/tls/authority.pem "$bare/data/"
    # With job control a job is a process group, and ends as one.
    set -m
    run sandbox --contacts data/demo/contacts.csv >"$work/sandbox" 2>/dev/null &
    children+=($!)
    address=$(first_line "$work/sandbox") || fail "the sandbox does not start"
    address=${address#http://127.0.0.1:}
    python3 release/terminator.py "${address%%/*}" >"$work/terminator" 2>/dev/null &
    children+=($!)
    set +m
    port=$(first_line "$work/terminator") || fail "TLS in front of the sandbox does not start"
    close=("CLOSE_BASE_URL=https://127.0.0.1:$port/api/v1" CLOSE_API_KEY=api_sandbox.key)
    import=(import --yes --config data/demo/chatferry.toml)

    status=0
    run "${close[@]}" "${import[@]}" >"$work/untrusted" 2>&1 || status=$?
    grep -q "certificate is not trusted" "$work/untrusted" || fail "an unknown authority is not refused: $(tail -n 1 "$work/untrusted")"
    [ "$status" = 4 ] || fail "an unknown authority ends with status $status"
    run "${close[@]}" SSL_CERT_FILE=data/authority.pem "${import[@]}" >"$work/trusted" 2>&1 ||
        fail "the import over TLS ends with status $?: $(tail -n 3 "$work/trusted")"
    grep -q "74 created" "$work/trusted" || fail "the import over TLS does not create 74 messages"
    tls="import over TLS complete"
fi
echo "$name: $printed; demo complete; $tls"
