"""The MNIST example network: conv 32, conv 64, max-pool, dropout, 128 features; sized by its input."""

import torch
from torch import Tensor, nn


class Net(nn.Module):
    """(B, C, H, W) to (B, 128, 1, 1)."""

    def __init__(self, in_shape: tuple[int, int, int], features: int) -> None:
        super().__init__()
        self.trunk = nn.Sequential(
            nn.Conv2d(in_shape[0], 32, 3),
            nn.ReLU(),
            nn.Conv2d(32, 64, 3),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Dropout(0.25),
            nn.Flatten(),
        )
        with torch.no_grad():
            flat = self.trunk(torch.zeros(1, *in_shape)).shape[1]
        self.features = nn.Sequential(nn.Linear(flat, features), nn.ReLU(), nn.Dropout(0.5))

    def forward(self, x: Tensor) -> Tensor:
        features: Tensor = self.features(self.trunk(x))[:, :, None, None]
        return features
