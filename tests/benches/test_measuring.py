from __future__ import annotations

import json

import pytest

from mobile_gateway.benches import load
from mobile_gateway.benches.measuring import BenchWrong, Result, Target, in_turn, rounded


def test_a_figure_is_the_median_with_least_and_most() -> None:
    result = Result("x")
    result.figure("a requests/s", [5.0, 1.0, 3.0])
    assert result.figures == {"a requests/s": 3.0}
    assert result.spread == {"a requests/s": (1.0, 5.0)}


def test_a_ratio_is_taken_round_by_round() -> None:
    result = Result("x")
    result.ratio("a of b", [10.0, 1.0, 30.0], [10.0, 2.0, 10.0])
    assert result.ratios == {"a of b": 1.0}
    assert result.spread == {"a of b": (0.5, 3.0)}


def test_a_bench_is_told_as_one_json_object() -> None:
    result = Result("x")
    result.figure("a s", [1.23456], Target(1.5, at_least=False))
    result.ratio("a of b", [1.0], [3.0])
    assert json.loads(json.dumps(result.told())) == {
        "name": "x",
        "ratios": {"a of b": 0.3333},
        "figures": {"a s": 1.235},
        "spread": {"a s": [1.235, 1.235], "a of b": [0.3333, 0.3333]},
    }


def test_things_are_measured_in_turn_and_back() -> None:
    seen: list[str] = []

    def thing(name: str) -> float:
        seen.append(name)
        return float(len(seen))

    found = in_turn({"a": lambda: thing("a"), "b": lambda: thing("b")}, rounds=3)
    assert "".join(seen) == "abbaab"
    assert found == {"a": [1.0, 4.0, 5.0], "b": [2.0, 3.0, 6.0]}


def test_a_target_is_met_at_its_bound() -> None:
    assert Target(0.9).met(0.9)
    assert not Target(0.9).met(0.89)
    assert Target(120, at_least=False).met(120)
    assert not Target(120, at_least=False).met(121)
    assert str(Target(120, at_least=False)) == "≤ 120"


def test_values_keep_four_digits() -> None:
    assert [rounded(v) for v in (12345.6, 12.3456, 0.00123456)] == [12346.0, 12.35, 0.001235]


def test_a_request_is_written_with_its_length() -> None:
    request = load.post(b"{}", "t")
    assert request.startswith(b"POST /graphql HTTP/1.1\r\n")
    assert request.endswith(
        b"authorization: Bearer t\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"
    )


def answered(**other: int) -> bytes:
    seen = {"requests": 10, "micros": 2_000_000, "refused": 0, "broken": 0, "again": 0, "p50": 1, "p99": 2}
    return b"Running 1s test\n" + json.dumps({**seen, **other}).encode() + b"\n"


def test_the_load_is_read_from_its_last_line() -> None:
    assert load.read(answered()).a_second == 5.0


@pytest.mark.parametrize(
    ("output", "once"),
    [
        (answered(refused=1), False),
        (answered(broken=1), False),
        (answered(requests=0), False),
        (answered(again=1), True),
        (b"unable to connect\n", False),
        (b"", False),
    ],
)
def test_a_load_that_went_wrong_is_no_figure(output: bytes, once: bool) -> None:
    with pytest.raises(BenchWrong):
        load.read(output, once=once)
