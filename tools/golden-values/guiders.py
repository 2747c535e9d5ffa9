"""Golden values of guidances that diffusers has as guiders: python guiders.py FILE

Made with diffusers 0.42.1 and torch 2.15.0. Each row has what a network said under a condition and without one.
"""
import importlib
import json
import sys

import torch

magnitude = importlib.import_module("diffusers.guiders.magnitude_aware_guidance").mambo_guidance
tangential = importlib.import_module("diffusers.guiders.tangential_classifier_free_guidance").normalized_guidance
generator = torch.Generator().manual_seed(3)
rows = []
for scale in (2.0, 7.5):
    for share in (0.05, 0.6):
        unconditional = torch.randn(2, 6, generator=generator, dtype=torch.float64)
        conditional = unconditional + share * torch.randn(2, 6, generator=generator, dtype=torch.float64)
        for name, guided in (
            ("magnitude-aware", magnitude(conditional, unconditional, scale, 8.0)),
            ("tangential", tangential(conditional, unconditional, scale)),
        ):
            numbers = {"conditional": conditional, "unconditional": unconditional, "guided": guided}
            rows.append({"guidance": name, "scale": scale} | {
                key: [float(f"{value:.10g}") for value in tensor.flatten()] for key, tensor in numbers.items()
            })
with open(sys.argv[1], "w") as file:
    json.dump({"script": "guiders.py", "rows": rows}, file, separators=(",", ":"))
    file.write("\n")
