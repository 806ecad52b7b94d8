"""Arrays of images resized to a shape."""

import numpy as np


def resized(images: np.ndarray, shape: tuple[int, int, int]) -> np.ndarray:
    """uint8 (N, c, h, w) as uint8 (N, C, H, W): bilinear, antialiased when shrunk; grey is repeated into colour.

    Raises:
        ValueError: when c is neither 1 nor C.
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
