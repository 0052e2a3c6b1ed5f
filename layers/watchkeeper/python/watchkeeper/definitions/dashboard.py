"""What a dashboard shows: rows of widgets over the same series the alarms watch."""

from dataclasses import dataclass
from enum import StrEnum

from watchkeeper.definitions.alarm import Expression, Statistic
from watchkeeper.definitions.errors import DefinitionError

GRID_WIDTH = 24


class View(StrEnum):
    """How a graph is drawn."""

    LINE = "line"
    STACKED_AREA = "stacked area"
    BAR = "bar"
    STACKED_BAR = "stacked bar"
    PIE = "pie"
    SINGLE_VALUE = "single value"


@dataclass(frozen=True, kw_only=True)
class Line:
    """Plot one statistic or expression under a label."""

    label: str
    plots: Statistic | Expression
    right_axis: bool = False


@dataclass(frozen=True, kw_only=True)
class GraphWidget:
    """Draw lines over time or one value a line; thresholds are drawn where alarms enforce them.

    `thresholds_of` names alarms of the same workload: the line drawn is the number enforced.
    `range_days` is how far back the widget looks; 0 follows the dashboard, which shows a day.
    """

    title: str
    lines: tuple[Line, ...]
    period_seconds: int
    view: View = View.LINE
    axis_label: str = ""
    thresholds_of: tuple[str, ...] = ()
    range_days: int = 0
    width: int = 12
    height: int = 6

    def __post_init__(self) -> None:
        """Refuse an empty graph and one wider than the grid."""
        if not self.lines or not 1 <= self.width <= GRID_WIDTH:
            raise DefinitionError(
                f"widget {self.title!r}: expected one or more lines and a width of 1 to 24"
            )


@dataclass(frozen=True, kw_only=True)
class AlarmStatusWidget:
    """Show the state of alarms of the same workload, by name."""

    title: str
    alarms: tuple[str, ...]
    width: int = GRID_WIDTH
    height: int = 4

    def __post_init__(self) -> None:
        """Refuse more alarms than one widget can hold."""
        if not 1 <= len(self.alarms) <= 100:
            raise DefinitionError(f"widget {self.title!r}: expected 1 to 100 alarms")


@dataclass(frozen=True, kw_only=True)
class TextWidget:
    """Show Markdown."""

    markdown: str
    width: int = GRID_WIDTH
    height: int = 2


Widget = GraphWidget | AlarmStatusWidget | TextWidget


@dataclass(frozen=True, kw_only=True)
class DashboardDefinition:
    """Declare one dashboard: its name (without environment suffix) and its rows of widgets."""

    name: str
    description: str
    rows: tuple[tuple[Widget, ...], ...]

    def __post_init__(self) -> None:
        """Refuse rows wider than CloudWatch's grid."""
        if not self.rows or not all(self.rows):
            raise DefinitionError(f"dashboard {self.name}: expected rows with widgets")
        for row in self.rows:
            width = sum(widget.width for widget in row)
            if width > GRID_WIDTH:
                raise DefinitionError(
                    f"dashboard {self.name}: a row is {width} wide, expected at most {GRID_WIDTH}"
                )
