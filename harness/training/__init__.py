"""The training loop, its optimisers, checkpoints, and how encoders are built and used frozen."""
