"""Measurements, as ratios to yardsticks within one run; see `make bench`."""
