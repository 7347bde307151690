"""Realist evaluation research compendium: tenancies, hospital use, costs and why.

Rooms are imported by name (``from pi_research import survival``); importing the
package itself loads nothing else, so that the command line starts at once.
"""

__version__ = "0.1.0"
