"""The page on design rules says what the code does."""

import re
from pathlib import Path

from infra.places import ROOT
from rehearsal.lint.__main__ import to_markdown
from rehearsal.lint.facts import Facts, read_facts
from rehearsal.lint.rules.table import BY_SLUG

PAGE = (ROOT / "docs" / "lint.md").read_text(encoding="utf-8")


def test_the_table_is_that_of_the_rules() -> None:
    told = "write it anew from: watchkeeper lint --rules"
    assert to_markdown() in PAGE, told


def test_the_example_is_a_facts_file_that_gives_every_part(tmp_path: Path) -> None:
    [example] = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    file = tmp_path / "facts.toml"
    file.write_text(example, encoding="utf-8")
    facts = read_facts(file)
    assert all(getattr(facts, part) for part in Facts.model_fields)
    assert {each.rule for each in facts.exceptions} <= set(BY_SLUG)
