"""What an environment's file may choose, and what it may not."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from infra.assembly import Assembly
from infra.places import BUILD, ENVIRONMENTS
from infra.synthesised import synthesised
from tests.infrastructure.deployed_functions import functions
from tests.infrastructure.templates import WORKLOADS, properties, subscribed, texts, topics
from watchkeeper.definitions.errors import EnvironmentFileError

SLACK = """
[notification.slack]
workspace_id = "T00000000"
channel_id = "C00000000"
"""


def synthesise(name: str, folder: Path, replaced: Mapping[str, str]) -> Assembly:
    """Synthesise an environment whose file says something else than ours."""
    text = (ENVIRONMENTS / f"{name}.toml").read_text(encoding="utf-8")
    for line, by in replaced.items():
        assert line in text
        text = text.replace(line, by)
    (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return synthesised(name, BUILD / "tests" / f"chosen-{name}", folder=folder)


@pytest.fixture(scope="module")
def chosen(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """Give production where both that can be chosen is another than in our file."""
    return synthesise(
        "production",
        tmp_path_factory.mktemp("chosen"),
        {'"arm64"': '"x86_64"', "\n[allowed_actions]": f"{SLACK}\n[allowed_actions]"},
    )


def test_no_security_rule_minds_a_choice(chosen: Assembly) -> None:
    assert chosen.findings == ()


def test_the_processor_can_be_chosen(chosen: Assembly) -> None:
    for function in functions(chosen).values():
        assert function["Architectures"] == ["x86_64"]
    for layer in properties(chosen, "AWS::Lambda::LayerVersion"):
        assert layer["CompatibleArchitectures"] == ["x86_64"]


def test_warnings_go_to_slack_when_the_environment_names_a_channel(chosen: Assembly) -> None:
    [slack] = properties(chosen, "AWS::Chatbot::SlackChannelConfiguration")
    assert slack["SlackChannelId"] == "C00000000"
    assert slack["SnsTopicArns"] == [
        {"Ref": topics(chosen)[f"{workload}-warning-alerts"]} for workload in WORKLOADS
    ]
    [guardrail] = slack["GuardrailPolicies"]
    assert any("CloudWatchReadOnlyAccess" in text for text in texts(guardrail))
    assert subscribed(chosen, "storytailor-warning-alerts") == []
    assert subscribed(chosen, "storytailor-critical-alerts")[0][0] == "https"


def test_an_environment_in_which_a_page_reaches_nobody_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFileError) as caught:
        synthesise("staging", tmp_path, {'email = ["pipeline-ops@example.com"]': ""})
    sentence = (
        "staging.toml: table notification: alarms of severity {} would reach nobody, expected {}"
    )
    assert str(caught.value).splitlines() == [
        sentence.format("P1", "pagerduty_secret or email"),
        sentence.format("P2", "pagerduty_secret or email"),
        sentence.format("P3", "slack or email"),
        sentence.format("P4", "email"),
    ]
