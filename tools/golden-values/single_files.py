"""Golden data of single files: Stable Diffusions in the original names, as diffusers reads them.

Made with Python 3.11 and torch==2.15.0 (CPU), diffusers==0.42.1, transformers==5.24.0, safetensors==0.8.0.

    python single_files.py OUT

OUT/shapes.json.gz: of Stable Diffusion 1.5, 2.1 and XL 1.0, at full size, the configurations of their folders and the shapes of
all tensors of their file. OUT/NAME: tiny random models as a folder of configurations and one float16 file NAME.safetensors;
diffusers' `from_single_file(file, config=folder)` was compared with the weights that it was made of, and golden.json has a
SHA-256 of each part: of its tensors in the names of diffusers and transformers (`text_model.` in front), sorted, each as its name,
a line feed and its numbers as little-endian float32.
"""
import gzip, hashlib, json, re, sys, tempfile
from pathlib import Path
import diffusers, torch, transformers
from diffusers import AutoencoderKL, UNet2DConditionModel
from safetensors.torch import save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

XL = {"addition_embed_type": "text_time", "use_linear_projection": True, "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
      "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"]}
FULL_VAE = {"block_out_channels": [128, 256, 512, 512], "down_block_types": ["DownEncoderBlock2D"] * 4, "up_block_types": ["UpDecoderBlock2D"] * 4,
            "layers_per_block": 2, "latent_channels": 4}
CLIP_L = {"vocab_size": 49408, "hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12, "num_attention_heads": 12, "hidden_act": "quick_gelu"}
CLIP_H = {"vocab_size": 49408, "hidden_size": 1024, "intermediate_size": 4096, "num_hidden_layers": 23, "num_attention_heads": 16, "hidden_act": "gelu"}
CLIP_G = {**CLIP_H, "hidden_size": 1280, "intermediate_size": 5120, "num_hidden_layers": 32, "num_attention_heads": 20, "projection_dim": 1280}
FULL = {
    "sd1": {"unet": {"cross_attention_dim": 768, "sample_size": 64}, "vae": {**FULL_VAE, "scaling_factor": 0.18215}, "text_encoder": CLIP_L},
    "sd2": {"unet": {"cross_attention_dim": 1024, "attention_head_dim": [5, 10, 20, 20], "use_linear_projection": True, "sample_size": 64},
            "vae": {**FULL_VAE, "scaling_factor": 0.18215}, "text_encoder": CLIP_H},
    "sdxl": {"unet": {**XL, "block_out_channels": [320, 640, 1280], "cross_attention_dim": 2048, "attention_head_dim": [5, 10, 20], "sample_size": 128,
                      "transformer_layers_per_block": [1, 2, 10], "addition_time_embed_dim": 256, "projection_class_embeddings_input_dim": 2816},
             "vae": {**FULL_VAE, "scaling_factor": 0.13025}, "text_encoder": CLIP_L, "text_encoder_2": CLIP_G},
}
VAE = {"block_out_channels": [4, 8], "down_block_types": ["DownEncoderBlock2D"] * 2, "up_block_types": ["UpDecoderBlock2D"] * 2, "layers_per_block": 1,
       "norm_num_groups": 2, "sample_size": 16}
UNET = {"block_out_channels": [4, 8], "layers_per_block": 1, "norm_num_groups": 2, "sample_size": 8, "cross_attention_dim": 8, "attention_head_dim": 2,
        "down_block_types": ["CrossAttnDownBlock2D", "DownBlock2D"], "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D"]}
