"""Measures the unsubscribe detector on labelled traffic, beside common ways and known truth.

    python -m benchmarks.unsubscribe_detection [--mails 50,2000,20000] [--seeds 101,102]
        [--days 730] [--contenders watchkeeper,fixed-threshold,rolling-gaussian,oracle,literal]
        [--workers 2]

docs/benchmarks.md explains the numbers. Seeds 1 to 9 are for tuning: never test with them.
"""

import argparse
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from benchmarks._machine import describe_machine
from benchmarks._options import positive_number, positive_numbers
from benchmarks._stopwatch import Stopwatch
from benchmarks._table import format_table
from benchmarks.unsubscribes.contenders import (
    Contender,
    fixed_threshold,
    literal,
    oracle,
    rolling_gaussian,
    watchkeeper,
)
from benchmarks.unsubscribes.scoring import GOAL_MINUTES, Case, Score
from benchmarks.unsubscribes.traffic import (
    DAYS,
    HOUR_VARIATION,
    WARM_UP_DAYS,
    Traffic,
    make_batches,
    make_traffic,
)
from watchkeeper.detection.detector import Kind
from watchkeeper.detection.history import SLOTS_A_DAY

MAILS_A_DAY = "50,2000,20000"
SEEDS = "101,102"
WORKERS = 2
RESTLESS_HOURS = 0.25
DRIFT_FACTOR = 2.0
DRIFT_DAYS = 14
OURS = "watchkeeper"
CONTENDERS: Mapping[str, Contender] = {
    OURS: watchkeeper,
    "fixed-threshold": fixed_threshold,
    "rolling-gaussian": rolling_gaussian,
    "oracle": oracle,
    "literal": literal,
}
HEADER = (
    "mails a day",
    "spikes",
    "found",
    f"in {GOAL_MINUTES} min",
    "precision",
    "median min",
    "most min",
    "false a month",
    "false a year",
)
BATCH_HEADER = ("mails a day", "pages, all false", "a year")
# By how long the ten took that made a spike count, and by how many were due meanwhile.
CLASSES: Mapping[str, Callable[[Case], bool]] = {
    "ten within 15 min": lambda case: case.pace_minutes <= 15,
    "within 60": lambda case: 15 < case.pace_minutes <= 60,
    "slower": lambda case: case.pace_minutes > 60,
    "fewer than 1 due": lambda case: case.due < 1,
    "1 to 2": lambda case: 1 <= case.due < 2,
    "2 to 3": lambda case: 2 <= case.due < 3,
    "3 and more": lambda case: case.due >= 3,
}
CLASSED = (OURS, "oracle")
Scores = Mapping[str, Score]


@dataclass(frozen=True, kw_only=True)
class Task:
    """Say which traffic is judged by whom.

    `is_drifting` asks for drifts in place of spikes, `is_batched` for neither: for traffic in which
    all who left on a day are written at once.
    """

    mails: int
    seed: int
    days: int
    contenders: tuple[str, ...] = (OURS,)
    hour_variation: float = HOUR_VARIATION
    is_drifting: bool = False
    is_batched: bool = False


def main(arguments: Sequence[str] | None = None) -> int:
    """Judge all traffic by all contenders; print the tables and whether the goal is met."""
    options = _options(arguments)
    print(describe_machine())
    names = tuple(options.contenders.split(","))
    tasks = [
        Task(mails=mails, seed=seed, days=options.days, contenders=names)
        # The longest first, so that no worker waits for the other in the end.
        for mails in sorted(options.mails, reverse=True)
        for seed in options.seeds
    ]
    beyond = _beyond(options.mails, options.seeds[0]) if options.days == DAYS else []
    with Stopwatch() as watch:
        results = _in_parallel([*tasks, *beyond], options.workers)
        results, others = results[: len(tasks)], results[len(tasks) :]
    scores = _by_contender(names, options.mails, tasks, results)
    for name, by_mails in scores.items():
        print(f"\n{name}: {len(options.seeds)} × {options.days} days each\n")
        print(format_table(HEADER, [_row(f"{mails:,}", one) for mails, one in by_mails.items()]))
    print(_by_class(scores))
    if others:
        print(_say_beyond(options.mails, *(scores[OURS] for scores in others)))
    print(f"\n{watch.seconds:.0f} s in all.")
    verdict = "met" if all(map(_meets_goal, scores.get(OURS, {}).values())) else "missed"
    print(
        "The goal of at most one false page a year and every spike of three times the usual and "
        f"ten more found within {GOAL_MINUTES} minutes is {verdict}."
    )
    return 0


def judge(task: Task) -> Scores:
    """Make a traffic and let contenders judge it; what comes while they warm up is left out."""
    if task.is_drifting:
        return {OURS: _drifts(task)}
    if task.is_batched:
        return {OURS: _score(watchkeeper, make_batches(task.mails, seed=task.seed, days=task.days))}
    traffic = make_traffic(
        task.mails, seed=task.seed, days=task.days, hour_variation=task.hour_variation
    )
    return {name: _score(CONTENDERS[name], traffic) for name in task.contenders}


