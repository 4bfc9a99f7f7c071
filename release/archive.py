"""Archives and checksums that are the same bytes on every machine.

    archive.py pack FOLDER FILE.tar.gz|FILE.zip    the folder, under its own name
    archive.py pack FOLDER FILE.tar                what is in the folder, without its name
    archive.py sums FOLDER                         FOLDER/SHA256SUMS of the files in it

Order, owner, mode and time of the entries come from names and SOURCE_DATE_EPOCH, not from the file system.
"""

import gzip
import hashlib
import os
import sys
import tarfile
import time
import zipfile
from pathlib import Path

EPOCH = int(os.environ.get("SOURCE_DATE_EPOCH", "1767225600"))
# The file whose mode is that of a program.
PROGRAMS = {"chatferry", "chatferry.exe"}


def files(folder):
    """Paths of the files below a folder, in the order of their names, with the names they get."""
    found = (path for path in folder.rglob("*") if path.is_file())
    named = [(path.relative_to(folder.parent).as_posix(), path) for path in found]
    return sorted(named)


def mode(name):
    is_program = name.count("/") == 1 and name.rsplit("/", 1)[1] in PROGRAMS
    return 0o755 if is_program else 0o644


def pack_tar(folder, out, cut=0):
    """`cut`: length of what the names lose at their beginning."""
    with tarfile.open(mode="w", fileobj=out, format=tarfile.USTAR_FORMAT) as archive:
        for name, path in files(folder):
            entry = tarfile.TarInfo(name[cut:])
            entry.size = path.stat().st_size
            entry.mtime = EPOCH
            entry.mode = mode(name)
            with open(path, "rb") as content:
                archive.addfile(entry, content)


def pack_tar_gz(folder, target):
    with open(target, "wb") as raw, gzip.GzipFile("", "wb", 9, raw, EPOCH) as packed:
        pack_tar(folder, packed)


def pack_zip(folder, target):
    # The format has no time before 1980 and no zone.
    when = time.gmtime(max(EPOCH, 315532800))[:6]
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, path in files(folder):
            entry = zipfile.ZipInfo(name, when)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = (0o100000 | mode(name)) << 16
            archive.writestr(entry, path.read_bytes())


def sums(folder):
    lines = []
    for path in sorted(folder.iterdir()):
        if path.is_file() and path.name != "SHA256SUMS":
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            lines.append(f"{digest}  {path.name}\n")
    with open(folder / "SHA256SUMS", "w", newline="\n") as file:
        file.writelines(lines)


def main(arguments):
    match arguments:
        case ["pack", folder, target] if target.endswith(".tar.gz"):
            pack_tar_gz(Path(folder), target)
        case ["pack", folder, target] if target.endswith(".zip"):
            pack_zip(Path(folder), target)
        case ["pack", folder, target] if target.endswith(".tar"):
            with open(target, "wb") as out:
                pack_tar(Path(folder), out, len(Path(folder).name) + 1)
        case ["sums", folder]:
            sums(Path(folder))
        case _:
            sys.exit(__doc__)


main(sys.argv[1:])
