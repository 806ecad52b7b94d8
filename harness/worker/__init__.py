"""The process that runs an entry's code: it receives a job without test labels, and sends predictions."""