def _score(contender: Contender, traffic: Traffic) -> Score:
    score = Score()
    score.add(traffic, contender(traffic), from_slot=WARM_UP_DAYS * SLOTS_A_DAY)
    return score


def _in_parallel(tasks: Sequence[Task], workers: int) -> list[Scores]:
    if workers == 1:
        return list(map(judge, tasks))
    with ProcessPoolExecutor(workers) as pool:
        return list(pool.map(judge, tasks))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--mails", type=positive_numbers, default=positive_numbers(MAILS_A_DAY))
    parser.add_argument("--seeds", type=positive_numbers, default=positive_numbers(SEEDS))
    parser.add_argument("--days", type=positive_number, default=DAYS)
    parser.add_argument("--contenders", default=",".join(CONTENDERS))
    parser.add_argument("--workers", type=positive_number, default=WORKERS)
    return parser.parse_args(arguments)


def _by_contender(
    names: Sequence[str],
    mails_a_day: Sequence[int],
    tasks: Sequence[Task],
    results: Sequence[Scores],
) -> dict[str, dict[int, Score]]:
    scores = {name: {mails: Score() for mails in mails_a_day} for name in names}
    for task, result in zip(tasks, results, strict=True):
        for name, score in result.items():
            scores[name][task.mails].merge(score)
    return scores


def _row(label: str, one: Score) -> list[str]:
    delays = one.delays or [0]
    return [
        label,
        str(one.spikes),
        _percent(len(one.delays), one.spikes),
        _percent(one.in_time, one.spikes),
        f"{100 * one.precision:.1f} %",
        f"{statistics.median(delays):.0f}",
        str(max(delays)),
        f"{one.false_pages_a_month:.2f}",
        f"{one.false_pages_a_year:.1f}",
    ]


def _by_class(scores: Mapping[str, Mapping[int, Score]]) -> str:
    """Tell how many are found in time by what kind of spike it is."""
    rows = [
        [f"{name}, {mails:,}", *(_share(score.cases, belongs) for belongs in CLASSES.values())]
        for name in CLASSED
        for mails, score in scores.get(name, {}).items()
    ]
    title = (
        f"Found in {GOAL_MINUTES} minutes, by how long the ten took and how many were due meanwhile"
    )
    return f"\n{title}\n\n{format_table(('mails a day', *CLASSES), rows)}"


def _share(cases: Sequence[Case], belongs: Callable[[Case], bool]) -> str:
    chosen = [case for case in cases if belongs(case)]
    found = sum(case.in_time for case in chosen)
    return f"{_percent(found, len(chosen))} of {len(chosen)}" if chosen else "none"


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / max(whole, 1):.1f} %"


def _meets_goal(one: Score) -> bool:
    return one.in_time == one.spikes and one.false_pages_a_year <= 1


def _beyond(mails: Sequence[int], seed: int) -> list[Task]:
    """Ask how it does where hours vary more than usual, on slow drifts, and on batches."""
    return [
        Task(mails=max(mails), seed=seed, days=DAYS, hour_variation=RESTLESS_HOURS),
        Task(mails=max(mails), seed=seed, days=DAYS, is_drifting=True),
        *(Task(mails=number, seed=seed, days=DAYS, is_batched=True) for number in mails),
    ]


def _drifts(task: Task) -> Score:
    """Score drifts as cases: after how many minutes each was said."""
    firsts = range(70, DAYS - DRIFT_DAYS, 90)
    planted = [(first, DRIFT_DAYS, DRIFT_FACTOR) for first in firsts]
    pages = watchkeeper(make_traffic(task.mails, seed=task.seed, drifts=planted))
    starts = [page.since / SLOTS_A_DAY for page in pages if page.kind is Kind.DRIFT]
    score = Score(days=task.days)
    for first in firsts:
        found = [start for start in starts if first <= start <= first + DRIFT_DAYS + 1]
        delay = round((min(found) - first) * 24 * 60) if found else None
        score.cases.append(Case(pace_minutes=DRIFT_DAYS * 24 * 60, due=0.0, delay_minutes=delay))
    return score


def _say_beyond(mails: Sequence[int], restless: Score, drifting: Score, *batched: Score) -> str:
    days = statistics.median(drifting.delays or [0]) / 24 / 60
    return (
        f"\n{OURS}, hours that vary by {100 * RESTLESS_HOURS:.0f} % of their own accord\n\n"
        f"{format_table(HEADER, [_row(f'{max(mails):,}', restless)])}\n\n"
        f"{len(drifting.delays)} of {drifting.spikes} drifts (twice as many for {DRIFT_DAYS} days) "
        f"found, after {days:.0f} days in the median.\n\n"
        f"{OURS}, all who left on a day written at once\n\n"
        f"{format_table(BATCH_HEADER, list(map(_batch_row, mails, batched)))}"
    )


def _batch_row(mails: int, score: Score) -> list[str]:
    return [f"{mails:,}", str(score.false_pages), f"{score.false_pages_a_year:.1f}"]


if __name__ == "__main__":
    sys.exit(main())
