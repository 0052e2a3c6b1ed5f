"""How moments and numbers are written."""

import pytest

from rehearsal.engine.messages.regions import name_region
from rehearsal.engine.messages.wording import (
    read_timestamp,
    write_event_time,
    write_json,
    write_long_date,
    write_number,
    write_short_date,
    write_timestamp,
)
from tests.engine.messages.samples import moment

NOW = moment("2026-09-04T05:43:07.551")


def test_each_kind_of_date_has_its_own_form() -> None:
    assert write_timestamp(NOW) == "2026-09-04T05:43:07.551+0000"
    assert write_event_time(NOW) == "2026-09-04T05:43:07Z"
    assert write_long_date(NOW) == "Friday 04 September, 2026 05:43:07 UTC"
    assert write_short_date(NOW) == "04/09/26 05:43:07"


@pytest.mark.parametrize(
    ("fraction", "written"),
    [(0, "07.000"), (0.0004, "07.000"), (0.0006, "07.001"), (0.9996, "08.000")],
)
def test_timestamps_are_rounded_to_milliseconds(fraction: float, written: str) -> None:
    assert written in write_timestamp(moment("2026-09-04T05:43:07") + fraction)


def test_a_timestamp_that_was_written_reads_back() -> None:
    assert read_timestamp(write_timestamp(NOW)) == pytest.approx(NOW)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0, "0.0"),
        (50, "50.0"),
        (-3.25, "-3.25"),
        (99.50160229693434, "99.50160229693434"),
        (0.001, "0.001"),
        (0.00025, "2.5E-4"),
        (-0.0001, "-1.0E-4"),
        (9_999_999, "9999999.0"),
        (10_000_000, "1.0E7"),
        (123_456_789.5, "1.234567895E8"),
        (5e-324, "5.0E-324"),
        (1e300, "1.0E300"),
    ],
)
def test_numbers_are_written_as_java_writes_doubles(value: float, written: str) -> None:
    assert write_number(value) == written


def test_documents_are_written_tightly_and_in_every_alphabet() -> None:
    assert write_json({"a": [1.0, "界"]}) == '{"a":[1.0,"界"]}'


def test_regions_have_names_and_an_unknown_one_keeps_its_code() -> None:
    assert name_region("us-east-1") == "US East (N. Virginia)"
    assert name_region("eu-west-1") == "EU (Ireland)"
    assert name_region("xx-moon-1") == "xx-moon-1"
