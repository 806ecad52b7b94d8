"""Every benchmark runs once at its tiny size; without a peer's package our side still runs."""

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

from tests.boards import ROOT


def test_every_benchmark_runs(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    command = [sys.executable, "-m", "pytest", "benchmarks", "--benchmark-disable", "-p", "no:cacheprovider"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_XDIST")}
    done = subprocess.run(
        [*command, f"--junitxml={report}", f"--basetemp={tmp_path / 'temporary'}"],
        cwd=ROOT, env=environment | {"PRETUNE_BENCH": "tiny"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    cases = list(ElementTree.parse(report).getroot().iter("testcase"))
    assert {case.attrib["classname"] for case in cases} == {
        f"benchmarks.{path.stem}" for path in (ROOT / "benchmarks").glob("test_*.py")
    }
    for case in cases:
        skipped = case.find("skipped")
        if skipped is not None:
            assert _allowed(case, skipped.attrib["message"]), (case.attrib, skipped.attrib)


def _allowed(case: ElementTree.Element, reason: str) -> bool:
    """Whether a test may be skipped for a reason."""
    name = case.attrib["name"]
    if reason.startswith("no Chromium"):
        return case.attrib["classname"] == "benchmarks.test_table"
    return reason.startswith("no pytabulator") and name.endswith("tabulator]")
