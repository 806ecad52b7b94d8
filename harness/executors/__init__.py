"""Where trials run: an executor takes what is ready and returns outcomes; it decides nothing about order or retries."""
