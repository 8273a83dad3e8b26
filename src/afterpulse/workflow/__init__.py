"""Process, log, progress and lock of the jobs of the workflow."""