TEXT = {"vocab_size": 9, "hidden_size": 8, "intermediate_size": 12, "num_hidden_layers": 2, "num_attention_heads": 2, "eos_token_id": 8, "bos_token_id": 7, "pad_token_id": 1}
TINY = {
    "inpaint": {"unet": {**UNET, "in_channels": 9}, "vae": VAE, "text_encoder": TEXT},
    "sd2": {"unet": {**UNET, "use_linear_projection": True, "attention_head_dim": [1, 2]}, "vae": VAE, "text_encoder": {**TEXT, "hidden_act": "gelu"}},
    "sdxl": {"unet": {**UNET, **XL, "block_out_channels": [4, 8, 8], "attention_head_dim": [1, 2, 2], "transformer_layers_per_block": [1, 2, 3],
                      "cross_attention_dim": 20, "addition_time_embed_dim": 2, "projection_class_embeddings_input_dim": 22},
             "vae": {**VAE, "scaling_factor": 0.13025}, "text_encoder": TEXT,
             "text_encoder_2": {**TEXT, "hidden_size": 12, "projection_dim": 10, "hidden_act": "gelu", "pad_token_id": 0}},
}
CLASSES = {"unet": UNet2DConditionModel, "vae": AutoencoderKL, "text_encoder": CLIPTextModel, "text_encoder_2": CLIPTextModelWithProjection}
PIPELINES = {"inpaint": "StableDiffusionInpaintPipeline", "sd2": "StableDiffusionPipeline", "sdxl": "StableDiffusionXLPipeline"}
SCHEDULER = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "clip_sample": False, "set_alpha_to_one": False, "steps_offset": 1}
RESNET = {"norm1": "in_layers.0", "conv1": "in_layers.2", "time_emb_proj": "emb_layers.1", "norm2": "out_layers.0", "conv2": "out_layers.3",
          "conv_shortcut": "skip_connection"}


def parts_of(spec):
    return {name: CLASSES[name](CLIPTextConfig(**config) if name.startswith("text") else None) if name.startswith("text") else CLASSES[name](**config)
            for name, config in spec.items()}


def resnet(rest):
    layer, kind = rest.rsplit(".", 1)
    return f"{RESNET[layer]}.{kind}"


def unet_names(model):
    """Original names by those of diffusers."""
    layers, names = model.config.layers_per_block, {}
    plain = {"conv_in": "input_blocks.0.0", "time_embedding.linear_1": "time_embed.0", "time_embedding.linear_2": "time_embed.2", "conv_norm_out": "out.0",
             "conv_out": "out.2", "add_embedding.linear_1": "label_emb.0.0", "add_embedding.linear_2": "label_emb.0.2"}
    attends = ["CrossAttn" in kind for kind in model.config.up_block_types]
    for name in model.state_dict():
        layer, kind = name.rsplit(".", 1)
        match = re.match(r"(down|up)_blocks\.(\d+)\.(resnets|attentions|downsamplers|upsamplers)\.(\d+)\.(.*)", name)
        middle = re.match(r"mid_block\.(resnets|attentions)\.(\d)\.(.*)", name)
        if layer in plain:
            names[name] = f"{plain[layer]}.{kind}"
        elif middle:
            part, at, rest = middle.groups()
            names[name] = f"middle_block.1.{rest}" if part == "attentions" else f"middle_block.{2 * int(at)}.{resnet(rest)}"
        else:
            way, level, part, block, rest = match.groups()
            level, block = int(level), int(block)
            first = level * (layers + 1)
            if part == "downsamplers":
                names[name] = f"input_blocks.{first + layers + 1}.0.op.{kind}"
            elif part == "upsamplers":
                names[name] = f"output_blocks.{first + layers}.{2 if attends[level] else 1}.conv.{kind}"
            else:
                place = f"input_blocks.{1 + first + block}" if way == "down" else f"output_blocks.{first + block}"
                names[name] = f"{place}.0.{resnet(rest)}" if part == "resnets" else f"{place}.1.{rest}"
    return names


def vae_file(model):
    last = len(model.config.block_out_channels) - 1
    changes = [(r"mid_block\.resnets\.0", "mid.block_1"), (r"mid_block\.resnets\.1", "mid.block_2"), (r"mid_block\.attentions\.0", "mid.attn_1"),
               (r"down_blocks\.(\d+)\.resnets", r"down.\1.block"), (r"down_blocks\.(\d+)\.downsamplers\.0", r"down.\1.downsample"),
               (r"up_blocks\.(\d+)\.resnets", lambda m: f"up.{last - int(m[1])}.block"), (r"up_blocks\.(\d+)\.upsamplers\.0", lambda m: f"up.{last - int(m[1])}.upsample"),
               ("conv_shortcut", "nin_shortcut"), ("conv_norm_out", "norm_out"), ("group_norm", "norm"), (r"to_([qkv])\.", r"\1."), (r"to_out\.0", "proj_out")]
    out = {}
    for name, value in model.state_dict().items():
        for old, new in changes:
            name = re.sub(old, new, name)
        out[f"first_stage_model.{name}"] = value[..., None, None] if ".attn_1." in name and value.ndim == 2 else value
    return out


