"""Golden values of image resizing, from Pillow's float mode ("F"). Run: python3 resize.py > test/golden/images/resize.json

Needs pillow and numpy. No size puts a nearest neighbour on a tie: there Pillow adds up steps and rounds by luck. Pillow works in double precision and stores float32, so agreement within 2e-6 is expected.
"""

import json
import sys

import numpy
import PIL
from PIL import Image

METHODS = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}
SIZES = [([5, 7], [10, 14]), ([5, 7], [13, 9]), ([8, 8], [64, 19]), ([9, 12], [4, 5]), ([16, 6], [3, 18])]


def image(height, width):
    """Numbers in [-1, 1] that need no generator to be made again."""
    index = numpy.arange(height * width, dtype=numpy.float64)
    return numpy.sin(index * index * 0.37 + 0.5).astype(numpy.float32).reshape(height, width)


def case(size, target, method):
    picture = Image.fromarray(image(*size), mode="F")
    out = numpy.asarray(picture.resize((target[1], target[0]), METHODS[method]), dtype=numpy.float64)
    return {"size": size, "target": target, "method": method, "values": [round(float(v), 7) for v in out.ravel()]}


json.dump(
    {
        "provenance": f"Pillow {PIL.__version__}, mode F, tools/golden-values/resize.py",
        "input": "float32(sin(0.37 i^2 + 0.5)), i = 0 ... height * width - 1, row by row",
        "tolerance": 2e-6,
        "cases": [case(size, target, method) for size, target in SIZES for method in METHODS],
    },
    sys.stdout,
    separators=(",", ":"),
)
