"""Two years of made-up e-mail traffic in slots of five minutes, with spikes whose truth is known.

The generator knows nothing of the detector: how soon people leave after a mail, how hours and days
vary and how mailings come are its own, and differ from what the detector assumes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from watchkeeper.detection.history import SLOT_MINUTES, SLOTS_A_DAY, SLOTS_A_WEEK, SLOTS_AN_HOUR

Counts = npt.NDArray[np.int64]
Rates = npt.NDArray[np.float64]

DAYS = 730
UNSUBSCRIBE_PROBABILITY = 0.002
GROWTH_A_YEAR = 0.25
CAMPAIGNS_A_YEAR = 8
DAY_VARIATION = 0.1
HOUR_VARIATION = 0.15
SOON_SHARE = 0.45
LAG_HOURS = 48
WARM_UP_DAYS = 42
SPIKE_EVERY_DAYS = 7
SPIKE_MINUTES = (10, 30, 60, 120)
SPIKE_LIFTS = (2, 3, 4, 10)
MIN_EXTRA = 10
# The five minutes of a day in which batches are written: those from 03:00 on.
BATCH_SLOT = 3 * SLOTS_AN_HOUR


@dataclass(frozen=True, kw_only=True)
class Spike:
    """Label people who leave beyond the usual, in slots from `since` up to before `until`.

    `extra` says how many of them there are in each of these slots.
    """

    since: int
    until: int
    lift: int
    extra: Counts


@dataclass(frozen=True, kw_only=True)
class Traffic:
    """Hold what was sent and who left by slot, how many were due, and what was planted."""

    mails_a_day: int
    sent: Counts
    left: Counts
    due: Rates
    spikes: Sequence[Spike]


def make_traffic(
    mails_a_day: int,
    *,
    seed: int,
    days: int = DAYS,
    drifts: Sequence[tuple[int, int, float]] = (),
    hour_variation: float = HOUR_VARIATION,
) -> Traffic:
    """Make the traffic of a seed; a drift is a first day, a number of days and a factor."""
    dice = np.random.default_rng((seed, mails_a_day))
    sent = dice.poisson(_sending(dice, mails_a_day, days))
    due = UNSUBSCRIBE_PROBABILITY * _mails_in_mind(sent) * _activity(days)
    noise = np.repeat(_varying(dice, days, DAY_VARIATION), SLOTS_A_DAY)
    noise *= np.repeat(_varying(dice, days * 24, hour_variation), SLOTS_AN_HOUR)
    for first, lasting, factor in drifts:
        noise[first * SLOTS_A_DAY : (first + lasting) * SLOTS_A_DAY] *= factor
    left = dice.poisson(due * noise)
    spikes = [] if drifts else list(_plant(dice, left, due, days))
    return Traffic(mails_a_day=mails_a_day, sent=sent, left=left, due=due, spikes=spikes)


def make_batches(mails_a_day: int, *, seed: int, days: int = DAYS) -> Traffic:
    """Make the traffic of a seed as an application writes it that learns each night who left."""
    # A drift that changes nothing: with drifts no spikes are planted.
    traffic = make_traffic(mails_a_day, seed=seed, days=days, drifts=[(0, days, 1.0)])
    left, due = np.zeros_like(traffic.left), np.zeros_like(traffic.due)
    left[BATCH_SLOT::SLOTS_A_DAY] = traffic.left.reshape(days, SLOTS_A_DAY).sum(axis=1)
    due[BATCH_SLOT::SLOTS_A_DAY] = traffic.due.reshape(days, SLOTS_A_DAY).sum(axis=1)
    return replace(traffic, left=left, due=due)


def _sending(dice: np.random.Generator, mails_a_day: int, days: int) -> Rates:
    """Give e-mails by slot: a digest at 20:00, insights on Mondays, others while people are up."""
    awake = np.repeat(_hours_awake(), SLOTS_AN_HOUR)
    day = 0.35 * awake / awake.sum()
    day[20 * SLOTS_AN_HOUR : 20 * SLOTS_AN_HOUR + 6] += 0.5 / 6
    week = np.tile(day, 7)
    week[10 * SLOTS_AN_HOUR : 11 * SLOTS_AN_HOUR] += 7 * 0.15 / SLOTS_AN_HOUR
    week *= np.repeat([1.05, 1.0, 1.0, 1.0, 0.95, 0.85, 0.9], SLOTS_A_DAY)
    slots = days * SLOTS_A_DAY
    shape = np.tile(week, slots // SLOTS_A_WEEK + 1)[:slots]
    growth = 1 + GROWTH_A_YEAR * np.arange(slots) / (365 * SLOTS_A_DAY)
    sending = mails_a_day * shape * growth
    sending *= np.repeat(_varying(dice, days, 0.1), SLOTS_A_DAY)
    for begin in dice.integers(0, slots, size=round(CAMPAIGNS_A_YEAR * days / 365)):
        hour = begin - begin % SLOTS_A_DAY + int(dice.integers(8, 20)) * SLOTS_AN_HOUR
        sending[hour : hour + 6] += mails_a_day * dice.uniform(0.5, 1.0) / 6
    result: Rates = sending
    return result


def _hours_awake() -> Rates:
    hours = np.arange(24)
    return 1 + 0.8 * np.sin((hours - 9) / 24 * 2 * np.pi)


def _activity(days: int) -> Rates:
    hours = 0.25 + 0.6 * _hours_awake()
    return np.tile(np.repeat(hours, SLOTS_AN_HOUR), days)


def _mails_in_mind(sent: Counts) -> Rates:
    """Spread each mail over the slots in which somebody may leave over it."""
    minutes = np.arange(1, LAG_HOURS * SLOTS_AN_HOUR + 1) * SLOT_MINUTES
    soon = np.exp(-minutes / 25)
    later = np.exp(-((np.log(minutes) - np.log(6 * 60)) ** 2) / 2) / minutes
    kernel = SOON_SHARE * soon / soon.sum() + (1 - SOON_SHARE) * later / later.sum()
    size = len(sent) + len(kernel)
    spectrum = np.fft.rfft(sent.astype(float), size) * np.fft.rfft(kernel, size)
    spread: Rates = np.fft.irfft(spectrum, size)[: len(sent)]
    return np.maximum(spread, 0)


def _varying(dice: np.random.Generator, count: int, variation: float) -> Rates:
    shape = 1 / variation**2
    varying: Rates = dice.gamma(shape, 1 / shape, count)
    return varying


def _plant(dice: np.random.Generator, left: Counts, due: Rates, days: int) -> list[Spike]:
    """Add spikes to `left`: half of them at any time, half where most are due anyhow."""
    spikes = []
    for number, day in enumerate(range(WARM_UP_DAYS, days - SPIKE_EVERY_DAYS, SPIKE_EVERY_DAYS)):
        lift = SPIKE_LIFTS[number % len(SPIKE_LIFTS)]
        slots = int(dice.choice(SPIKE_MINUTES)) // SLOT_MINUTES
        begin = (day + int(dice.integers(0, SPIKE_EVERY_DAYS - 1))) * SLOTS_A_DAY
        at_peak = dice.random() < 0.5
        since = begin + int(dice.integers(0, SLOTS_A_DAY))
        if at_peak:
            since = begin + 20 * SLOTS_AN_HOUR + int(dice.integers(0, SLOTS_AN_HOUR))
        usual = float(due[since : since + slots].sum())
        extra = max(MIN_EXTRA, int(np.ceil((lift - 1) * usual)))
        if lift == min(SPIKE_LIFTS):
            extra = max(5, int(np.ceil(usual)))
        planted = np.bincount(dice.integers(0, slots, size=extra), minlength=slots)
        left[since : since + slots] += planted
        spikes.append(Spike(since=since, until=since + slots, lift=lift, extra=planted))
    return spikes
