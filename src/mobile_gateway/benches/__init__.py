"""How fast, against what: ratios between things measured in turn in one run. Benchmarks are not tests.

Each bench brings its own peers (a floor, a default, an echo, a naive way) and measures them beside the product on
the same rows, with a real load generator, so that a noisy machine disturbs both alike.
"""
