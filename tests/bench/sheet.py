"""The figures of one `make bench`: printed as they come, and kept for tests/bench/page.

row() prints the middle of some figures with the quarters around it, ratio() compares two rows. Both
append a line of JSON to the file that BENCH_SHEET names, if there is one. A difference that is
smaller than what either row varies by is called so: two rows whose quarters overlap prove nothing.
"""
import json
import os
import statistics


class Row:
    def __init__(self, section, name, unit, figures):
        self.section, self.name, self.unit, self.n = section, name, unit, len(figures)
        self.low, self.middle, self.high = statistics.quantiles(figures, n=4) if len(figures) > 1 else figures * 3


def keep(**record):
    if os.environ.get("BENCH_SHEET"):
        with open(os.environ["BENCH_SHEET"], "a", encoding="utf-8") as sheet:
            sheet.write(json.dumps(record) + "\n")


def title(section):
    print(section, flush=True)


def row(section, name, unit, figures, note=""):
    made = Row(section, name, unit, list(figures))
    print(f"  {name:44}{made.middle:10.2f} {unit:6}{made.low:9.2f} to {made.high:.2f}, {made.n} times"
          + (f"; {note}" if note else ""), flush=True)
    keep(kind="row", section=section, name=name, unit=unit, low=made.low, middle=made.middle, high=made.high,
         n=made.n, note=note)
    return made


def is_certain(a, b):
    return min(a.n, b.n) > 2 and (a.low > b.high or b.low > a.high)


def ratio(ours, peer, goal=None, most=True):
    """ours / peer; goal: what it is to be at most, or at least."""
    value = ours.middle / peer.middle
    holds = None if goal is None else value <= goal if most else value >= goal
    certain = is_certain(ours, peer)
    words = "" if goal is None else f" (goal: {'at most' if most else 'at least'} {goal:g})"
    print(f"  {ours.name} / {peer.name} = {value:.2f}{words}{'' if certain else '; within what the figures vary by'}",
          flush=True)
    keep(kind="ratio", section=ours.section, ours=ours.name, peer=peer.name, value=value, goal=goal,
         most=most, holds=holds, certain=certain)


def absent(section, name, why):
    print(f"  {name:44}not measured: {why}", flush=True)
    keep(kind="absent", section=section, name=name, why=why)
