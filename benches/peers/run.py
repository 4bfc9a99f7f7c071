"""Readers of WhatsApp exports against chatferry: the same input, whole processes, in turns; each result against the truth.

    run.py --chatferry PROGRAM [--messages 1000000] [--rounds 3] [--work FOLDER] [--phone android|iphone] [--only NAME...]

Installs the readers by name from npm, PyPI and crates.io into FOLDER (target/peers), at the versions below. Prints two tables
of Markdown: what each needs (the least of the rounds: processor time of the process, and its peak memory), and what of the
truth it finds. A reader that cannot be installed is named and left out; one that fails is shown with its error.
"""

import argparse
import collections
import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import truth

HERE = Path(__file__).parent
READERS = HERE / "readers"
PYTHON = {"whatstk": "0.9.1", "chat-miner": "0.6.0", "whatsapp-chat-exporter": "0.13.1"}
NODE = {"whatsapp-chat-parser": "4.0.2"}
CRATES = {"chatpack": "0.7.0", "wc-parser": "0.1.2"}
# What readers return for a medium that is not there, and for a deleted message: it has no text.
EMPTY = {
    "<Media omitted>",
    "image omitted",
    "The media is omitted in the chat",
    "This message was deleted",
    "This message was deleted.",
}
# Readers of one form only. On another, this one does not end.
ONLY_ANDROID = {"whatsapp-chat-exporter"}
# Seconds of processor time after which a reader is stopped.
LIMIT = 900
# Directional marks and spaces that readers keep, drop or normalise.
MARKS = re.compile("[\u200e\u200f\u202a-\u202e\r]")


def quietly(command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    if done.returncode != 0:
        raise OSError(f"{command[0]}: {done.stdout.strip().splitlines()[-1:]}")


def install(work):
    """The command of each reader that could be installed, without file and mode."""
    commands = {}
    environment = work / "python"
    python = environment / "bin/python"
    try:
        if not python.exists():
            quietly([sys.executable, "-m", "venv", environment])
        quietly([python, "-m", "pip", "install", "--quiet", *(f"{name}=={version}" for name, version in PYTHON.items())])
        # A script of the name of the package would be imported in its place.
        commands |= {name: [python, READERS / f"{name.replace('-', '_')}_reader.py"] for name in PYTHON}
    except OSError as error:
        print(f"left out: {', '.join(PYTHON)}: {error}", file=sys.stderr)
    try:
        node = work / "node"
        node.mkdir(exist_ok=True)
        (node / "package.json").write_text(json.dumps({"private": True, "dependencies": NODE}))
        quietly(["npm", "install", "--silent", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=node)
        commands |= {name: ["env", f"PEERS_NODE={node}/index.js", "node", READERS / f"{name}.mjs"] for name in NODE}
    except OSError as error:
        print(f"left out: {', '.join(NODE)}: {error}", file=sys.stderr)
    try:
        target = work / "crates"
        quietly(["cargo", "build", "--release", "--locked"], cwd=READERS / "crates", env={**os.environ, "CARGO_TARGET_DIR": target})
        commands |= {name: [target / "release/peers", name] for name in CRATES}
    except OSError as error:
        print(f"left out: {', '.join(CRATES)}: {error}", file=sys.stderr)
    return commands


def arguments(name, command, file, mode):
    if name == "chatferry":
        return [*command, "parse", file]
    extra = [json.dumps(truth.PEOPLE)] if name == "whatsapp-chat-exporter" else []
    return [*command, file, mode, *extra]


def measure(command, errors):
    """Status, seconds of processor time, seconds of the clock, peak memory in MB of one process."""
    with open(errors, "w") as stderr:
        began = time.monotonic()
        child = subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            env={**os.environ, "TZ": "UTC"},
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (LIMIT, LIMIT + 5)),
        )
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.monotonic() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    return child.returncode, usage.ru_utime + usage.ru_stime, seconds, usage.ru_maxrss * 1024 / 1e6


def clean(text):
    text = MARKS.sub("", text or "").strip()
    return "" if text in EMPTY else text


