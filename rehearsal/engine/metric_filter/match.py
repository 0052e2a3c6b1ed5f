"""What a line that matches a pattern holds, for the values and dimensions of a metric."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from rehearsal.engine.metric_filter.json_document import (
    JsonValue,
    is_selector,
    parse_selector,
    spell,
)


@dataclass(frozen=True, kw_only=True)
class Match:
    """Hold the fields of a space-delimited line, or the document of a JSON line."""

    fields: Mapping[str, str] = field(default_factory=dict)
    document: JsonValue = None

    def read(self, reference: str) -> str | None:
        """Return the text of `$name` or `$.selector`; None where the line has none there."""
        if not is_selector(reference):
            return self.fields.get(reference.removeprefix("$"))
        for value in parse_selector(reference).find(self.document):
            return spell(value)
        return None
