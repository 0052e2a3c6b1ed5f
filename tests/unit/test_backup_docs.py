"""The page on the backup names every field, every right and the figures that the code holds."""

import json
from dataclasses import fields
from pathlib import Path

import pytest

from tests.unit.backup_samples import EXPORT, LEAST_RIGHTS, MANIFEST, rich_record
from watchkeeper.backup.calls import Rates
from watchkeeper.backup.export import pointer_to_bytes
from watchkeeper.backup.reading import seconds_needed
from watchkeeper.backup.record import ParameterVersion, to_line

PAGE = (Path(__file__).parents[2] / "docs" / "backup.md").read_text(encoding="utf-8")


def names_of_the_format() -> set[str]:
    line = json.loads(to_line(rich_record()))
    manifest = json.loads(MANIFEST.to_bytes())
    return {
        *line,
        *line["current"],
        *(each.name for each in fields(ParameterVersion)),
        *line["current"]["policies"][0],
        *manifest,
        *manifest["export"],
        *json.loads(pointer_to_bytes(MANIFEST, EXPORT)),
    }


@pytest.mark.parametrize("name", sorted(names_of_the_format()))
def test_every_field_is_documented(name: str) -> None:
    assert f"`{name}`" in PAGE


@pytest.mark.parametrize("right", [*LEAST_RIGHTS, "kms:GenerateDataKey"])
def test_every_right_is_documented(right: str) -> None:
    assert f"`{right}`" in PAGE.partition("## Least rights")[2]


def test_paces_and_the_times_that_follow_are_those_of_the_code() -> None:
    rates = Rates()
    assert f"| `GetParametersByPath`, `GetParameters` | {rates.values:.0f} |" in PAGE
    assert f"| `DescribeParameters` | {rates.descriptions:.0f} |" in PAGE
    assert rates.tags == rates.history
    assert f"| `ListTagsForResource`, `GetParameterHistory` | {rates.tags:.0f} each |" in PAGE
    listing = max(6000 / 10 / rates.values, 6000 / 50 / rates.descriptions)
    finish = seconds_needed(0, 0, rates)
    rows = {
        "both listings, side by side": listing,
        "tags and history": seconds_needed(6000, 0, rates) - finish,
        "sealing, and opening again": seconds_needed(0, 6000, rates) - finish,
        "writing and reading back": finish,
    }
    for row, seconds in rows.items():
        assert f"| {row} | {seconds:.0f} |" in PAGE
