"""Pocket nanochat: nanochat's interface with a byte-level model small enough for one CPU core.

Standard library only. `POCKET` tells a program that loads this package which nanochat it has.
"""

POCKET = True
