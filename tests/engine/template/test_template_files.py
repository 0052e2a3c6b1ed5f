"""Templates from files: JSON and YAML with its short forms, and the output folder of the CDK."""

import json
from pathlib import Path
from typing import Any

import pytest

from rehearsal.engine.errors import TemplateError
from rehearsal.engine.template.physical import Place
from rehearsal.template_files import load_template, load_templates, name_stack

TOPIC = {"Resources": {"T": {"Type": "AWS::SNS::Topic"}}}

SHORT_FORMS: dict[str, tuple[str, object]] = {
    "Ref": ("!Ref A", {"Ref": "A"}),
    "GetAtt": ("!GetAtt A.B.C", {"Fn::GetAtt": "A.B.C"}),
    "GetAtt of a list": ("!GetAtt [A, B]", {"Fn::GetAtt": ["A", "B"]}),
    "Sub": ("!Sub '${A}-x'", {"Fn::Sub": "${A}-x"}),
    "Sub with values": ("!Sub ['${A}', {A: !Ref B}]", {"Fn::Sub": ["${A}", {"A": {"Ref": "B"}}]}),
    "Join": ("!Join [',', [a, !Ref B]]", {"Fn::Join": [",", ["a", {"Ref": "B"}]]}),
    "If": ("!If [A, 1, true]", {"Fn::If": ["A", 1, True]}),
    "Condition": ("!Not [!Condition A]", {"Fn::Not": [{"Condition": "A"}]}),
    "an object": ("!Transform {Name: M}", {"Fn::Transform": {"Name": "M"}}),
    "a long form": ("{'Fn::Sub': x}", {"Fn::Sub": "x"}),
    "a date": ("2012-10-17", "2012-10-17"),
    "a number": ("017", 15),
    "an account as a key": (
        "{012345678901: a, 5: b, yes: c}",
        {"012345678901": "a", "5": "b", "yes": "c"},
    ),
    "a number as a text": ("!!str 5", "5"),
}


@pytest.mark.parametrize("case", SHORT_FORMS)
def test_yaml_is_read_as_cloudformation_reads_it(case: str, tmp_path: Path) -> None:
    text, expected = SHORT_FORMS[case]
    file = tmp_path / "a.yaml"
    file.write_text(f"Value: {text}\n", encoding="utf-8")
    assert load_template(file) == {"Value": expected}


WRONG: dict[str, tuple[bytes, str]] = {
    "no text": (b"\xff\xfe\x00", "expected a template in a text file"),
    "no JSON": (b"{nothing", "expected JSON or YAML and found neither: Expecting property name"),
    "a JSON with NaN": (b'{"a": NaN}', "expected JSON or YAML and found neither: NaN is no JSON"),
    "a key twice": (b'{"a": 1, "a": 2}', "'a' stands twice in an object"),
    "a YAML key twice": (b"a: 1\na: 2", "'a' stands twice in an object"),
    "no YAML": (b"a: [1", "expected JSON or YAML and found neither: while parsing"),
    "an alias": (b"a: &x {b: 1}\nc: *x", "aliases (*name) are not for templates"),
    "a key that is a list": (b"? [a]\n: 1", "keys are texts"),
    "a tag of Python": (b"a: !!python/object:os.system x", "could not determine a constructor"),
    "a list": (b"- a", "expected a template, an object, and found a list of 1"),
    "nothing": (b"", "expected a template, an object, and found null"),
    "a deep JSON": (b'{"a":' * 200_000, "nested too deep to read"),
    "a deep YAML": (b"[" * 600, "nested too deep to read"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_file_that_is_no_template_is_an_error(case: str, tmp_path: Path) -> None:
    content, sentence = WRONG[case]
    file = tmp_path / "a.template"
    file.write_bytes(content)
    with pytest.raises(TemplateError) as caught:
        load_template(file)
    assert str(caught.value).startswith(f"{file}: ")
    assert sentence in str(caught.value)


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="expected a template in a text file"):
        load_template(tmp_path / "none.json")


@pytest.mark.parametrize(
    ("file", "stack"),
    [
        ("Shop.template.json", "Shop"),
        ("Shop.template.yaml", "Shop"),
        ("shop.yml", "shop"),
        ("shop.template", "shop"),
        ("shop", "shop"),
        (".json", ".json"),
    ],
)
def test_a_stack_is_called_after_its_file(file: str, stack: str) -> None:
    assert name_stack(Path("folder") / file) == stack


def test_a_folder_of_templates_is_read_whole(tmp_path: Path) -> None:
    for name in ("b.json", "a.yaml", "notes.txt"):
        (tmp_path / name).write_text(json.dumps(TOPIC), encoding="utf-8")
    files = load_templates([tmp_path])
    assert list(files.documents) == ["a", "b"]
    assert files.places == {}


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(
        TemplateError, match=r"expected templates or a manifest\.json in this folder"
    ):
        load_templates([tmp_path])


def test_a_stack_twice_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text(json.dumps(TOPIC), encoding="utf-8")
    with pytest.raises(TemplateError, match="a stack 'a' was loaded already"):
        load_templates([file, file])


def stack(file: str, environment: str | None, **properties: object) -> dict[str, Any]:
    return {
        "type": "aws:cloudformation:stack",
        "environment": environment,
        "properties": {"templateFile": file, **properties},
    }


def write_assembly(folder: Path, artifacts: dict[str, Any], *files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "manifest.json").write_text(json.dumps({"artifacts": artifacts}), encoding="utf-8")
    for name in files:
        (folder / name).write_text(json.dumps(TOPIC), encoding="utf-8")


def test_an_output_folder_of_the_cdk_is_read_with_its_stages(tmp_path: Path) -> None:
    write_assembly(
        tmp_path,
        {
            "One": stack("One.template.json", "aws://123456789012/eu-west-1"),
            "Two": stack(
                "Two.template.json", "aws://unknown-account/unknown-region", stackName="two"
            ),
            "Three": stack("Three.template.json", "aws://123456789012/unknown-region"),
            "Four": stack("Four.template.json", None),
            "One.assets": {"type": "cdk:asset-manifest", "properties": {"file": "x"}},
            "Tree": {"type": "cdk:tree"},
            "Stage": {"type": "cdk:cloud-assembly", "properties": {"directoryName": "inner"}},
        },
        *(f"{name}.template.json" for name in ("One", "Two", "Three", "Four")),
        "OneInner.nested.template.json",
    )
    write_assembly(
        tmp_path / "inner",
        {"Live": stack("L.template.json", "aws://123456789012/us-east-1", stackName="live")},
        "L.template.json",
    )
    files = load_templates([tmp_path])
    assert set(files.documents) == {
        "One", "two", "Three", "Four", "live", "OneInner.nested.template.json"
    }  # fmt: skip
    assert files.places == {
        "One": Place(account="123456789012", region="eu-west-1"),
        "live": Place(account="123456789012", region="us-east-1"),
    }


@pytest.mark.parametrize(
    "manifest",
    [
        {},
        {"artifacts": []},
        {"artifacts": ["a"]},
        {"artifacts": {"a": {}}},
        {"artifacts": {"a": "x"}},
        {"artifacts": {"a": {"type": "aws:cloudformation:stack"}}},
    ],
)
def test_a_manifest_of_a_wrong_shape_is_an_error(manifest: object, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(TemplateError, match="expected the manifest of a CDK output folder"):
        load_templates([tmp_path])
