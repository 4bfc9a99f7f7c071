"""An asset for each migration: the messages in Close, imported every night, with checks for what a person has to read.

For Dagster 1.10 or newer. Copy it with `chatferry_run.py` to the code location. The process of a run needs the program, the folder of
the migration and the file with the key.
"""

import dagster as dg

from chatferry_run import run_import

PROGRAM = "/usr/bin/chatferry"
# The folder of each migration, and the file with the key of its organisation (mode 600, owned by the user of the runs).
MIGRATIONS = {
    "harbour": ("/srv/chatferry/harbour", "/etc/chatferry/harbour.key"),
}
RETRIES = 6
RETRY_SECONDS = 300


def import_migration(context: dg.AssetExecutionContext, folder: str, key_file: str) -> dg.MaterializeResult:
    """Imports, and records the numbers.

    Status 4 is repeated. What a repetition cannot change fails at once. Status 3 is a materialization with a failed check.
    """
    result = run_import(folder, key_file, PROGRAM)
    context.log.info(result.describe())
    if result.should_repeat:
        raise dg.RetryRequested(max_retries=RETRIES, seconds_to_wait=RETRY_SECONDS)
    if not result.is_complete:
        raise dg.Failure(result.describe(), allow_retries=False)
    return dg.MaterializeResult(
        metadata={"status": result.status, **result.numbers},
        check_results=[
            dg.AssetCheckResult(
                check_name="no_findings",
                passed=not result.has_findings,
                severity=dg.AssetCheckSeverity.ERROR,
                description="complete, with findings: read the log, failures.csv, chatferry status",
            ),
            dg.AssetCheckResult(
                check_name="nothing_waits",
                passed=result.waiting == 0,
                severity=dg.AssetCheckSeverity.WARN,
                description="messages wait for a decision: chatferry plan --details",
                metadata={"messages": result.waiting},
            ),
        ],
    )


def make(name: str, folder: str, key_file: str) -> dg.AssetsDefinition:
    asset_name = f"{name}_messages"

    @dg.asset(
        name=asset_name,
        group_name="chatferry",
        # With a limit of 1 for the pool. A second run would end with status 4 at once: the checkpoint is locked.
        pool=f"chatferry_{name}",
        check_specs=[
            dg.AssetCheckSpec("no_findings", asset=asset_name),
            dg.AssetCheckSpec("nothing_waits", asset=asset_name),
        ],
    )
    def messages(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        return import_migration(context, folder, key_file)

    return messages


def schedule(name: str) -> dg.ScheduleDefinition:
    job = dg.define_asset_job(f"chatferry_{name}", selection=[f"{name}_messages"])
    return dg.ScheduleDefinition(job=job, cron_schedule="15 2 * * *", execution_timezone="Europe/Berlin")


defs = dg.Definitions(
    assets=[make(name, *places) for name, places in MIGRATIONS.items()],
    schedules=[schedule(name) for name in MIGRATIONS],
)
