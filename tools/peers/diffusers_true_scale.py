"""diffusers' side of `npm run bench -- real`: a part of Stable Diffusion 1 from its folder, one JSON line on stdout.

    python diffusers_true_scale.py '{"model": "unet", "folder": "…", "batch": 2, "size": 64, "runs": 3}' eager|compiled

Loads the model as diffusers (the text encoder: transformers) does, in float32, then calls it under no_grad. `compiled`: by
torch.compile. Memory is the most that the process had. Pins: torch 2.15.0 (CPU), diffusers 0.42.1, transformers.
"""
import json
import resource
import sys
import time

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from transformers import CLIPTextModel

job, how = json.loads(sys.argv[1]), sys.argv[2]
torch.set_num_threads(2)
torch.manual_seed(0)
batch, size = job["batch"], job["size"]


def now():
    return time.perf_counter() * 1e3


def peak_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


CLASSES = {"unet": UNet2DConditionModel, "vae": AutoencoderKL, "text": CLIPTextModel}
began = now()
net = CLASSES[job["model"]].from_pretrained(
    job["folder"], variant=job.get("variant"), torch_dtype=torch.float32, use_safetensors=True
)
load_ms, load_mb = now() - began, peak_mb()

if job["model"] == "unet":
    inputs = (torch.randn(batch, 4, size, size), torch.tensor(500), torch.randn(batch, 77, 768))
    work = net
elif job["model"] == "vae":
    inputs = (torch.randn(batch, 4, size, size),)
    work = net.decode
else:
    inputs = (torch.full((batch, 77), 7),)
    work = net
if how == "compiled":
    work = torch.compile(work)

times = []
with torch.no_grad():
    for _ in range(1 + job["runs"]):
        start = now()
        work(*inputs)
        times.append(now() - start)
print(json.dumps({
    "loadMs": load_ms, "loadMb": load_mb, "firstMs": times[0], "callMs": times[1:], "peakMb": peak_mb(),
}))
