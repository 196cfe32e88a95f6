"""Classes of users as models of the engine."""
