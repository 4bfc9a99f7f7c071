"""Installers and package descriptions of a release, for packages that are built already.

    installers.py PACKAGES OUT [REPOSITORY]

PACKAGES has SHA256SUMS, OUT gets the files. The address of the repository is the line of release/repository. While it is
empty nothing is written: no address is invented. Templates are in release/installers; in them

    @repository@, @owner@, @version@    are the address, the owner in it, the version of Cargo.toml
    @sha256 TARGET.KIND@                is the checksum of that package

A template whose package is missing is left out, and named.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
# Debian's names of processors, and the targets.
DEBIAN = {"amd64": "x86_64-unknown-linux-musl", "arm64": "aarch64-unknown-linux-musl"}
# Plain http is for the tests of this file, on this machine.
ADDRESS = re.compile(r"https://[a-z0-9.-]+(:\d+)?(/[\w.-]+)*/([\w.-]+)/[\w.-]+|http://127\.0\.0\.1:\d+/([\w.-]+)/[\w.-]+")


class Missing(Exception):
    """A package that a template needs."""


def version():
    cargo = (HERE.parent / "Cargo.toml").read_text()
    return re.search(r'^version = "(.*)"$', cargo, re.M)[1]


def checksums(packages):
    lines = (packages / "SHA256SUMS").read_text().splitlines()
    return {name: digest for digest, name in (line.split("  ", 1) for line in lines)}


def fill(text, values, sums):
    def value(match):
        word, _, package = match[1].partition(" ")
        if word != "sha256":
            return values[word]
        name = f"chatferry-{values['version']}-{package}"
        if name not in sums:
            raise Missing(name)
        return sums[name]

    return re.sub(r"@([a-z0-9]+(?: [\w.-]+)?)@", value, text)


def install_script(text, values, sums):
    """The script for the systems whose packages are there."""
    lines = []
    for line in text.splitlines(keepends=True):
        try:
            lines.append(fill(line, values, sums))
        except Missing as missing:
            print(f"install.sh: without {missing}")
    return "".join(lines)


def debian(packages, out, values):
    """Packages for Debian, where dpkg-deb is installed."""
    if shutil.which("dpkg-deb") is None:
        print("skipped: deb: there is no dpkg-deb")
        return
    for architecture, target in DEBIAN.items():
        name = f"chatferry-{values['version']}-{target}"
        if not (packages / f"{name}.tar.gz").exists():
            print(f"deb: without {name}.tar.gz")
            continue
        with tempfile.TemporaryDirectory() as work:
            with tarfile.open(packages / f"{name}.tar.gz") as archive:
                archive.extractall(work)
            debian_tree(Path(work) / name, Path(work) / "tree", {**values, "architecture": architecture})
            file = out / f"chatferry_{values['version']}_{architecture}.deb"
            command = ["dpkg-deb", "--root-owner-group", "-Zxz", "--build", str(Path(work) / "tree"), str(file)]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def debian_tree(source, tree, values):
    places = {
        "chatferry": "usr/bin/chatferry",
        "completions/chatferry.bash": "usr/share/bash-completion/completions/chatferry",
        "completions/_chatferry": "usr/share/zsh/vendor-completions/_chatferry",
        "completions/chatferry.fish": "usr/share/fish/vendor_completions.d/chatferry.fish",
        "man/chatferry.1": "usr/share/man/man1/chatferry.1",
        "LICENSE-MIT": "usr/share/doc/chatferry/copyright",
        "LICENSE-APACHE": "usr/share/doc/chatferry/LICENSE-APACHE",
        "LICENSES-OF-CRATES.txt": "usr/share/doc/chatferry/LICENSES-OF-CRATES.txt",
    }
    control = tree / "DEBIAN/control"
    control.parent.mkdir(parents=True)
    control.write_text(fill((HERE / "installers/control").read_text(), values, {}))
    for name, place in places.items():
        if (source / name).exists():
            (tree / place).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / name, tree / place)
            os.chmod(tree / place, 0o755 if name == "chatferry" else 0o644)
    for path in [tree, *tree.rglob("*")]:
        if path.is_dir():
            path.chmod(0o755)


def main(packages, out, repository):
    if not repository:
        print("skipped: installers: release/repository has no address")
        return
    match = ADDRESS.fullmatch(repository)
    if match is None:
        sys.exit(f"{repository}: not an address like https://HOST/OWNER/chatferry")
    values = {"repository": repository, "owner": match[3] or match[4], "version": version()}
    sums = checksums(packages)
    out.mkdir(parents=True, exist_ok=True)
    for template in sorted((HERE / "installers").iterdir()):
        text = template.read_text()
        if template.name == "control":
            debian(packages, out, values)
        elif template.name == "install.sh":
            (out / template.name).write_text(install_script(text, values, sums))
        else:
            try:
                (out / template.name).write_text(fill(text, values, sums))
            except Missing as missing:
                print(f"{template.name}: left out, without {missing}")
    for path in sorted(out.iterdir()):
        print(hashlib.sha256(path.read_bytes()).hexdigest(), path.name)


if len(sys.argv) not in (3, 4):
    sys.exit(__doc__)
given = sys.argv[3] if len(sys.argv) == 4 else (HERE / "repository").read_text()
main(Path(sys.argv[1]), Path(sys.argv[2]), given.strip().rstrip("/"))
