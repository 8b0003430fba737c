"""What the runs of both generations share: a task, its events, the model's pace."""
