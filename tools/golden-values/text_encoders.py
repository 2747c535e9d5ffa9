"""Golden values of text encoders, by transformers: states, pooled states, gradients, token ids.

    python text_encoders.py PIPELINE OUT

PIPELINE is a folder of Stable Diffusion XL as diffusers saves it, of a size that may be kept; OUT gets its text encoders and
tokenizers and what transformers makes of some prompts with them.
"""
import json, shutil, sys
from pathlib import Path
import torch, transformers
from safetensors.torch import load_file, save_file
from transformers import CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

PROMPTS = [
    "A WATERCOLOR painting, highly-detailed; 4k (sharp)!",
    "café, naïve — 東京 🙂",
    "wow! a dog!! in the house",
    "",
    "red fox in the snow, " + "a very long prompt that goes on and on, " * 12,
]
GRADIENTS = ["embeddings.token_embedding", "embeddings.position_embedding", "encoder.layers.0.self_attn.q_proj",
             "encoder.layers.1.mlp.fc1", "encoder.layers.2.layer_norm2", "final_layer_norm"]


def part(source, out, suffix, kind):
    record, tensors = {"prompts": PROMPTS}, {}
    name = f"text{suffix}"
    for folder in (f"text_encoder{suffix}", f"tokenizer{suffix}"):
        (out / folder).mkdir(parents=True, exist_ok=True)
        for file in (source / folder).iterdir():
            if ".fp16." not in file.name:
                shutil.copyfile(file, out / folder / file.name)
    tokenizer = CLIPTokenizer.from_pretrained(source / f"tokenizer{suffix}")
    model = kind.from_pretrained(source / f"text_encoder{suffix}", dtype=torch.float32).eval()
    ids = tokenizer(PROMPTS, padding="max_length", max_length=77, truncation=True, return_tensors="pt").input_ids
    record["input_ids"] = ids.tolist()

    def forward():
        said = model(ids, output_hidden_states=True)
        pooled = said.text_embeds if kind is CLIPTextModelWithProjection else said.pooler_output
        return {"last_hidden_state": said.last_hidden_state, "penultimate": said.hidden_states[-2], "pooled": pooled}

    said = forward()
    for output, tensor in said.items():
        tensors[f"{name}.{output}"] = tensor.detach().contiguous()
        record[output] = {"tensor": f"{name}.{output}", "tolerance": 1e-4}
    (said["last_hidden_state"].square().mean() + said["pooled"].square().mean()).backward()
    record["gradients"] = {}
    for parameter, value in model.named_parameters():
        plain = parameter.removeprefix("text_model.")
        if any(plain.startswith(wanted) for wanted in GRADIENTS) or plain.startswith("text_projection"):
            tensors[f"{name}.gradients.{plain}"] = value.grad.contiguous()
            record["gradients"][plain] = {"tensor": f"{name}.gradients.{plain}", "tolerance": 1e-4}
    return {name: record}, tensors


def main():
    source, out = Path(sys.argv[1]), Path(sys.argv[2])
    first, tensors = part(source, out, "", CLIPTextModel)
    second, more = part(source, out, "_2", CLIPTextModelWithProjection)
    record = {"made_by": f"torch {torch.__version__}, transformers {transformers.__version__}, CPU, float32",
              "script": "tools/golden-values/text_encoders.py", "network": out.name,
              "gradients_of": "mean(last_hidden_state^2) + mean(pooled^2)", **first, **second}
    (out / "golden.json").write_text(json.dumps(record))
    save_file({**tensors, **more}, out / "golden.safetensors")


main()