def hub_names(model):
    """Tensors of a text encoder as hub repositories name them."""
    tensors = {name.removeprefix("text_model."): value for name, value in model.state_dict().items()}
    return {name if name.startswith("text_projection") else f"text_model.{name}": value for name, value in tensors.items()}


def open_clip_file(tensors, more_layers):
    """OpenCLIP's names; `more_layers` layers at the end that the network never sees."""
    plain = {"text_model.embeddings.token_embedding.weight": "token_embedding.weight", "text_model.embeddings.position_embedding.weight": "positional_embedding",
             "text_model.final_layer_norm.weight": "ln_final.weight", "text_model.final_layer_norm.bias": "ln_final.bias"}
    inner = {"layer_norm1": "ln_1", "layer_norm2": "ln_2", "mlp.fc1": "mlp.c_fc", "mlp.fc2": "mlp.c_proj", "self_attn.out_proj": "attn.out_proj"}
    out, layers = {}, {}
    for name, value in tensors.items():
        match = re.match(r"text_model\.encoder\.layers\.(\d+)\.(.*)\.(weight|bias)", name)
        if match:
            layers.setdefault(int(match[1]), {})[(match[2], match[3])] = value
        elif name == "text_projection.weight":
            out["text_projection"] = value.T.contiguous()
        else:
            out[plain[name]] = value
    for layer in range(len(layers) + more_layers):
        own = layers.get(layer, layers[0])
        for kind in ("weight", "bias"):
            fused = torch.cat([own[(f"self_attn.{name}_proj", kind)] for name in "qkv"])
            out[f"transformer.resblocks.{layer}.attn.in_proj_{kind}"] = fused
        for (name, kind), value in own.items():
            if name in inner:
                out[f"transformer.resblocks.{layer}.{inner[name]}.{kind}"] = value
    width = out["ln_final.weight"].shape[0]
    out.setdefault("text_projection", torch.zeros(width, width, device=out["ln_final.weight"].device))
    return {**out, "logit_scale": torch.tensor(1.0, device=out["ln_final.weight"].device)}


def file_of(kind, parts):
    """All tensors of the one file, with what such files have beside."""
    names, state = unet_names(parts["unet"]), parts["unet"].state_dict()
    out = {f"model.diffusion_model.{new}": state[old] for old, new in names.items()}
    out.update(vae_file(parts["vae"]))
    text = hub_names(parts["text_encoder"])
    positions = {"text_model.embeddings.position_ids": torch.arange(77)[None]}
    put = lambda prefix, tensors: out.update({prefix + name: value for name, value in tensors.items()})
    if kind == "sdxl":
        put("conditioner.embedders.0.transformer.", {**text, **positions})
        put("conditioner.embedders.1.model.", open_clip_file(hub_names(parts["text_encoder_2"]), 0))
        return out
    if kind == "sd2":
        put("cond_stage_model.model.", open_clip_file(text, 1))
    else:
        put("cond_stage_model.transformer.", {**text, **positions})
    put("", {"betas": torch.linspace(0.01, 0.02, 9), "alphas_cumprod": torch.linspace(1, 0, 9), "model_ema.decay": torch.tensor(0.9999)})
    put("model_ema.diffusion_model", {new.replace(".", ""): torch.zeros(1) for new in list(names.values())[:3]})
    return out


def digest(tensors):
    said = hashlib.sha256()
    for name in sorted(tensors):
        said.update(name.encode() + b"\n" + tensors[name].detach().float().contiguous().numpy().tobytes())
    return said.hexdigest()


