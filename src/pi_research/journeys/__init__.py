"""From dated tables to the tables that analyses read: stages, tenancies, milestones, months."""

from pi_research.journeys.build import Journeys, build
from pi_research.journeys.store import load, save

__all__ = ["Journeys", "build", "load", "save"]
