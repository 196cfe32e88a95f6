"""A name becomes a recipe, and is explained."""
