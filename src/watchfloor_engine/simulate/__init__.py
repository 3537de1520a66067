"""A plan's thousand futures: simulate the real network with uncertain durations."""

from watchfloor_engine.simulate.distribution import Distribution, Shape
from watchfloor_engine.simulate.futures import Simulation, quantiles, simulate

__all__ = ["Distribution", "Shape", "Simulation", "quantiles", "simulate"]
