"""A DAG for each migration: the import every night, and a task that fails if a person has to read its findings.

For Airflow 3.2 or newer. Copy it with `chatferry_run.py` to the folder of the DAGs. The worker needs the program, the folder of the migration
and the file with the key.
"""

import logging
from datetime import datetime, timedelta

from airflow.sdk import dag, task
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from chatferry_run import run_import

PROGRAM = "/usr/bin/chatferry"
# The folder of each migration, and the file with the key of its organisation (mode 600, owned by the worker's user).
MIGRATIONS = {
    "harbour": ("/srv/chatferry/harbour", "/etc/chatferry/harbour.key"),
}

log = logging.getLogger(__name__)


def import_migration(folder: str, key_file: str) -> dict:
    """Imports, and returns what may be kept: the status and numbers.

    Status 4 fails this try, and Airflow repeats it. What a repetition cannot change fails at once.
    """
    result = run_import(folder, key_file, PROGRAM)
    log.info("%s", result.describe())
    if result.should_repeat:
        raise AirflowException(result.describe())
    if not result.is_complete:
        raise AirflowFailException(result.describe())
    if result.waiting:
        log.warning("%d messages wait for a decision: chatferry plan --details", result.waiting)
    return {"status": result.status, "has_findings": result.has_findings, "numbers": result.numbers}


def require_no_findings(summary: dict) -> None:
    """Fails after status 3: the import is complete, and its log lists what failed or differs."""
    if summary["has_findings"]:
        raise AirflowFailException("the import is complete, with findings: read its log, failures.csv, chatferry status")


def make(name: str, folder: str, key_file: str):
    @dag(
        dag_id=f"chatferry_{name}",
        schedule="15 2 * * *",
        start_date=datetime(2026, 1, 1),
        catchup=False,
        # A second run would end with status 4 at once: the checkpoint is locked.
        max_active_runs=1,
        tags=["chatferry"],
    )
    def migration():
        run = task(
            task_id="import",
            retries=6,
            retry_delay=timedelta(minutes=5),
            retry_exponential_backoff=2.0,
            max_retry_delay=timedelta(hours=1),
        )(import_migration)
        check = task(task_id="no_findings", retries=0)(require_no_findings)
        # Tasks that need the messages in Close follow `import`; the alert of findings does not hold them back.
        check(run(folder, key_file))

    return migration()


for _name, (_folder, _key_file) in MIGRATIONS.items():
    globals()[f"chatferry_{_name}"] = make(_name, _folder, _key_file)
