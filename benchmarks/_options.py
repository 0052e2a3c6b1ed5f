"""How numbers are read from the command line of a benchmark."""

import argparse


def positive_number(text: str) -> int:
    """Read a whole number of 1 or more, such as 200 or 1e6."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if number < 1 or number != int(number):
        raise argparse.ArgumentTypeError(f"found {text!r}, expected a whole number of 1 or more")
    return int(number)


def positive_numbers(text: str) -> tuple[int, ...]:
    """Read different numbers separated by commas, and sort them."""
    return tuple(sorted({positive_number(part) for part in text.split(",")}))
