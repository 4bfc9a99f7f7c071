"""The section of CHANGELOG.md for a version, as the text of its release.

    notes.py VERSION
"""

import re
import sys
from pathlib import Path


def main(version):
    changes = (Path(__file__).parent.parent / "CHANGELOG.md").read_text()
    section = re.search(rf"^## {re.escape(version)}\b.*?\n(.*?)(?=^## |\Z)", changes, re.M | re.S)
    if section is None:
        sys.exit(f"CHANGELOG.md has no section for {version}")
    print(section[1].strip())


if len(sys.argv) != 2:
    sys.exit(__doc__)
main(sys.argv[1])
