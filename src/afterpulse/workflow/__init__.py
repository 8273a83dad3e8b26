"""What every job of the workflow needs: its process, log, progress and lock."""
