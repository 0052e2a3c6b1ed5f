"""Rehearsals as JUnit XML, which continuous integration reads."""

from collections.abc import Iterable
from pathlib import Path

from junitparser import Failure, JUnitXml, TestCase, TestSuite

from rehearsal.report.timeline import write_failure
from rehearsal.runner.result import Rehearsal


def write_junit(rehearsals: Iterable[tuple[Rehearsal, float]], file: Path) -> None:
    """Write a suite with one case for each rehearsal and the seconds it took."""
    suite = TestSuite("rehearsals")
    for rehearsal, seconds in rehearsals:
        case = TestCase(rehearsal.scenario.title, rehearsal.scenario.workload, seconds)
        case.result = [
            Failure(write_failure(rehearsal, failure), "expectation")
            for failure in rehearsal.failures
        ]
        suite.add_testcase(case)
    document = JUnitXml()
    document.add_testsuite(suite)
    file.parent.mkdir(parents=True, exist_ok=True)
    document.write(str(file), pretty=True)
