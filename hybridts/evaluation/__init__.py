"""Rolling origins, metrics and what they prove."""
