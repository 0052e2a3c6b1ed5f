"""JUnit as continuous integration reads it."""

from pathlib import Path

from junitparser import Failure, JUnitXml, TestCase, TestSuite

from rehearsal.report.junit import write_junit
from rehearsal.runner.result import Rehearsal
from tests.command.shop import TITLE
from tests.report.rehearsals import LATE_TITLE


def read(file: Path) -> tuple[TestSuite, list[TestCase]]:
    document = JUnitXml.fromfile(str(file))
    (suite,) = document
    return suite, list(suite)


def test_each_rehearsal_is_a_case_with_its_failures(
    tmp_path: Path, passed: Rehearsal, failed: Rehearsal
) -> None:
    file = tmp_path / "new" / "junit.xml"
    write_junit([(passed, 1.25), (failed, 0.5)], file)
    suite, cases = read(file)
    assert (suite.name, suite.tests, suite.failures, suite.time) == ("rehearsals", 2, 1, 1.75)
    assert [(case.name, case.classname, case.time) for case in cases] == [
        (TITLE, "shop", 1.25),
        (LATE_TITLE, "shop", 0.5),
    ]
    assert cases[0].is_passed
    (failure,) = cases[1].result
    assert isinstance(failure, Failure)
    assert failure.message == (
        "at 14m: orders-low: expected: fires between 10m and 12m; got: it fired at 14m"
    )


def test_without_rehearsals_there_is_an_empty_suite(tmp_path: Path) -> None:
    write_junit([], tmp_path / "junit.xml")
    suite, cases = read(tmp_path / "junit.xml")
    assert (suite.tests, suite.failures, cases) == (0, 0, [])
