"""Be an instance of the function: one event a line on standard input, one answer a line."""

import json
import os
import sys
import time
from types import SimpleNamespace

REMAINING_MILLISECONDS = 60_000


def main() -> None:
    """Answer events until there are no more; metrics and log lines are written to nowhere."""
    answers = sys.stdout
    # Before the import: the logger keeps the stream it finds.
    with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123  it is no file
        sys.stdout = nowhere
        from functions.pipeline_metrics.handler import handler  # noqa: PLC0415

        context = SimpleNamespace(
            aws_request_id="benchmark",
            get_remaining_time_in_millis=lambda: REMAINING_MILLISECONDS,
        )
        for line in sys.stdin:
            started = time.monotonic()
            summary = handler(json.loads(line), context)
            seconds = time.monotonic() - started
            print(json.dumps({"seconds": seconds, "summary": summary}), file=answers, flush=True)


if __name__ == "__main__":
    main()