def write_folder(folder, name, spec, parts):
    index = {"_class_name": PIPELINES[name], "_diffusers_version": diffusers.__version__, "scheduler": ["diffusers", "DDIMScheduler"],
             "unet": ["diffusers", "UNet2DConditionModel"], "vae": ["diffusers", "AutoencoderKL"], "feature_extractor": [None, None], "safety_checker": [None, None]}
    for part, model in parts.items():
        (folder / part).mkdir(parents=True, exist_ok=True)
        if part.startswith("text"):
            index[part] = ["transformers", type(model).__name__]
            index[part.replace("text_encoder", "tokenizer")] = ["transformers", "CLIPTokenizer"]
            model.config.architectures = [type(model).__name__]
            model.config.save_pretrained(folder / part)
            write_tokenizer(folder / part.replace("text_encoder", "tokenizer"), "!" if spec[part].get("hidden_act") == "gelu" else "<|endoftext|>")
        else:
            model.save_config(folder / part)
    prediction = {"prediction_type": "v_prediction"} if name == "sd2" else {}
    diffusers.DDIMScheduler(**SCHEDULER, **prediction).save_config(folder / "scheduler")
    (folder / "model_index.json").write_text(json.dumps(index, indent=1) + "\n")


def write_tokenizer(folder, pad):
    folder.mkdir(parents=True, exist_ok=True)
    words = ["!", "a", "c", "t", "t</w>", "ca", "cat</w>", "<|startoftext|>", "<|endoftext|>"]
    special = {"bos_token": "<|startoftext|>", "eos_token": "<|endoftext|>", "unk_token": "<|endoftext|>", "pad_token": pad}
    files = {"vocab.json": {word: at for at, word in enumerate(words)}, "special_tokens_map.json": special,
             "tokenizer_config.json": {**special, "model_max_length": 77, "tokenizer_class": "CLIPTokenizer"}}
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content) + "\n")
    (folder / "merges.txt").write_text("#version: 0.2\nc a\nca t</w>\n")


def read_back(name, file, folder):
    pipeline = getattr(diffusers, PIPELINES[name]).from_single_file(str(file), config=str(folder), local_files_only=True, safety_checker=None, torch_dtype=torch.float32)
    return {part: getattr(pipeline, part) for part in CLASSES if hasattr(pipeline, part)}


def plain(part, model):
    return hub_names(model) if part.startswith("text") else model.state_dict()


def tiny(out, name, spec):
    torch.manual_seed(len(name))
    parts = parts_of(spec)
    for model in parts.values():
        for value in model.parameters():
            value.data = (torch.randn_like(value) * 0.2 + (1 if value.ndim == 1 else 0)).half().float()
    folder = out / name
    write_folder(folder, name, spec, parts)
    kind = name if name in ("sd2", "sdxl") else "sd1"
    half = {key: value.half().contiguous() if value.is_floating_point() else value for key, value in file_of(kind, parts).items()}
    save_file(half, folder / f"{name}.safetensors")
    back = read_back(name, folder / f"{name}.safetensors", folder)
    for part, model in parts.items():
        own, read = plain(part, model), plain(part, back[part])
        assert own.keys() == read.keys() and all(torch.equal(own[key], read[key]) for key in own), f"{name}: diffusers reads another {part}"
    record = {"made_by": f"diffusers {diffusers.__version__}, transformers {transformers.__version__}, torch {torch.__version__}: tools/golden-values/single_files.py",
              "sha256": {part: digest(plain(part, model)) for part, model in parts.items()}}
    (folder / "expected.json").write_text(json.dumps(record, indent=1) + "\n")


def main(out):
    out.mkdir(parents=True, exist_ok=True)
    table = {}
    for kind, spec in FULL.items():
        with torch.device("meta"):
            parts = parts_of(spec)
            shapes = {name: list(value.shape) for name, value in file_of(kind, parts).items()}
        table[kind] = {"configs": spec, "shapes": shapes}
    with gzip.GzipFile(out / "shapes.json.gz", "wb", mtime=0) as file:
        file.write(json.dumps(table, separators=(",", ":")).encode())
    for name, spec in TINY.items():
        tiny(out, name, spec)


main(Path(sys.argv[1]))
