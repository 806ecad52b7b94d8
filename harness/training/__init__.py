"""The only loop, its optimisers, checkpoints, and how encoders are made."""
