"""Arithmetic of plans: arrays in, arrays out. No clock, no I/O, no framework."""

ENGINE_VERSION = "1.0.0"
