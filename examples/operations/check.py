#!/usr/bin/env python3
"""Checks the examples of this folder. Run it with the Python that has the packages; what is missing is skipped with a line.

| checked | needs |
|---|---|
| `chatferry_run.py` with every exit status of a program that stands in for chatferry | nothing |
| manifests against Kubernetes' schemas, their rules against the exit statuses | PyPI: kubernetes-validate |
| units | systemd-analyze |
| the DAG and its tasks with every exit status | PyPI: apache-airflow |
| the asset and its checks with every exit status | PyPI: dagster |
"""

import importlib
import importlib.util
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE / "python"))
sys.dont_write_bytecode = True

import chatferry_run  # noqa: E402

# A name as it may be in the message of an error; it must not reach a scheduler.
NAME = "Theo Marsh"
NUMBERS = {"created": 7, "unchanged": 2, "held": 3, "undecided": 1, "failed": 0, "requests": 11, "seconds": 1.5}
STATUSES = {0: "complete", 1: "failed", 2: "failed", 3: "findings", 4: "repeat", 5: "failed", 77: "failed", -9: "repeat"}


def documented_statuses() -> set[int]:
    page = (ROOT / "docs/reference/exit-status.md").read_text(encoding="utf-8")
    table = page.split("## Exit status", 1)[1].split("###", 1)[0]
    return {int(status) for status in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)}


class WithProgram(unittest.TestCase):
    """A folder of a migration, and a program that stands in for chatferry."""

    def setUp(self):
        work = tempfile.TemporaryDirectory()
        self.addCleanup(work.cleanup)
        self.work = Path(work.name)
        self.folder = self.work / "harbour"
        self.folder.mkdir()
        self.key = self.work / "harbour.key"
        self.key.write_text("api_sandbox.key\n", encoding="utf-8")
        self.program = self.work / "chatferry"

    def stand_in(self, body: str):
        self.program.write_text(f"#!{sys.executable}\nimport json, os, signal, sys\n{body}\n", encoding="utf-8")
        self.program.chmod(self.program.stat().st_mode | stat.S_IXUSR)

    def ends_with(self, *statuses: int):
        """Each run ends with the next status, and prints what chatferry prints then."""
        self.stand_in(
            f"""
calls = {str(self.work / 'calls')!r}
with open(calls, "a") as file:
    print(json.dumps([os.getcwd(), sys.stdin.isatty(), *sys.argv[1:]]), file=file)
statuses = {list(statuses)!r}
status = statuses[min(len(open(calls).readlines()), len(statuses)) - 1]
if status in (0, 3):
    print(json.dumps({NUMBERS!r}))
elif status >= 0:
    error = {{"code": "checkpoint.locked", "message": "chat of {NAME}", "exit": status}}
    print(json.dumps({{"error": error}}))
sys.stdout.flush()
if status < 0:
    os.kill(os.getpid(), -status)
sys.exit(status)
"""
        )

    def calls(self) -> list:
        return [json.loads(line) for line in (self.work / "calls").read_text(encoding="utf-8").splitlines()]


