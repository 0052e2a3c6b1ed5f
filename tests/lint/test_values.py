"""Resolved properties, read as loosely as CloudFormation writes them."""

import pytest

from rehearsal.engine.template.values import read_number
from rehearsal.lint.values import dig, listed


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (300, 300.0),
        ("60", 60.0),
        (0.5, 0.5),
        ("soon", None),
        ("inf", None),
        (10**400, None),
        (True, None),
        (None, None),
    ],
)
def test_numbers_may_be_texts_and_truth_is_no_number(value: object, number: float | None) -> None:
    assert read_number(value) == number


def test_one_and_none_are_lists_too() -> None:
    assert listed(None) == []
    assert listed("one") == ["one"]
    assert listed(("one", "two")) == ["one", "two"]


def test_a_path_leads_through_lists_and_past_what_is_not_there() -> None:
    value = {"Targets": [{"Arn": "a"}, {"Id": "none"}, "no object", {"Arn": ["b", "c"]}]}
    assert list(dig(value, "Targets.Arn")) == ["a", "b", "c"]
    assert list(dig(value, "Rules.Targets.Arn")) == []
