"""The mechanism behind the simulated extract, one module a part; the front door is ``extract.simulate``."""
