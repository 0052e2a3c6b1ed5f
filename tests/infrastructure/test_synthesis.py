"""The same input gives the same templates, a wrong one its sentence, and no rule a finding.

The CDK is imported by the tests and not above: it starts a Node process.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

import infra.lint
from infra.assembly import Assembly
from infra.lint import LintError, lint
from infra.places import BUILD, ROOT
from infra.synthesised import synthesised
from watchkeeper.definitions.errors import EnvironmentFileError
from watchkeeper.definitions.schedule import JobDefinition, ScheduleDefinition
from watchkeeper.workloads.storytailor.jobs import HEALTH_CHECK

DEPLOYED_LOCALLY = ("State", "Notification", "Functions")
EMULATOR = ROOT / ".venv-emulator" / "bin" / "python"
TYPES_OF_EMULATOR = """
import json
from ministack.services.cloudformation.provisioners import _RESOURCE_HANDLERS
print(json.dumps(sorted(_RESOURCE_HANDLERS)))
"""


def run_app(context: Mapping[str, str], outdir: Path) -> "subprocess.CompletedProcess[str]":
    """Run app.py as the CDK's command line does, with nothing of an AWS account about."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return subprocess.run(
        [sys.executable, str(ROOT / "app.py")],
        # Another hash seed: no order may depend on a set's.
        env={
            **inherited,
            "CDK_CONTEXT_JSON": json.dumps(context),
            "CDK_OUTDIR": str(outdir),
            "PYTHONHASHSEED": "4711",
        },
        cwd=outdir.parent,
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_unknown_environment_is_answered_by_a_sentence_and_no_trace(tmp_path: Path) -> None:
    finished = run_app({"environment": "prod"}, tmp_path / "out")
    assert finished.returncode == 1
    assert finished.stderr == "there is no environment 'prod'; known: local, production, staging\n"


def test_an_environment_must_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import app

    monkeypatch.delenv("CDK_CONTEXT_JSON", raising=False)
    with pytest.raises(EnvironmentFileError) as caught:
        app.main()
    assert str(caught.value) == (
        "no environment is named; add --context environment=… with one of "
        "local, production, staging"
    )


def test_no_security_rule_has_a_finding(assemblies: Mapping[str, Assembly]) -> None:
    for assembly in assemblies.values():
        assert [str(finding) for finding in assembly.findings] == []


QUEUE = {"Type": "AWS::SQS::Queue", "Properties": {"Colour": "red"}}
TOPIC = {
    "Type": "AWS::SNS::Topic",
    "DependsOn": "Queue",
    "Properties": {"TopicName": {"Fn::GetAtt": ["Queue", "QueueName"]}},
}
SAID = {("Odd", "Queue", "E3002"), ("Odd", "Topic", "W3005")}


def odd_template(folder: Path, **resources: object) -> Assembly:
    template = folder / "Odd.template.json"
    template.write_text(json.dumps({"Resources": resources}))
    return Assembly(environment="odd", templates={"Odd": template}, findings=())


def said_of(assembly: Assembly, remembered: Path) -> set[tuple[str, str, str]]:
    found = lint(assembly, remembered)
    return {(each.stack, each.resource.partition("/")[0], each.rule) for each in found}


