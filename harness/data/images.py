"""Arrays of images at the size that is asked for."""

import numpy as np


def resized(images: np.ndarray, shape: tuple[int, int, int]) -> np.ndarray:
    """uint8 (N, c, h, w) as uint8 (N, C, H, W): bilinear, antialiased when shrunk; grey repeats into colour.

    Raises:
        ValueError: when channels cannot be matched.
    """
    import torch
    from torch.nn.functional import interpolate

    channels, height, width = shape
    if images.shape[1] not in (1, channels):
        raise ValueError(f"images have {images.shape[1]} channels, and the suite's shape has {channels}")
    if images.shape[2:] != (height, width):
        tensor = torch.from_numpy(np.ascontiguousarray(images)).float()
        sized = interpolate(tensor, (height, width), mode="bilinear", align_corners=False, antialias=True)
        images = sized.round().clamp(0, 255).byte().numpy()
    if images.shape[1] != channels:
        images = np.repeat(images, channels, axis=1)
    return np.ascontiguousarray(images)
