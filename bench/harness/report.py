"""Tables for people, one line of JSON for programs."""

from __future__ import annotations

import json
import statistics
from dataclasses import dataclass, field

from harness.settings import Settings, commit, machine


@dataclass(frozen=True)
class Figure:
    name: str
    value: float | None  # None: not measured in this run
    unit: str
    goal: float | None = None  # at most this, in the same unit
    goal_is_strict: bool = False

    @property
    def passed(self) -> bool | None:
        if self.goal is None or self.value is None:
            return None
        return self.value < self.goal if self.goal_is_strict else self.value <= self.goal


@dataclass
class Report:
    benchmark: str
    settings: Settings
    figures: list[Figure] = field(default_factory=list)
    details: dict = field(default_factory=dict)
    load_before: float = 0.0

    def add(self, name, value, unit, goal=None, strict=False) -> None:
        self.figures.append(Figure(name, value, unit, goal, strict))

    def show(self) -> None:
        rows = [["figure", "value", "unit", "goal", ""]]
        for figure in self.figures:
            sign = "<" if figure.goal_is_strict else "<="
            rows.append([
                figure.name,
                "-" if figure.value is None else number(figure.value),
                figure.unit,
                "" if figure.goal is None else f"{sign} {number(figure.goal)}",
                {True: "pass", False: "MISS", None: ""}[figure.passed],
            ])  # fmt: skip
        print_table(rows)
        print()
        print(json.dumps(self.as_json()))

    def as_json(self) -> dict:
        verdicts = [figure.passed for figure in self.figures if figure.goal is not None]
        return {
            "benchmark": self.benchmark,
            "quick": self.settings.quick,
            "pass": all(verdicts) if verdicts and None not in verdicts else None,
            "figures": [
                {
                    "name": figure.name,
                    "value": None if figure.value is None else round(figure.value, 3),
                    "unit": figure.unit,
                    "goal": figure.goal,
                    "pass": figure.passed,
                }
                for figure in self.figures
            ],
            "details": self.details,
            "machine": {**machine(), "load_before": round(self.load_before, 2)},
            "commit": commit(),
        }


def number(value: float) -> str:
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.2f}" if abs(value) < 100 else f"{value:,.1f}"


def print_table(rows: list[list[str]]) -> None:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for index, row in enumerate(rows):
        cells = [
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths))
        ]
        print("  " + "  ".join(cells).rstrip())
        if index == 0:
            print("  " + "  ".join("-" * width for width in widths))


def median(values) -> float | None:
    values = [value for value in values if value is not None]
    return statistics.median(values) if values else None
