"""Writes test/golden/optimizers/adam.json: Adam and AdamW as torch documents them, in float64.

Written from the pseudocode of the pages torch.optim.Adam and torch.optim.AdamW (torch 2.x: no amsgrad, no maximize) and
of torch.nn.utils.clip_grad_norm_, unfolded and one number at a time, so that it shares nothing with our code.
Run: python3 tools/golden-values/adam.py (standard library only).
"""

import json
import math
import pathlib

STEPS = 6
START = {"weight": [0.5, -1.25, 2.0, 0.125], "bias": [-0.75, 0.25]}


def gradients(step):
    """Arbitrary, with signs that turn and sizes from 1e-3 to 4."""
    number = lambda phase, scale: scale * math.cos(1.3 * step + phase)
    return {
        "weight": [number(0.1, 4.0), number(1.9, 0.5), number(3.0, 0.02), number(4.2, 0.001)],
        "bias": [number(5.5, 1.0), number(2.4, 0.3)],
    }


def clip(grads, max_norm):
    norm = math.sqrt(sum(g * g for values in grads.values() for g in values))
    scale = min(1.0, max_norm / (norm + 1e-6)) if max_norm > 0 else 1.0
    return norm, {name: [g * scale for g in values] for name, values in grads.items()}


def run(kind, lr, beta1, beta2, epsilon, weight_decay, max_norm):
    params = {name: list(values) for name, values in START.items()}
    mean = {name: [0.0] * len(values) for name, values in START.items()}
    square = {name: [0.0] * len(values) for name, values in START.items()}
    steps = []
    for t in range(1, STEPS + 1):
        norm, grads = clip(gradients(t - 1), max_norm)
        for name, theta in params.items():
            for i, g in enumerate(grads[name]):
                if kind == "adamw":
                    theta[i] = theta[i] - lr * weight_decay * theta[i]
                else:
                    g = g + weight_decay * theta[i]
                mean[name][i] = beta1 * mean[name][i] + (1 - beta1) * g
                square[name][i] = beta2 * square[name][i] + (1 - beta2) * g * g
                mean_hat = mean[name][i] / (1 - beta1**t)
                square_hat = square[name][i] / (1 - beta2**t)
                theta[i] = theta[i] - lr * mean_hat / (math.sqrt(square_hat) + epsilon)
        steps.append({"gradientNorm": norm, "parameters": {name: list(values) for name, values in params.items()}})
    config = {"learningRate": lr, "beta1": beta1, "beta2": beta2, "epsilon": epsilon}
    return {
        "optimizer": kind,
        "config": {**config, "weightDecay": weight_decay, "clipNorm": max_norm},
        "steps": steps,
    }


CASES = [
    run("adam", 1e-2, 0.9, 0.999, 1e-8, 0.0, 0.0),
    run("adam", 1e-2, 0.9, 0.999, 1e-8, 0.1, 0.0),
    run("adam", 5e-2, 0.95, 0.99, 1e-3, 0.0, 1.0),
    run("adamw", 1e-2, 0.9, 0.999, 1e-8, 0.0, 0.0),
    run("adamw", 1e-2, 0.9, 0.999, 1e-8, 0.1, 1.0),
    run("adamw", 5e-2, 0.8, 0.9, 1e-6, 0.5, 0.5),
]

out = pathlib.Path(__file__).parents[2] / "test" / "golden" / "optimizers" / "adam.json"
content = {
    "provenance": "tools/golden-values/adam.py: the formulas that torch.optim.Adam and AdamW document, in float64",
    "tolerance": 1e-6,
    "start": START,
    "gradients": [gradients(step) for step in range(STEPS)],
    "cases": CASES,
}
out.write_text(json.dumps(content, indent=1) + "\n")
