"""The suite's costs stand on a page, and nothing beyond an environment's budget is synthesised."""

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from infra.assembly import Assembly
from rehearsal import own_costs
from rehearsal.lint.cost import add_up, estimate_cost
from rehearsal.lint.landscape import Landscape
from rehearsal.own_facts import ENVIRONMENTS
from tests.lint.samples import deploy, facts, resource
from tests.lint.test_own_templates import folder


@pytest.mark.parametrize("environment", ["local", "production", "staging"])
def test_the_page_states_every_environment_s_cost(
    assemblies: Mapping[str, Assembly], environment: str
) -> None:
    lines, budget_usd = own_costs.estimate(environment, folder(assemblies, environment))
    page = own_costs.PAGE.read_text(encoding="utf-8")
    section = page.split(f"## {environment}\n")[1].split("\n## ")[0]
    assert f"**About {add_up(lines):.2f} USD a month**, of {budget_usd:.2f}" in section
    for what in ("alarm metric", "custom metric", "dashboard", "function run", "log storage"):
        assert re.search(rf"^\| {what} \(", section, re.MULTILINE), what


@pytest.mark.parametrize(("margin_usd", "code"), [(0.01, 0), (-0.01, 1)])
def test_templates_are_refused_beyond_the_budget_and_not_at_it(
    assemblies: Mapping[str, Assembly],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    margin_usd: float,
    code: int,
) -> None:
    assembly = folder(assemblies, "staging")
    usd = add_up(own_costs.estimate("staging", assembly)[0])
    files = shutil.copytree(ENVIRONMENTS, tmp_path / "environments")
    text = (files / "staging.toml").read_text(encoding="utf-8")
    budget = f"monthly_budget_usd = {round(usd + margin_usd, 4)}"
    changed, count = re.subn(r"monthly_budget_usd = \S+", budget, text)
    assert count == 1
    (files / "staging.toml").write_text(changed, encoding="utf-8")
    for module in ("own_costs", "own_facts"):
        monkeypatch.setattr(f"rehearsal.{module}.ENVIRONMENTS", files)
    assert own_costs.main(["budget", "staging", str(assembly)]) == code
    told = capsys.readouterr()
    if code:
        assert "over the budget. Dearest: custom metric" in told.err
        assert "raise monthly_budget_usd in environments/staging.toml" in told.err
    else:
        assert f"staging: about {usd:.2f} USD a month" in told.out


def test_runs_cost_their_logs_traces_and_starts() -> None:
    shop = {
        "Log": resource("Logs::LogGroup", LogGroupName="/aws/lambda/shop", RetentionInDays=73),
        "Shop": resource(
            "Lambda::Function",
            FunctionName="shop",
            TracingConfig={"Mode": "Active"},
            MemorySize=1024,
        ),
        "Hourly": resource(
            "Scheduler::Schedule",
            ScheduleExpression="rate(1 hour)",
            Target={"Arn": {"Fn::GetAtt": ["Shop", "Arn"]}},
        ),
    }
    known = facts(cost={"budget_usd": 9, "run_log_kilobytes": 1000, "usage": {"object write": 7}})
    counts = {line.what: line.count for line in estimate_cost(Landscape(deploy(shop)), known)}
    assert counts["function run"] == counts["trace"] == counts["scheduled start"] == 730
    assert counts["log ingestion"] == pytest.approx(0.73)
    assert counts["log storage"] == pytest.approx(0.73 * 73 / (730 / 24))
    assert counts["object write"] == 7


def test_a_usage_without_a_price_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no price is known of 'coffee', expected one of custom"):
        facts(cost={"budget_usd": 9, "usage": {"coffee": 1}})
