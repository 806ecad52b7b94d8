"""What is shown: the terminal's tables, the site, and how a sweep goes."""
