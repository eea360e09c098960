"""Runs test programs, shows one line for each, and adds up what they report.

    python3 scripts/lib/results.py gtest RESULTS PROGRAM...
    python3 scripts/lib/results.py pytest RESULTS FOLDER
    python3 scripts/lib/results.py summary RESULTS     the closing line; exits 1 on failure

Each program leaves RESULTS/<name>.json with {passed, failed, skipped, failures}. A program that
crashes, hangs, runs nothing or exits non-zero without a failed test counts as one failed test.
"""

import json
import os
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as xml
from pathlib import Path

PROGRAM_TIMEOUT_S = 900
FOLDER_TIMEOUT_S = 1800
LOG_TAIL_LINES = 80


def run(command, log, timeout_s):
    """Exit status, or None after a timeout. The whole process group ends with the program."""
    with open(log, "wb") as stream:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stream,
                                   stderr=subprocess.STDOUT, start_new_session=True)
        try:
            return process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return None
        finally:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()


def read_gtest(report):
    passed, skipped, failures = 0, 0, []
    for suite in json.loads(report.read_text())["testsuites"]:
        for test in suite["testsuite"]:
            if test.get("failures"):
                failures.append(f"{test.get('classname', suite['name'])}.{test['name']}")
            elif test.get("result") == "SKIPPED" or test.get("status") == "NOTRUN":
                skipped += 1
            else:
                passed += 1
    return passed, skipped, failures


def read_junit(report):
    passed, skipped, failures = 0, 0, []
    for case in xml.parse(report).getroot().iter("testcase"):
        kinds = {child.tag for child in case}
        if kinds & {"failure", "error"}:
            failures.append(f"{case.get('classname')}.{case.get('name')}")
        elif "skipped" in kinds:
            skipped += 1
        else:
            passed += 1
    return passed, skipped, failures


def judge(name, status, report, read, timeout_s):
    """Counts of one program; whatever is not a clean report is a failure with its reason."""
    passed, skipped, failures = 0, 0, []
    try:
        passed, skipped, failures = read(report)
    except (OSError, ValueError, KeyError, xml.ParseError):
        pass
    if status is None:
        failures.append(f"{name}: no end after {timeout_s} s")
    elif status < 0:
        failures.append(f"{name}: ended by {signal.Signals(-status).name}")
    elif passed + len(failures) == 0:
        failures.append(f"{name}: ran no test (exit code {status})")
    elif status != 0 and not failures:
        failures.append(f"{name}: every test passed, yet the exit code is {status}")
    return {"passed": passed, "failed": len(failures), "skipped": skipped, "failures": failures}


def run_one(results, name, command, report, read, timeout_s):
    log = results / f"{name}.log"
    report.unlink(missing_ok=True)
    started = time.monotonic()
    status = run(command, log, timeout_s)
    counts = judge(name, status, report, read, timeout_s)
    (results / f"{name}.json").write_text(json.dumps(counts))
    line = f"    {name}: {counts['passed']} passed, {counts['failed']} failed"
    if counts["skipped"]:
        line += f", {counts['skipped']} skipped"
    print(f"{line} ({time.monotonic() - started:.1f} s)", flush=True)
    if counts["failed"]:
        tail = log.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:]
        print("\n".join(f"      {text}" for text in tail), flush=True)


def run_gtest(results, programs):
    for program in map(Path, programs):
        report = results / f"{program.name}.gtest"
        run_one(results, program.name, [str(program.resolve()), f"--gtest_output=json:{report}"],
                report, read_gtest, PROGRAM_TIMEOUT_S)


def run_pytest(results, folder):
    name = folder.strip("/").replace("/", "_")
    report = results / f"{name}.junit"
    run_one(results, name,
            [sys.executable, "-B", "-m", "pytest", "-q", "--timeout=300", f"--junitxml={report}",
             "-p", "no:cacheprovider", "--rootdir=.", folder],
            report, read_junit, FOLDER_TIMEOUT_S)


def summarize(results):
    reports = [json.loads(path.read_text()) for path in sorted(results.glob("*.json"))]
    for failure in (name for report in reports for name in report["failures"]):
        print(f"    FAILED {failure}")
    passed, failed, skipped = (sum(report[kind] for report in reports)
                               for kind in ("passed", "failed", "skipped"))
    if passed + failed == 0:
        failed = 1
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed else 0


def main():
    action, results = sys.argv[1], Path(sys.argv[2]).resolve()
    if action == "gtest":
        run_gtest(results, sys.argv[3:])
    elif action == "pytest":
        run_pytest(results, sys.argv[3])
    else:
        sys.exit(summarize(results))


if __name__ == "__main__":
    main()
