-- When a job first began, so that one that a crash cut off between its commit and its report finds its own batches again.

alter table import_job add column started_at timestamptz;
