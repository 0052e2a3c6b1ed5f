"""What a function leaves out while it is imported to start faster, and what it takes up again."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
FUNCTIONS = sorted(handler.parent.name for handler in REPOSITORY.glob("functions/*/handler.py"))


def run_in_fresh_interpreter(program: str, **variables: str) -> str:
    outside = {
        name: text for name, text in os.environ.items() if name != "AWS_LAMBDA_FUNCTION_NAME"
    }
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=REPOSITORY,
        env={**outside, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("function", FUNCTIONS)
def test_an_imported_function_collects_garbage_again_and_has_not_paid_for_boto3(
    function: str,
) -> None:
    program = (
        "import gc, sys, watchkeeper; paused = not gc.isenabled();"
        f"import functions.{function}.handler;"
        "print(paused, gc.isenabled(), gc.get_freeze_count() > 0, 'boto3' in sys.modules)"
    )
    said = run_in_fresh_interpreter(
        program, AWS_LAMBDA_FUNCTION_NAME=function, LAMBDA_TASK_ROOT=str(REPOSITORY)
    )
    assert said == "True True True False"


def test_outside_of_a_function_garbage_collection_is_let_be() -> None:
    program = (
        "import gc, watchkeeper; stays = gc.isenabled();"
        f"import functions.{FUNCTIONS[0]}.handler; print(stays, gc.get_freeze_count())"
    )
    assert run_in_fresh_interpreter(program) == "True 0"
