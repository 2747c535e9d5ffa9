"""Golden values of a tiny random FluxTransformer2DModel: python flux.py FOLDER

Writes FOLDER/transformer as diffusers saves it, FOLDER/golden.json and FOLDER/golden.safetensors.
"""
import json
import pathlib
import sys

import diffusers
import torch
from safetensors.torch import save_file

folder = pathlib.Path(sys.argv[1])
torch.manual_seed(0)
network = diffusers.FluxTransformer2DModel(
    in_channels=4, num_layers=1, num_single_layers=1, attention_head_dim=8, num_attention_heads=2,
    joint_attention_dim=6, pooled_projection_dim=5, guidance_embeds=True, axes_dims_rope=(2, 2, 4),
)
network.save_pretrained(folder / "transformer", safe_serialization=True)
places = torch.stack(torch.meshgrid(torch.zeros(1), torch.arange(2.0), torch.arange(3.0), indexing="ij"), -1)
inputs = {
    "hidden_states": torch.randn(2, 6, 4),
    "encoder_hidden_states": torch.randn(2, 3, 6),
    "pooled_projections": torch.randn(2, 5),
    "timestep": torch.tensor([0.9, 0.25]),
    "guidance": torch.tensor([3.5, 1.0]),
    "img_ids": places.reshape(6, 3),
    "txt_ids": torch.zeros(3, 3),
}
inputs["hidden_states"].requires_grad_(True)
output = network(**inputs).sample
output.square().mean().backward()
weights = dict(network.named_parameters())
slopes = {"hidden_states": inputs["hidden_states"].grad}
for name in ["transformer_blocks.0.attn.add_q_proj.weight", "single_transformer_blocks.0.attn.norm_k.weight"]:
    slopes[name] = weights[name].grad
record = {
    "made_by": f"diffusers {diffusers.__version__}, torch {torch.__version__}, CPU, float32",
    "network": "flux-tiny",
    "forward": [
        {
            "name": "forward.0",
            "inputs": {name: f"forward.0.{name}" for name in inputs},
            "output": "forward.0.output",
            "tolerance": 1e-4,
        }
    ],
    "gradients": {
        "of": "mean(output^2) of forward.0",
        "with_respect_to": {name: {"tensor": f"gradient.{name}", "tolerance": 2e-4} for name in slopes},
    },
}
tensors = {f"forward.0.{name}": tensor for name, tensor in inputs.items()}
tensors |= {"forward.0.output": output} | {f"gradient.{name}": slope for name, slope in slopes.items()}
save_file({name: tensor.detach().contiguous() for name, tensor in tensors.items()}, folder / "golden.safetensors")
(folder / "golden.json").write_text(json.dumps(record, indent=1) + "\n")
