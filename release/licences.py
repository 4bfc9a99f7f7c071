"""The licences of the crates in the program of a target, with the texts that the crates contain.

    licences.py TARGET FEATURES > FILE

Whether each licence is permitted is decided by deny.toml (`cargo deny check licenses`). A text that several crates have is printed
once. Fails for a crate that has neither a text nor an expression of the licences below.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

NAME = re.compile(r"(licen[sc]e|copying|copyright|notice|unlicense)([-._].*)?", re.I)
# Sources and tests of these names are no licences.
SOURCE = {".rs", ".c", ".h", ".py", ".json", ".toml", ".spdx", ".hbs"}
# Texts of chatferry's own licences stand for crates that only name them.
OWN = {"MIT": "LICENSE-MIT", "Apache-2.0": "LICENSE-APACHE"}


def crates(target, features):
    """Packages that are linked into the program, by name and version: what it depends on, but for builds and tests."""
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", target, "--features", features]
    metadata = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    root = metadata["resolve"]["root"]
    reached, open_ = {root}, [root]
    while open_:
        for dependency in nodes[open_.pop()]["deps"]:
            is_linked = any(kind["kind"] is None for kind in dependency["dep_kinds"])
            if is_linked and dependency["pkg"] not in reached:
                reached.add(dependency["pkg"])
                open_.append(dependency["pkg"])
    packages = (package for package in metadata["packages"] if package["id"] in reached - {root})
    return sorted(packages, key=lambda package: (package["name"], package["version"]))


def texts(package):
    """Texts below the folder of a crate: its own, and those of sources that it contains."""
    folder = Path(package["manifest_path"]).parent
    for path in sorted(folder.rglob("*")):
        if path.is_file() and NAME.fullmatch(path.name) and path.suffix not in SOURCE:
            yield path.read_text(encoding="utf-8", errors="replace").replace("\r\n", "\n").strip()


def main(target, features):
    by_text, overview, missing = {}, [], []
    for package in crates(target, features):
        name = f"{package['name']} {package['version']}"
        expression = package["license"] or "see its text"
        found = list(texts(package))
        if not found:
            named = [own for own in OWN if own in re.split(r"[ ()/]+", expression)]
            if not named:
                missing.append(f"{name} ({expression})")
                continue
            authors = ", ".join(re.sub(r" *<.*>", "", author) for author in package["authors"])
            expression += f"; its text is that of {OWN[named[0]]}, its authors are {authors or 'those named at crates.io'}"
        overview.append(f"{name}: {expression}")
        for text in found:
            # Line breaks and indents of the same licence differ between crates.
            by_text.setdefault(" ".join(text.split()), (text, []))[1].append(name)
    if missing:
        sys.exit(f"no text of the licence of {', '.join(missing)}")
    print("Licences of the crates in chatferry\n\n" + "\n".join(overview))
    for text, names in sorted(by_text.values(), key=lambda item: (-len(item[1]), item[1])):
        names = list(dict.fromkeys(names))
        print(f"\n{'-' * 80}\n{', '.join(names)}\n\n{text}")


if len(sys.argv) != 3:
    sys.exit(__doc__)
sys.stdout.reconfigure(encoding="utf-8", newline="\n")
main(*sys.argv[1:])
