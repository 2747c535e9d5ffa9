"""Golden values of LoRAs, by diffusers and peft: what they load of a file, and what the adapted pipeline gives.

    python loras.py test/golden/pipelines/lcm test/golden/loras

OUT/trained holds a file that `trained-lora.ts` made; OUT/kohya gets a random one in kohya's names, by this script. Each folder
gets `golden.json` and `golden.safetensors`: a call of the U-Net at two scales, the states of a prompt, merged weights.
"""
import json, sys
from pathlib import Path
import peft
import torch
import transformers
import diffusers
from diffusers import LatentConsistencyModelPipeline
from safetensors.torch import load_file, save_file

MADE_BY = f"diffusers {diffusers.__version__}, peft {peft.__version__}, transformers {transformers.__version__}, torch {torch.__version__}, CPU, float32"
PROMPT = "a watercolor painting of a red fox"
FUSED = ["down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.weight", "down_blocks.0.resnets.0.conv1.weight",
         "mid_block.attentions.0.proj_in.weight"]
FILE = "pytorch_lora_weights.safetensors"
KOHYA = ["to_q", "to_v", "to_out.0", "proj_in", "ff.net.0.proj", "conv1", "conv_shortcut", "downsamplers.0.conv"]


def kohya_file(pipeline, path):
    """Another rank and alpha for each layer, in float16."""
    tensors, ranks = {}, [1, 3, 4]
    parts = (("lora_unet", pipeline.unet, KOHYA), ("lora_te", pipeline.text_encoder, ["q_proj", "k_proj", "v_proj", "out_proj", "fc2"]))
    for prefix, part, targets in parts:
        for name, module in part.named_modules():
            if not any(name.endswith(f".{target}") for target in targets):
                continue
            rank = ranks[len(tensors) // 3 % 3]
            out, fan, *window = module.weight.shape
            if prefix == "lora_te":
                name = f"text_model.{name.removeprefix('text_model.')}"
            stem = f"{prefix}_{name.replace('.', '_')}"
            tensors[f"{stem}.lora_down.weight"] = torch.randn(rank, fan, *window) / module.weight[0].numel() ** 0.5
            tensors[f"{stem}.lora_up.weight"] = torch.randn(out, rank, *[1] * len(window)) * 0.8
            # diffusers takes the most common alpha for all layers of attentions and text encoders.
            alpha = 0.5 * rank + 0.25 if prefix == "lora_unet" and "attn" not in name else 1.5
            tensors[f"{stem}.alpha"] = torch.tensor(alpha)
    save_file({name: tensor.half() for name, tensor in tensors.items()}, path, metadata={"format": "pt"})


@torch.no_grad()
def record(base, folder):
    pipeline = LatentConsistencyModelPipeline.from_pretrained(base, safety_checker=None)
    pipeline.load_lora_weights(folder, weight_name=FILE, adapter_name="golden")
    layers = len({name.rsplit(".lora_", 1)[0] for name in load_file(folder / FILE) if ".lora_" in name})
    adapted = sum(hasattr(one, "lora_A") for part in (pipeline.unet, pipeline.text_encoder) for one in part.modules())
    assert adapted == layers, f"diffusers adapted {adapted} layers of {layers}"
    config = pipeline.unet.config
    tensors = {"sample": torch.randn(2, config.in_channels, 8, 8), "context": torch.randn(2, 5, config.cross_attention_dim),
               "guidance": torch.randn(2, config.time_cond_proj_dim)}
    outputs = {}
    for scale in (1.0, 0.5):
        pipeline.set_adapters(["golden"], [scale])
        tensors[f"output.{scale}"] = pipeline.unet(tensors["sample"], torch.tensor(601.0), tensors["context"], timestep_cond=tensors["guidance"]).sample
        outputs[str(scale)] = {"tensor": f"output.{scale}", "tolerance": 1e-4}
    pipeline.set_adapters(["golden"], [1.0])
    tensors["states"] = pipeline.encode_prompt(PROMPT, "cpu", 1, False)[0]
    pipeline.fuse_lora(lora_scale=0.5)
    modules = dict(pipeline.unet.named_modules())
    for name in FUSED:
        tensors[f"fused.{name}"] = modules[name.removesuffix(".weight")].get_base_layer().weight
    golden = {
        "made_by": MADE_BY, "network": folder.name, "base": "../../pipelines/lcm", "file": FILE, "adapted_modules": adapted,
        "call": {"sample": "sample", "timestep": 601, "encoder_hidden_states": "context", "timestep_cond": "guidance", "outputs_by_scale": outputs},
        "text": {"prompt": PROMPT, "tensor": "states", "tolerance": 1e-4},
        "fused": {"scale": 0.5, "tensors": {name: f"fused.{name}" for name in FUSED}, "tolerance": 1e-6},
    }
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, folder / "golden.safetensors")
    (folder / "golden.json").write_text(json.dumps(golden, indent=2) + "\n", encoding="utf-8")
    print(folder.name, adapted)


base, out = map(Path, sys.argv[1:])
torch.manual_seed(11)
(out / "kohya").mkdir(exist_ok=True)
kohya_file(LatentConsistencyModelPipeline.from_pretrained(base, safety_checker=None), out / "kohya" / FILE)
for name in ("kohya", "trained"):
    record(base, out / name)
