"""Engine: the distinct stages of all recipes are planned, run once, and kept in a store.

Read in this order: `engine` (the entry: a job is planned and run), `graph` (tasks and plans; a task is one stage at one
training slice), `planner` and `task_drafts` (recipes become tasks), `keys` and `fingerprints` (what a task's key
covers), `shared_stages` and `cost/` (a plan in numbers), `run_plan` (a plan is run), `progress_state` and `scheduler`
(which task is next), `executors/` and `resources` (workers), `tasks` and `base_fit` (one task), `task_results`,
`stage_record` and `stage_store` (what is kept of it), `series_shards`, `series_digests`, `series_cache` and
`task_parts` (a fit of each series alone is split over workers, and reused between runs).
"""
