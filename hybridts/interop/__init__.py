"""Names of hybridts behind the interfaces of other libraries; each needs its own extra."""
