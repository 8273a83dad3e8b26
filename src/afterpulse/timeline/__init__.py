"""A protocol as segments: pulses' edges to an LLG engine, plateaus and waits to the kinetics."""