def test_errors_and_warnings_are_told_by_stack_and_asked_for_again_when_something_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That real templates have neither is told by `make check`, which takes its time for it."""
    remembered, linter = tmp_path / "lint", infra.lint.CFN_LINT
    assembly = odd_template(tmp_path, Queue=QUEUE, Topic=TOPIC)
    assert said_of(assembly, remembered) == SAID
    monkeypatch.setattr("infra.lint.CFN_LINT", tmp_path / "no-linter")
    assert said_of(assembly, remembered) == SAID
    with monkeypatch.context() as other:
        other.setattr("infra.lint.version", lambda _: "another")
        with pytest.raises(FileNotFoundError):
            lint(assembly, remembered)
    changed = odd_template(tmp_path, Queue=QUEUE)
    with pytest.raises(FileNotFoundError):
        lint(changed, remembered)
    monkeypatch.setattr("infra.lint.CFN_LINT", linter)
    assert said_of(changed, remembered) == {("Odd", "Queue", "E3002")}


def test_a_linter_that_does_not_work_leaves_nothing_to_remember(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assembly = odd_template(tmp_path, Queue=QUEUE)
    monkeypatch.setattr("infra.lint.CFN_LINT", "false")
    with pytest.raises(LintError, match="cfn-lint ended with 1"):
        lint(assembly, tmp_path / "lint")
    assert not (tmp_path / "lint").exists()


def test_every_answered_finding_is_one_that_the_rules_report(
    assemblies: Mapping[str, Assembly],
) -> None:
    """An answer that no finding asks for would hide the next one of its kind."""
    outdir = BUILD / "tests" / "unanswered-production"
    found = {
        (finding.stack, finding.resource, finding.rule)
        for finding in synthesised("production", outdir, answered=False).findings
    }
    answered = answers(assemblies["production"])
    assert len(answered) > 5
    for stack, path, rule in answered:
        assert any(
            stack == where and resource.startswith(path) and rule == name
            for where, resource, name in found
        ), f"{stack}/{path} answers {rule}, which nothing reports"


def answers(assembly: Assembly) -> set[tuple[str, str, str]]:
    """List stack, construct and rule of every answer given in the code."""
    given = set()
    for stack, template in assembly.templates.items():
        file = template.with_name(f"{stack}.metadata.json")
        metadata = json.loads(file.read_text(encoding="utf-8"))
        for construct, entries in metadata.items():
            for entry in entries:
                if "acknowledged" in entry["type"]:
                    path = construct.strip("/").partition("/")[2]
                    rules = (rule.partition("::")[2] for rule in entry["data"])
                    given |= {(stack, path, rule) for rule in rules}
    return given


def test_the_context_that_ignores_answers_is_not_set_by_anything_deployed() -> None:
    from infra.acknowledgement import IGNORED

    assert IGNORED not in (ROOT / "cdk.json").read_text(encoding="utf-8")


def test_the_emulator_takes_every_type_that_is_deployed_to_it(
    assemblies: Mapping[str, Assembly],
) -> None:
    finished = subprocess.run(
        [str(EMULATOR), "-c", TYPES_OF_EMULATOR], capture_output=True, text=True, check=True
    )
    known = set(json.loads(finished.stdout))
    for stack in DEPLOYED_LOCALLY:
        template = assemblies["local"].read(f"Watchkeeper-{stack}-local")
        assert {found["Type"] for found in template["Resources"].values()} <= known


def test_stacks_are_tied_by_names_and_export_nothing(assemblies: Mapping[str, Assembly]) -> None:
    for assembly in assemblies.values():
        for stack in assembly.templates:
            text = assembly.templates[stack].read_text(encoding="utf-8")
            assert "Fn::ImportValue" not in text
            assert '"Export"' not in text


def test_every_environment_has_the_same_five_stacks(assemblies: Mapping[str, Assembly]) -> None:
    titles = ["Functions", "Notification", "Self", "State", "Storytailor"]
    for name, assembly in assemblies.items():
        suffix = "" if name == "production" else f"-{name}"
        assert sorted(assembly.templates) == [f"Watchkeeper-{each}{suffix}" for each in titles]


def test_a_layer_that_was_not_built_is_answered_by_how_to_build_it() -> None:
    from infra.assets import AssetMissingError, layer_code

    with pytest.raises(AssetMissingError) as caught:
        layer_code("mips", "dependencies")
    assert str(caught.value) == (
        "the layer dependencies for mips is not in build/layers/mips/dependencies; "
        "build it with: make layers"
    )


def test_a_job_without_a_handler_is_answered_by_where_it_belongs() -> None:
    from infra.assets import AssetMissingError, function_code

    job = JobDefinition(
        name="nothing",
        description="No such folder.",
        schedule=ScheduleDefinition(expression="rate(5 minutes)", max_event_age_seconds=60),
        timeout_seconds=60,
    )
    with pytest.raises(AssetMissingError) as caught:
        function_code(job)
    assert str(caught.value) == (
        "the job nothing has no handler, expected functions/nothing/handler.py"
    )
    assert Path(function_code(HEALTH_CHECK).path).name == "health_check"
