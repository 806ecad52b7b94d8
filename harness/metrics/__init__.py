"""What is measured: names, units and directions without torch; scores."""
