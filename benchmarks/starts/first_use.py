"""Import modules in a fresh interpreter, then make an AWS client, and tell how long each took.

Started as a program with nothing of this project imported: what is measured is all there is.
Arguments: modules to import at the cold start, modules that the first run imports besides, and
the function that makes the client as `module:function`; the first two separated by commas.
Prints one line of JSON, then waits for the end of standard input: somebody may look at its memory.
"""

import importlib
import json
import sys
import time

SERVICE = "dynamodb"


def main() -> None:
    """Measure: wall-clock and processor milliseconds from the first import on."""
    at_start, at_first_run, client = sys.argv[1:]
    module, _, function = client.partition(":")
    started, worked = time.perf_counter(), time.process_time()
    for name in at_start.split(","):
        importlib.import_module(name)
    imported = time.perf_counter(), time.process_time()
    for name in filter(None, at_first_run.split(",")):
        importlib.import_module(name)
    getattr(importlib.import_module(module), function)(SERVICE)
    ready = time.perf_counter(), time.process_time()
    answer = {
        "import_milliseconds": 1000 * (imported[0] - started),
        "import_processor_milliseconds": 1000 * (imported[1] - worked),
        "ready_milliseconds": 1000 * (ready[0] - started),
        "ready_processor_milliseconds": 1000 * (ready[1] - worked),
    }
    print(json.dumps(answer), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
