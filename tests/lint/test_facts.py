"""Facts files: what they may say, and every mistake in them as one sentence."""

from pathlib import Path

import pytest

from rehearsal.engine.metrics.identity import MetricIdentity
from rehearsal.lint.errors import LintError
from rehearsal.lint.facts import Facts, read_facts
from rehearsal.lint.markdown import list_anchors
from tests.lint.samples import facts


def write(folder: Path, text: str) -> Path:
    file = folder / "facts.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_an_empty_file_knows_nothing(tmp_path: Path) -> None:
    assert read_facts(write(tmp_path, "")) == Facts()


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    text = """
    emiters = []
    [[metrics]]
    namespace = "Shop"
    cadence_seconds = 0
    [[exceptions]]
    rule = "alarm-has-action"
    where = "orders-low"
    reason = " "
    """
    with pytest.raises(LintError) as caught:
        read_facts(write(tmp_path, text))
    told = str(caught.value)
    for part in ("emiters", "metrics.0.name", "metrics.0.cadence_seconds", "exceptions.0.reason"):
        assert part in told


@pytest.mark.parametrize("text", ["[[metrics", "\x00"])
def test_what_is_no_toml_is_an_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(LintError, match="cannot be read as TOML"):
        read_facts(write(tmp_path, text))


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LintError, match="cannot be read"):
        read_facts(tmp_path / "none.toml")


def test_anchors_are_read_from_runbooks_beside_the_facts(tmp_path: Path) -> None:
    (tmp_path / "shop.md").write_text("# Shop\n\n## Orders are low\n", encoding="utf-8")
    text = '[[runbooks]]\npage = "https://x.example/shop.md"\nfile = "shop.md"\nanchors = ["a"]\n'
    [runbook] = read_facts(write(tmp_path, text)).runbooks or ()
    assert runbook.anchors == ("a", "shop", "orders-are-low")


def test_a_runbook_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    text = '[[runbooks]]\npage = "https://x.example/shop.md"\nfile = "shop.md"\n'
    with pytest.raises(LintError, match=r"runbook file .*shop\.md cannot be read"):
        read_facts(write(tmp_path, text))


def test_of_several_facts_the_one_a_series_belongs_to_is_found() -> None:
    known = facts(
        metrics=[
            {"namespace": "N", "name": "M", "dimension_sets": [["F"]], "values": {"F": ["a"]}},
            {"namespace": "N", "name": "M", "dimension_sets": [["F"]], "values": {"F": ["b"]}},
        ]
    )
    found = known.find_metric(MetricIdentity.of("N", "M", {"F": "b"}))
    assert found is not None
    assert found.values == {"F": ("b",)}
    assert known.find_metric(MetricIdentity.of("N", "M", {"F": "c"})) is not None
    assert known.find_metric(MetricIdentity.of("N", "Other")) is None


def test_anchors_are_those_github_makes() -> None:
    text = """
# `orders-low`: Orders & more
## Again
```
# no heading
```
## Again
### [A link](https://x.example) in it ##
<a id="by-hand"></a>
"""
    assert list_anchors(text) == (
        "orders-low-orders--more",
        "again",
        "again-1",
        "a-link-in-it",
        "by-hand",
    )
