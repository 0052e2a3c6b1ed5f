"""Rehearsals to tell about: a stranger's shop, once as expected and once not."""

from pathlib import Path

from rehearsal.engine.template.deployment import Deployment
from rehearsal.engine.template.reader import read_templates
from rehearsal.rehearse_command import read_incident
from rehearsal.runner.evaluation import rehearse_metrics
from rehearsal.runner.result import Rehearsal
from rehearsal.template_files import load_templates
from tests.command.shop import SCENARIO, TEMPLATE, TITLE, write_shop

LATE_TITLE = "Zealous expectations"
LATE = SCENARIO.replace(TITLE, LATE_TITLE).replace('["12m", "15m"]', '["10m", "12m"]')


def read_shop(folder: Path, template: str = TEMPLATE) -> Deployment:
    """Read the shop's alarms."""
    file = folder / "alarms.yaml"
    file.write_text(template, encoding="utf-8")
    documents = load_templates([file]).documents
    return read_templates(documents, account="111111111111", region="us-east-1")


def rehearse_shop(folder: Path, deployment: Deployment, scenario: str = SCENARIO) -> Rehearsal:
    """Rehearse an incident of the shop."""
    file = write_shop(folder, scenario)
    return rehearse_metrics(read_incident(file, deployment), deployment)
