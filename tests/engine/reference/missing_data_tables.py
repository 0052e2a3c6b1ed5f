"""The two published tables of missing data, cell by cell."""

import dataclasses
import json
from pathlib import Path

from rehearsal.engine.alarm import State, Treatment

FILE = Path(__file__).resolve().parents[2] / "fixtures" / "missing_data_tables.json"
VALUES = {"0": 0.0, "X": 1.0, "-": None}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Cell:
    """Be one cell: slots oldest to newest, and the state they lead to; None keeps the state."""

    title: str
    evaluation_periods: int
    datapoints_to_alarm: int
    slots: tuple[float | None, ...]
    treatment: Treatment
    expected: State | None

    def __str__(self) -> str:
        signs = {value: sign for sign, value in VALUES.items()}
        slots = "".join(signs[value] for value in self.slots)
        of = f"{self.datapoints_to_alarm} of {self.evaluation_periods}"
        return f"{of}, {slots}, {self.treatment.value}: {self.title}"


def list_cells() -> list[Cell]:
    """Read all cells of both tables."""
    tables = json.loads(FILE.read_text(encoding="utf-8"))["tables"]
    return [
        Cell(
            title=row["title"],
            evaluation_periods=table["evaluation_periods"],
            datapoints_to_alarm=table["datapoints_to_alarm"],
            slots=tuple(VALUES[sign] for sign in row["slots"].split()),
            treatment=treatment,
            expected=None if row[treatment.value] == "KEEP" else State(row[treatment.value]),
        )
        for table in tables
        for row in table["rows"]
        for treatment in Treatment
    ]
