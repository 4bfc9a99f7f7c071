"""One import as a child process: its exit status, and the numbers of its summary.

For schedulers written in Python; needs Python 3.10 and nothing else. Only numbers and a code leave this module: the message of an
error stays on stderr, where chatferry replaces names and numbers of people if it is not a terminal. Statuses and fields:
docs/reference/exit-status.md.
"""

import json
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

# Requests in progress are finished after SIGTERM, in seconds.
STOP_SECONDS = 60
# Codes of errors, such as `checkpoint.locked`.
CODE = re.compile(r"[a-z0-9_.]{1,60}")

MEANINGS = {
    0: "complete",
    1: "a bug in chatferry",
    2: "the command line or a file is wrong, or the plan deletes something",
    3: "complete, with findings that a person has to read",
    4: "stopped before the end; the same command continues",
    5: "the key, its permissions or its organisation",
}


@dataclass(frozen=True)
class Outcome:
    """How an import ended. `status` is negative if a signal killed the program."""

    status: int
    numbers: dict[str, int | float] = field(default_factory=dict)
    code: str | None = None

    @property
    def is_complete(self) -> bool:
        """Every message that can be imported is in Close."""
        return self.status in (0, 3)

    @property
    def has_findings(self) -> bool:
        """A person has to read the log: something is listed that failed or differs."""
        return self.status == 3

    @property
    def should_repeat(self) -> bool:
        """Whether the same command may end differently. A killed import continues like an interrupted one."""
        return self.status == 4 or self.status < 0

    @property
    def waiting(self) -> int:
        """Messages that wait for a decision of a person."""
        return int(self.numbers.get("held", 0) + self.numbers.get("undecided", 0))

    def describe(self) -> str:
        """One line without names, numbers of people or texts."""
        if self.status < 0:
            meaning = f"killed by signal {-self.status}; the same command continues"
        else:
            meaning = MEANINGS.get(self.status, "unknown status")
        code = f" [{self.code}]" if self.code else ""
        numbers = ", ".join(
            f"{self.numbers[name]} {name}"
            for name in ("created", "updated", "replaced", "deleted", "unchanged", "held", "undecided", "failed")
            if name in self.numbers
        )
        return f"status {self.status}: {meaning}{code}" + (f"; {numbers}" if numbers else "")


def run_import(folder: str | Path, key_file: str | Path | None = None, program: str = "chatferry") -> Outcome:
    """Runs `chatferry import --yes --json` in the folder of a migration, and waits for its end.

    Without `key_file` the key is in the environment (CLOSE_API_KEY). If this process is interrupted, the import is stopped
    before the exception continues: a second one would find the checkpoint locked.
    """
    command = [program, "import", "--yes", "--json", "--quiet"]
    if key_file is not None:
        command += ["--api-key-file", str(key_file)]
    child = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    try:
        stdout, _ = child.communicate()
    except BaseException:
        _stop(child)
        raise
    return outcome(child.returncode, stdout)


def outcome(status: int, stdout: bytes) -> Outcome:
    """Reads the last line of stdout: an object with the numbers, or with the error."""
    lines = stdout.splitlines()
    try:
        summary = json.loads(lines[-1]) if lines else {}
    except ValueError:
        summary = {}
    if not isinstance(summary, dict):
        summary = {}
    numbers = {
        name: value
        for name, value in summary.items()
        if isinstance(value, (int, float)) and not isinstance(value, bool)
    }
    error = summary.get("error")
    code = error.get("code") if isinstance(error, dict) else None
    is_code = isinstance(code, str) and CODE.fullmatch(code) is not None
    return Outcome(status, numbers, code if is_code else None)


def _stop(child: subprocess.Popen) -> None:
    child.terminate()
    try:
        child.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    finally:
        if child.stdout:
            child.stdout.close()
