"""Whether the cost of a message stays the same while a migration grows: parse, plan and import of 10,000 messages, 100,000 and
1,000,000, in chats of 10,000.

    growth.py --chatferry PROGRAM [--sizes 10000 100000 1000000] [--work FOLDER]

10,000,000 takes about ten times as long as the largest size here: `--sizes 10000000`. The import goes to `sandbox --discard --rate 0`
on the same machine. Prints a table of Markdown: processor time of chatferry's process alone, per message, and its peak memory.
Fails if a number of messages is not that of the truth.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import truth

CHAT = 10_000
OWNER = "Anna Example"
SETTINGS = f"""[source]
archives = ["exports"]
timezone = "Europe/Berlin"
owner = ["{OWNER}"]
local_phone = "+4915112345678"

[import]
contacts = "contacts.csv"
checkpoint = "chatferry.db"

[limits]
requests_per_second = 100000.0
concurrency = 64
"""


def measure(command, folder, environment=None):
    """Output, seconds of processor time, and peak memory in MB of one process."""
    with open(folder / "output", "w+") as out, open(folder / "errors", "w") as errors:
        child = subprocess.Popen(command, cwd=folder, stdout=out, stderr=errors, env={**os.environ, **(environment or {})})
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: status {child.returncode}\n{(folder / 'errors').read_text()[-2000:]}")
    return folder / "output", usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / 1e6


def migration(folder, size):
    """A folder with the exports, the settings and contacts.csv; the number of messages to import."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "exports").mkdir(parents=True)
    rows = ["chat,participant,role,phone,lead_id,contact_id,user_id\n", f"*,{OWNER},me,+4915112345678,,,user_anna\n"]
    expected = 0
    for index in range(max(1, size // CHAT)):
        number = min(CHAT, size)
        name = f"Customer {index:04}"
        with open(folder / "exports" / f"WhatsApp Chat with {name}.txt", "w", encoding="utf-8", newline="") as out:
            out.writelines(truth.transcript(number, "android", (OWNER, name), index))
        texts = (text for _, sender, text in truth.conversation(number, "android", (OWNER, name), index) if sender is not None)
        expected += sum(text != truth.DELETED["android"] for text in texts)
        rows.append(f"{name},{name},contact,+49151{20000000 + index},lead_{index:06},cont_{index:06},\n")
    (folder / "contacts.csv").write_text("".join(rows))
    (folder / "chatferry.toml").write_text(SETTINGS)
    return expected


def expect(what, found, expected):
    if found != expected:
        sys.exit(f"{what}: {found} messages, not {expected}")


def last_object(output):
    return json.loads(output.read_text().strip().splitlines()[-1])


def run(program, folder, size):
    """Seconds and MB of parse, plan, import and of the plan after it."""
    expected = migration(folder, size)
    parse = measure([program, "parse", "exports"], folder)
    with open(parse[0], "rb") as lines:
        expect("parse", sum(1 for _ in lines), size)
    plan = measure([program, "plan", "--offline", "--json"], folder)
    expect("plan", last_object(plan[0])["created"], expected)
    sandbox = subprocess.Popen(
        [program, "sandbox", "--discard", "--rate", "0", "--contacts", "contacts.csv"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        address = sandbox.stdout.readline().strip()
        environment = {"CLOSE_BASE_URL": address, "CLOSE_API_KEY": "api_sandbox.key"}
        imported = measure([program, "import", "--yes", "--json"], folder, environment)
        expect("import", last_object(imported[0])["created"], expected)
        again = measure([program, "plan", "--offline", "--json"], folder, environment)
        expect("plan after the import", last_object(again[0])["created"], 0)
    finally:
        sandbox.kill()
        sandbox.wait()
    return [part[1:] for part in (parse, plan, imported, again)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chatferry", required=True, type=Path)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--work", type=Path, default=Path(__file__).parent.parent.parent / "target/peers")
    given = parser.parse_args()
    folder = given.work.resolve() / "growth"
    program = given.chatferry.resolve()
    print("| messages | parse | plan | import | plan after the import |\n|---|---|---|---|---|", flush=True)
    for size in given.sizes:
        began = time.monotonic()
        cells = [f"{seconds * 1e6 / size:.1f} µs, {memory:,.0f} MB" for seconds, memory in run(program, folder, size)]
        print(f"| {size:,} | {' | '.join(cells)} |", flush=True)
        print(f"{size:,}: {time.monotonic() - began:.0f} s", file=sys.stderr)
    shutil.rmtree(folder, ignore_errors=True)


main()