class RunTest(WithProgram):
    """chatferry_run.py"""

    def run_import(self):
        return chatferry_run.run_import(self.folder, self.key, str(self.program))

    def test_every_documented_status_has_a_meaning(self):
        self.assertEqual(documented_statuses(), set(chatferry_run.MEANINGS))
        self.assertLessEqual(documented_statuses(), set(STATUSES))

    def test_status_decides(self):
        for status, expected in STATUSES.items():
            with self.subTest(status=status):
                self.ends_with(status)
                result = self.run_import()
                self.assertEqual(result.status, status)
                self.assertEqual(result.is_complete, expected in ("complete", "findings"))
                self.assertEqual(result.has_findings, expected == "findings")
                self.assertEqual(result.should_repeat, expected == "repeat")
                self.assertIn(f"status {status}: ", result.describe())

    def test_command_needs_no_terminal(self):
        self.ends_with(0)
        self.run_import()
        expected = ["import", "--yes", "--json", "--quiet", "--api-key-file", str(self.key)]
        self.assertEqual(self.calls(), [[str(self.folder.resolve()), False, *expected]])

    def test_numbers_are_those_of_the_summary(self):
        self.ends_with(3)
        result = self.run_import()
        self.assertEqual(result.numbers, NUMBERS)
        self.assertEqual(result.waiting, 4)
        self.assertIn("7 created", result.describe())

    def test_message_of_an_error_is_dropped(self):
        self.ends_with(2)
        result = self.run_import()
        self.assertEqual(result.code, "checkpoint.locked")
        self.assertNotIn(NAME, repr(result) + result.describe())

    def test_output_that_is_no_summary_is_dropped(self):
        for printed in (b"", NAME.encode(), b"[1]", b'"x"', b'{"error": "x"}', b'{"error": {"code": "Theo Marsh"}}'):
            with self.subTest(printed=printed):
                self.assertEqual(chatferry_run.outcome(1, printed), chatferry_run.Outcome(1))

    def test_last_line_counts(self):
        self.assertEqual(chatferry_run.outcome(0, b'x\n{"created": 2, "chat": "x"}\n').numbers, {"created": 2})

    def test_interrupted_task_stops_the_import(self):
        self.stand_in("signal.signal(signal.SIGTERM, lambda *_: os._exit(4))\nprint('ready', flush=True)\nsignal.pause()")
        children = []

        def interrupted(child):
            children.append(child)
            self.addCleanup(child.kill)
            child.stdout.readline()
            raise KeyboardInterrupt

        with mock.patch.object(subprocess.Popen, "communicate", interrupted):
            with self.assertRaises(KeyboardInterrupt):
                self.run_import()
        self.assertEqual([child.returncode for child in children], [4])


def has(package: str) -> bool:
    return importlib.util.find_spec(package) is not None


@unittest.skipUnless(has("kubernetes_validate"), "Kubernetes' schemas: pip install kubernetes-validate")
class KubernetesTest(unittest.TestCase):
    """Manifests."""

    @classmethod
    def setUpClass(cls):
        import yaml

        cls.manifests = {
            path.name: yaml.safe_load(path.read_text(encoding="utf-8"))
            for path in sorted((HERE / "kubernetes").glob("*.yaml"))
        }
        cls.jobs = {
            "job": cls.manifests["job.yaml"]["spec"],
            "cronjob": cls.manifests["cronjob.yaml"]["spec"]["jobTemplate"]["spec"],
        }

    def test_manifests_fit_the_schemas(self):
        import kubernetes_validate

        latest = kubernetes_validate.utils.major_minor(kubernetes_validate.latest_version())
        for version in ("1.31", latest):
            for name, manifest in self.manifests.items():
                with self.subTest(name=name, version=version):
                    kubernetes_validate.validate(manifest, version, strict=True)

    def test_schemas_reject_a_wrong_key(self):
        import kubernetes_validate

        manifest = json.loads(json.dumps(self.manifests["job.yaml"]))
        manifest["spec"]["podFailurePolicy"]["rules"][1]["onExitCodes"]["codes"] = [4]
        with self.assertRaises(kubernetes_validate.ValidationError):
            kubernetes_validate.validate(manifest, "1.31", strict=True)

    def test_every_status_has_a_rule(self):
        for name, job in self.jobs.items():
            with self.subTest(name=name):
                actions = {}
                for rule in job["podFailurePolicy"]["rules"]:
                    codes = rule.get("onExitCodes", {"values": []})
                    self.assertEqual(codes.get("operator", "In"), "In")
                    for status in codes["values"]:
                        self.assertNotIn(status, actions)
                        actions[status] = rule["action"]
                self.assertEqual(set(actions), documented_statuses() - {0})
                for status, action in actions.items():
                    repeats = chatferry_run.Outcome(status).should_repeat
                    self.assertEqual(action, "Count" if repeats else "FailJob")

    def test_rules_name_the_container(self):
        for job in self.jobs.values():
            names = {container["name"] for container in job["template"]["spec"]["containers"]}
            for rule in job["podFailurePolicy"]["rules"]:
                if "onExitCodes" in rule:
                    self.assertIn(rule["onExitCodes"]["containerName"], names)

    def test_job_and_cron_job_run_the_same_pod(self):
        self.assertEqual(self.jobs["job"]["template"], self.jobs["cronjob"]["template"])

    def test_one_run_at_a_time_which_a_kubelet_never_restarts(self):
        self.assertEqual(self.manifests["cronjob.yaml"]["spec"]["concurrencyPolicy"], "Forbid")
        for job in self.jobs.values():
            self.assertEqual(job["template"]["spec"]["restartPolicy"], "Never")

    def test_mounts_and_claims_exist(self):
        claim = self.manifests["volume.yaml"]["metadata"]["name"]
        pods = [self.jobs["job"]["template"]["spec"], self.manifests["files.yaml"]["spec"]]
        for pod in pods:
            volumes = {volume["name"] for volume in pod["volumes"]}
            for container in pod["containers"]:
                self.assertLessEqual({mount["name"] for mount in container["volumeMounts"]}, volumes)
            claims = [volume["persistentVolumeClaim"]["claimName"] for volume in pod["volumes"] if "persistentVolumeClaim" in volume]
            self.assertEqual(claims, [claim])


