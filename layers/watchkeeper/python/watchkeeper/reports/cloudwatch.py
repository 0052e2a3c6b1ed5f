"""Ask CloudWatch for a report: an answer that is refused or missing costs one part of it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from watchkeeper.definitions.errors import ReportPartError

# A hundred entries each: what is more is no longer a history but noise.
MAX_PAGES = 100


def ask(method: Callable[..., Mapping[str, Any]], **arguments: Any) -> Mapping[str, Any]:
    """Call CloudWatch; raise `ReportPartError` with its own code."""
    operation = getattr(method, "__name__", "call")
    try:
        return method(**arguments)
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "no code")
        raise ReportPartError(f"CloudWatch refused {operation} ({code})") from error
    except BotoCoreError as error:
        raise ReportPartError(
            f"CloudWatch did not answer {operation} ({type(error).__name__})"
        ) from error


def pages(
    method: Callable[..., Mapping[str, Any]], **arguments: Any
) -> Iterator[Mapping[str, Any]]:
    """Yield every page of an answer; raise for one that does not end."""
    token: dict[str, str] = {}
    for _ in range(MAX_PAGES):
        page = ask(method, **arguments, **token)
        yield page
        if not page.get("NextToken"):
            return
        token = {"NextToken": page["NextToken"]}
    raise ReportPartError(f"CloudWatch gave more than {MAX_PAGES} pages, expected an end")
