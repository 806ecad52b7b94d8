"""What records say: selection, intervals, ranks, and the relation of pretraining to fine-tuning. Nothing is loaded here."""
