"""Medians, spreads and ratios of what was measured in turn, and the shape in which a bench tells them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

Values = Sequence[float]

ROUNDS = 3


class BenchWrong(Exception):
    """A bench cannot measure, or what it measures is not what it says; one line, made to be shown."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a figure or ratio should be: at least, or at most, this much."""

    bound: float
    at_least: bool = True

    def met(self, value: float) -> bool:
        """Whether a value is on the right side; the bound itself is."""
        return value >= self.bound if self.at_least else value <= self.bound

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.bound:g}"


@dataclass(slots=True)
class Result:
    """What a bench found. `spread` has the least and the most of each ratio and figure that has several values."""

    name: str
    ratios: dict[str, float] = field(default_factory=dict)
    figures: dict[str, float] = field(default_factory=dict)
    spread: dict[str, tuple[float, float]] = field(default_factory=dict)
    targets: dict[str, Target] = field(default_factory=dict)

    def figure(self, key: str, values: Values, target: Target | None = None) -> None:
        """Keep the median of some values under `key`; its unit is the key's last word."""
        self._keep(self.figures, key, values, target)

    def ratio(self, key: str, ours: Values, theirs: Values, target: Target | None = None) -> None:
        """Keep the median of ours to theirs, round by round: a slow moment slows both of a round."""
        pairs = [a / b for a, b in zip(ours, theirs, strict=True)]
        self._keep(self.ratios, key, pairs, target)

    def _keep(self, into: dict[str, float], key: str, values: Values, target: Target | None) -> None:
        into[key] = rounded(median(values))
        self.spread[key] = (rounded(min(values)), rounded(max(values)))
        if target is not None:
            self.targets[key] = target

    def told(self) -> dict[str, object]:
        """The JSON object that ends a bench's output."""
        return {
            "name": self.name,
            "ratios": self.ratios,
            "figures": self.figures,
            "spread": {key: list(ends) for key, ends in self.spread.items()},
        }


def rounded(value: float) -> float:
    """A value to four significant digits, whole from 1,000 on: more would be noise."""
    return float(round(value)) if abs(value) >= 1000 else float(f"{value:.4g}")  # noqa: PLR2004 - as the docstring says


def in_turn(things: Mapping[str, Callable[[], float]], rounds: int = ROUNDS) -> dict[str, list[float]]:
    """Measure A B A B …, and every other round B A, so that none always comes after the same."""
    found: dict[str, list[float]] = {name: [] for name in things}
    for turn in range(rounds):
        names = list(things)[:: 1 if turn % 2 == 0 else -1]
        for name in names:
            found[name].append(things[name]())
    return found
