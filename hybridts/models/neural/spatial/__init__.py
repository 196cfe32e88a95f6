"""Grids of series: where ids lie, and networks that read every time step as one frame of all cells."""
