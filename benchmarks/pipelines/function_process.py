"""Be an instance of the named function: one event a line on standard input, one answer a line."""

import importlib
import json
import os
import sys
import time
from types import SimpleNamespace


def main() -> None:
    """Answer events until there are no more; metrics and log lines are written to nowhere."""
    answers = sys.stdout
    # Before the import: the logger keeps the stream it finds.
    with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123  it is no file
        sys.stdout = nowhere
        handler = importlib.import_module(f"functions.{sys.argv[1]}.handler").handler
        context = SimpleNamespace(
            aws_request_id="benchmark",
            get_remaining_time_in_millis=lambda: 1000 * int(sys.argv[2]),
        )
        for line in sys.stdin:
            started = time.monotonic()
            summary = handler(json.loads(line), context)
            seconds = time.monotonic() - started
            print(json.dumps({"seconds": seconds, "summary": summary}), file=answers, flush=True)


if __name__ == "__main__":
    main()