@unittest.skipUnless(shutil.which("systemd-analyze"), "systemd's units: there is no systemd-analyze on this machine")
class SystemdTest(unittest.TestCase):
    """Units, with programs that exist here in place of those they start."""

    UNITS = ("chatferry@harbour.service", "chatferry@harbour.timer", "chatferry-alert@harbour.service")

    def verify(self, added: str = "") -> str:
        """What `systemd-analyze verify` prints: it ends with 0 also after warnings."""
        with tempfile.TemporaryDirectory() as folder:
            for path in (HERE / "systemd").iterdir():
                text = path.read_text(encoding="utf-8")
                text = re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", text, flags=re.MULTILINE)
                if path.name == "chatferry@.service":
                    text += added
                (Path(folder) / path.name).write_text(text, encoding="utf-8")
            environment = {**os.environ, "SYSTEMD_UNIT_PATH": f"{folder}:"}
            done = subprocess.run(
                ["systemd-analyze", "verify", "--man=no", *self.UNITS],
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            lines = [line for line in done.stdout.splitlines() if "chatferry" in line]
            return "\n".join(lines) or ("" if done.returncode == 0 else done.stdout)

    def test_units_have_no_warning(self):
        self.assertEqual(self.verify(), "")

    def test_wrong_key_is_a_warning(self):
        self.assertIn("Unknown key", self.verify("Restarts=4\n"))

    def test_only_what_a_repetition_changes_is_repeated(self):
        lines = (HERE / "systemd/chatferry@.service").read_text(encoding="utf-8").splitlines()
        settings = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
        repeated = {status for status in documented_statuses() if chatferry_run.Outcome(status).should_repeat}
        self.assertEqual({int(status) for status in settings["RestartForceExitStatus"].split()}, repeated)
        self.assertNotIn("SuccessExitStatus", settings)
        self.assertNotIn("Restart", settings)


class SourceTest(unittest.TestCase):
    """Files of schedulers whose packages may be missing."""

    def test_files_compile(self):
        for path in (HERE / "python").glob("*.py"):
            with self.subTest(path=path.name):
                compile(path.read_text(encoding="utf-8"), str(path), "exec")


@unittest.skipUnless(has("airflow"), "the DAG: pip install apache-airflow")
class AirflowTest(WithProgram):
    """airflow_dag.py"""

    @classmethod
    def setUpClass(cls):
        home = tempfile.TemporaryDirectory()
        cls.addClassCleanup(home.cleanup)
        os.environ.update(AIRFLOW_HOME=home.name, AIRFLOW__CORE__LOAD_EXAMPLES="False")
        cls.module = importlib.import_module("airflow_dag")
        cls.dag = cls.module.chatferry_harbour

    def task_of(self, name: str):
        return self.dag.get_task(name).python_callable

    def run_task(self):
        with mock.patch.object(self.module, "PROGRAM", str(self.program)):
            with self.assertLogs("airflow_dag") as logged:
                try:
                    return self.task_of("import")(str(self.folder), str(self.key))
                finally:
                    self.assertNotIn(NAME, "\n".join(logged.output))

    def test_dag_is_valid(self):
        self.dag.validate()
        self.assertEqual(self.dag.max_active_runs, 1)
        self.assertFalse(self.dag.catchup)
        self.assertEqual(self.dag.get_task("no_findings").upstream_task_ids, {"import"})
        self.assertGreater(self.dag.get_task("import").retries, 0)

    def test_status_decides(self):
        from airflow.sdk.exceptions import AirflowException, AirflowFailException

        for status, expected in STATUSES.items():
            with self.subTest(status=status):
                self.ends_with(status)
                if expected in ("complete", "findings"):
                    summary = self.run_task()
                    self.assertEqual(json.loads(json.dumps(summary))["numbers"], NUMBERS)
                    self.assertEqual(summary["has_findings"], expected == "findings")
                    continue
                with self.assertRaises(AirflowException) as raised:
                    self.run_task()
                # Only this class is never retried.
                self.assertEqual(isinstance(raised.exception, AirflowFailException), expected == "failed")
                self.assertNotIn(NAME, str(raised.exception))

    def test_findings_fail_a_task_of_their_own(self):
        from airflow.sdk.exceptions import AirflowFailException

        self.task_of("no_findings")({"has_findings": False})
        with self.assertRaises(AirflowFailException):
            self.task_of("no_findings")({"has_findings": True})


# Expected failures are not printed.
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@unittest.skipUnless(has("dagster"), "the asset: pip install dagster")
class DagsterTest(WithProgram):
    """dagster_assets.py"""

    @classmethod
    def setUpClass(cls):
        cls.module = importlib.import_module("dagster_assets")

    def materialize(self):
        import dagster

        with mock.patch.multiple(self.module, PROGRAM=str(self.program), RETRY_SECONDS=0):
            asset = self.module.make("harbour", str(self.folder), str(self.key))
            with dagster.DagsterInstance.ephemeral() as instance:
                result = dagster.materialize([asset], instance=instance, raise_on_error=False, run_config=QUIET)
                logged = repr(instance.all_logs(result.run_id))
        self.assertNotIn(NAME, logged)
        return result

    def checks(self, result) -> dict:
        return {check.check_name: check.passed for check in result.get_asset_check_evaluations()}

    def test_definitions_load(self):
        import dagster

        dagster.Definitions.validate_loadable(self.module.defs)

    def test_complete(self):
        self.ends_with(0)
        result = self.materialize()
        self.assertTrue(result.success)
        self.assertEqual(self.checks(result), {"no_findings": True, "nothing_waits": False})
        (event,) = result.asset_materializations_for_node("harbour_messages")
        self.assertEqual(event.metadata["created"].value, NUMBERS["created"])

    def test_findings_are_a_failed_check(self):
        self.ends_with(3)
        result = self.materialize()
        self.assertTrue(result.success)
        self.assertFalse(self.checks(result)["no_findings"])

    def test_status_that_a_repetition_cannot_change_is_tried_once(self):
        for status, expected in STATUSES.items():
            if expected == "failed":
                with self.subTest(status=status):
                    (self.work / "calls").unlink(missing_ok=True)
                    self.ends_with(status)
                    self.assertFalse(self.materialize().success)
                    self.assertEqual(len(self.calls()), 1)

    def test_status_4_is_repeated(self):
        self.ends_with(4, -9, 0)
        self.assertTrue(self.materialize().success)
        self.assertEqual(len(self.calls()), 3)

    def test_repetitions_end(self):
        self.ends_with(4)
        self.assertFalse(self.materialize().success)
        self.assertEqual(len(self.calls()), 1 + self.module.RETRIES)


class Result(unittest.TextTestResult):
    """Prints why something was skipped, in one line for a class of tests."""

    def addSkip(self, test, reason):
        if reason not in {known for _, known in self.skipped}:
            self.stream.writeln(f"skipped: {reason}")
        super().addSkip(test, reason)


if __name__ == "__main__":
    unittest.main(testRunner=unittest.TextTestRunner(resultclass=Result, verbosity=1))