def found(name, command, file):
    """Time, sender and text of the messages that a reader finds; notices are not among them."""
    env = {**os.environ, "TZ": "UTC"}
    child = subprocess.Popen(arguments(name, command, file, "messages"), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=env)
    for line in child.stdout:
        line = json.loads(line)
        if name == "chatferry":
            is_message = line["sender"] is not None and line["kind"] != "system"
            line = [line["local_time"][:16], line["sender"] if is_message else None, line["text"]]
        if line[1] is not None:
            yield line[0], clean(line[1]), clean(line[2])
    child.wait()


def judge(name, command, file, number, phone):
    """Of the true messages: how many are found with time, sender and text; with several lines; senders; times."""
    true = [
        (f"{when:%Y-%m-%dT%H:%M}", sender, clean(text))
        for when, sender, text in truth.conversation(number, phone)
        if sender is not None
    ]
    listed = list(found(name, command, file))
    common = collections.Counter(true) & collections.Counter(listed)

    def shares(place):
        """Whether the values of one field are the same, each as often."""
        return collections.Counter(item[place] for item in true) == collections.Counter(item[place] for item in listed)

    long = collections.Counter(item for item in true if "\n" in item[2])
    return {
        "true": len(true),
        "found": len(listed),
        "right": common.total(),
        "long": long.total(),
        "long_right": (long & common).total(),
        "senders": shares(1),
        "times": shares(0),
    }


def yes(value):
    return "yes" if value else "**no**"


def show(results, truths):
    print("| reader | processor time | peak memory | of chatferry's time |\n|---|---|---|---|")
    base = results["chatferry"][1]
    for name, result in results.items():
        if isinstance(result, str):
            print(f"| {name} | fails: {result} | | |")
        else:
            print(f"| {name} | {result[1]:.2f} s | {result[3]:,.0f} MB | {result[1] / base:.1f} |")
    print("\n| reader | messages found | with right time, sender and text | texts of several lines | senders | times |\n|---|---|---|---|---|---|")
    for name, judged in truths.items():
        print(
            f"| {name} | {judged['found']:,} of {judged['true']:,} | {judged['right']:,} | "
            f"{judged['long_right']:,} of {judged['long']:,} | {yes(judged['senders'])} | {yes(judged['times'])} |"
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chatferry", required=True, type=Path)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--work", type=Path, default=HERE.parent.parent / "target/peers")
    parser.add_argument("--phone", choices=list(truth.OMITTED), default="android")
    parser.add_argument("--only", nargs="*")
    given = parser.parse_args()
    work = given.work.resolve()
    work.mkdir(parents=True, exist_ok=True)

    commands = {"chatferry": [given.chatferry.resolve()], **install(work)}
    if given.phone != "android":
        commands = {name: command for name, command in commands.items() if name not in ONLY_ANDROID}
    if given.only:
        commands = {name: command for name, command in commands.items() if name == "chatferry" or name in given.only}
    file = work / f"WhatsApp Chat with {truth.PEOPLE[1]}.txt"
    with open(file, "w", encoding="utf-8", newline="") as out:
        out.writelines(truth.transcript(given.messages, given.phone))

    results = {}
    # In turns, so that a busy minute of the machine meets all of them.
    for _ in range(given.rounds):
        for name, command in commands.items():
            errors = work / f"{name}.errors"
            result = measure(arguments(name, command, file, "count"), errors)
            if result[0] == -signal.SIGXCPU:
                results[name] = f"needs more than {LIMIT} s"
            elif result[0] != 0:
                results[name] = (errors.read_text().strip().splitlines() or [f"status {result[0]}"])[-1]
            elif name not in results or result[1] < results[name][1]:
                results[name] = result
    truths = {
        name: judge(name, commands[name], file, given.messages, given.phone)
        for name, result in results.items()
        if not isinstance(result, str)
    }
    print(f"{given.messages:,} messages, {given.phone}, {file.stat().st_size / 1e6:.0f} MB, {given.rounds} rounds\n")
    show(results, truths)


main()
