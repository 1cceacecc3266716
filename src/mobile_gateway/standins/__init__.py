"""Servers that stand in for other people's services, for tests, walks and benchmarks. Never in production."""
