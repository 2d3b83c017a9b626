"""Share of voice: counted in five ways, with intervals that count people."""
