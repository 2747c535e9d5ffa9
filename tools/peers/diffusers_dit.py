"""diffusers' side of `npm run bench -- real`: a DiT in eager PyTorch, one JSON line on stdout.

    python diffusers_dit.py --batch 8 --runs 5 [--threads 2] [--train]

DiT-S/2 at 256 pixels (Peebles & Xie 2023, table 1): latents 32x32x4, patches of 2, 12 blocks of width 384, 6 heads, without the
variance. `forward` times one call under no_grad; `train` times zero_grad + forward + MSE + backward + Adam step.
Pins: torch 2.15.0 (CPU), diffusers 0.42.1.
"""
import argparse
import json
import statistics
import time

import torch
import torch.nn.functional as F
from diffusers import DiTTransformer2DModel

p = argparse.ArgumentParser()
p.add_argument("--batch", type=int, default=8)
p.add_argument("--runs", type=int, default=5)
p.add_argument("--threads", type=int, default=2)
p.add_argument("--train", action="store_true")
a = p.parse_args()
torch.set_num_threads(a.threads)
torch.manual_seed(0)
net = DiTTransformer2DModel(
    num_attention_heads=6, attention_head_dim=64, num_layers=12, sample_size=32, in_channels=4
)
x, t, y = torch.randn(a.batch, 4, 32, 32), torch.arange(a.batch) * 10, torch.zeros(a.batch, dtype=torch.long)
noise = torch.randn_like(x)
optimizer = torch.optim.Adam(net.parameters(), 1e-3)


def forward():
    with torch.no_grad():
        net(x, t, y)


def train():
    optimizer.zero_grad()
    F.mse_loss(net(x, t, y).sample, noise).backward()
    optimizer.step()


work, ms = train if a.train else forward, []
for run in range(-2, a.runs):
    start = time.perf_counter()
    work()
    if run >= 0:
        ms.append((time.perf_counter() - start) * 1e3)
print(json.dumps({
    "side": f"torch {torch.__version__}", "work": "train" if a.train else "forward", "batch": a.batch,
    "parameters": sum(w.numel() for w in net.parameters()), "msMedian": round(statistics.median(ms), 2),
}))
