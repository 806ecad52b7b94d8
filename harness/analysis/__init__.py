"""What records say: selection, intervals, ranks, the relation of pretraining to fine-tuning."""
