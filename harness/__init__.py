"""Pretune: which pretraining is worth fine-tuning, on what, and at what cost?"""

from harness.board import Board, open_board

__all__ = ["Board", "open_board"]
