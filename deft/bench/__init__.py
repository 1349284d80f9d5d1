"""Benchmarks of DEFT on data that other people have prepared, under rules that leave no test clip a way in."""
