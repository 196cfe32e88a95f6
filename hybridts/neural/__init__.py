"""Global networks: blocks, their assembly, one training loop, one forecaster. The only room that imports torch.

Read in this order: settings, blocks, assembly, windows, training, forecaster.
"""
