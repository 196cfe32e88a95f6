"""Global networks: blocks, their assembly, one training loop, one forecaster. The only room that imports torch.

Read in this order: settings, blocks, head, assembly, history, windows, training, parts, forecaster. Beside them stand
grids of series (grid, frames, cell_head), weights on disk (weights, saved, start) and counts for explanations (counts).
"""
