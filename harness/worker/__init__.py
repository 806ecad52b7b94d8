"""The process that runs an entry's code: it gets a job and no test labels, and answers with predictions."""
