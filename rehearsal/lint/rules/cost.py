"""Rule 22: what watching costs is known before it is deployed."""

from collections.abc import Iterator

from rehearsal.lint.cost import add_up, estimate_cost
from rehearsal.lint.facts import Facts
from rehearsal.lint.finding import Judgement, Place, Problem, Severity, Unchecked
from rehearsal.lint.landscape import Landscape
from rehearsal.lint.rule import Rule


def cost_within_budget(landscape: Landscape, facts: Facts) -> Iterator[Judgement]:
    """Find a deployment that costs more than it may."""
    lines = estimate_cost(landscape, facts)
    usd = add_up(lines)
    if facts.cost is None:
        if lines:
            yield Unchecked(
                place=Place(), needs=f"facts.cost.budget_usd (estimate: {usd:.2f} USD a month)"
            )
    elif usd > facts.cost.budget_usd:
        yield Problem(
            place=Place(),
            found=f"about {usd:.2f} USD a month: {'; '.join(map(str, lines))}",
            expected=f"at most {facts.cost.budget_usd:.2f} USD",
            fix="send fewer series, or raise the budget",
        )


COST_WITHIN_BUDGET = Rule(
    number=22,
    slug="cost-within-budget",
    severity=Severity.WARNING,
    says="The estimated monthly cost is within the budget.",
    source="AWS price list; CMSgov/beneficiary-fhir-data#1340: 11,198 custom metrics nobody could "
    "explain",
    check=cost_within_budget,
    needs=("cost",),
)
