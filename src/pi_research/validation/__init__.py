"""Can the methods be trusted? Reference values re-made, and simulation where the truth is known.

This room uses the others from outside; only the command line imports it.
"""
