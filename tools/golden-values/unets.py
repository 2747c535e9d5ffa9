"""Golden values of U-Nets, by diffusers: outputs and gradients of tiny random networks, as folders of `golden.json`.

    python unets.py OUT

OUT/NAME gets a network as diffusers saves it and what diffusers makes of some calls. Control networks lie beside the U-Net
that they steer (OUT/BASE).
"""
import json, sys
from pathlib import Path
import torch
import diffusers
from diffusers import ControlNetModel, UNet2DConditionModel, UNet2DModel
from safetensors.torch import save_file

CROSS = {"in_channels": 2, "out_channels": 2, "block_out_channels": [4, 8], "layers_per_block": 1, "norm_num_groups": 2,
         "cross_attention_dim": 6, "attention_head_dim": 2, "sample_size": 8,
         "down_block_types": ["CrossAttnDownBlock2D", "DownBlock2D"], "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D"]}
PLAIN = {"in_channels": 3, "out_channels": 3, "block_out_channels": [8, 8], "layers_per_block": 1, "norm_num_groups": 4,
         "sample_size": 8, "attention_head_dim": 4}

# name, class, configuration, heights and widths of its calls, tensors whose gradients are kept
NETWORKS = [
    ("sizes", UNet2DConditionModel,
     {**CROSS, "addition_embed_type": "text_time", "addition_time_embed_dim": 2, "projection_class_embeddings_input_dim": 17,
      "transformer_layers_per_block": [[2], 1], "reverse_transformer_layers_per_block": [1, [1, 2]], "use_linear_projection": True,
      "time_cond_proj_dim": 5, "only_cross_attention": [True, False]},
     [(8, 8), (7, 5)], ["add_embedding.linear_1.weight", "time_embedding.cond_proj.weight", "conv_in.weight"]),
    ("pixels", UNet2DConditionModel,
     {**CROSS, "addition_embed_type": "text", "addition_embed_type_num_heads": 2, "encoder_hid_dim": 4, "act_fn": "gelu",
      "time_embedding_type": "fourier", "class_embed_type": "simple_projection", "projection_class_embeddings_input_dim": 7,
      "down_block_types": ["ResnetDownsampleBlock2D", "AttnDownBlock2D"], "mid_block_type": "UNetMidBlock2D",
      "up_block_types": ["CrossAttnUpBlock2D", "ResnetUpsampleBlock2D"], "resnet_skip_time_act": True,
      "resnet_out_scale_factor": 1.4, "time_embedding_act_fn": "silu", "timestep_post_act": "mish", "mid_block_scale_factor": 1.3},
     [(8, 8), (4, 6)], ["add_embedding.pool.k_proj.weight", "down_blocks.0.downsamplers.0.conv1.weight"]),
    ("skips", UNet2DModel,
     {**PLAIN, "block_out_channels": [4, 8], "norm_num_groups": None, "time_embedding_type": "fourier", "time_embedding_dim": 8,
      "down_block_types": ["SkipDownBlock2D", "SkipDownBlock2D"], "up_block_types": ["SkipUpBlock2D", "SkipUpBlock2D"],
      "class_embed_type": "timestep"},
     [(8, 8)], ["down_blocks.0.skip_conv.weight", "up_blocks.0.resnet_up.conv1.weight"]),
    ("resampled", UNet2DModel,
     {**PLAIN, "block_out_channels": [8, 8, 8], "time_embedding_type": "learned", "num_train_timesteps": 50,
      "down_block_types": ["ResnetDownsampleBlock2D", "AttnDownBlock2D", "DownBlock2D"], "class_embed_type": "identity",
      "up_block_types": ["UpBlock2D", "AttnUpBlock2D", "ResnetUpsampleBlock2D"], "downsample_type": "resnet",
      "upsample_type": "resnet", "resnet_time_scale_shift": "scale_shift", "attention_head_dim": 3, "downsample_padding": 0},
     [(8, 4)], ["time_proj.weight", "down_blocks.1.downsamplers.0.conv1.weight"]),
    ("edges", ControlNetModel,
     {"in_channels": 2, "block_out_channels": [4, 8], "layers_per_block": 1, "norm_num_groups": 2, "cross_attention_dim": 6,
      "attention_head_dim": 2, "down_block_types": ["CrossAttnDownBlock2D", "DownBlock2D"], "conditioning_embedding_out_channels": [3, 4],
      "controlnet_conditioning_channel_order": "bgr", "addition_embed_type": "text_time", "addition_time_embed_dim": 2,
      "projection_class_embeddings_input_dim": 17},
     [(8, 4)], []),
]
BASES = {"edges": "sizes"}


def randomised(model, seed):
    """Weights of another size than they begin with, so that nothing is zero and all can be seen."""
    torch.manual_seed(seed)
    with torch.no_grad():
        for name, value in model.named_parameters():
            if "time_proj.weight" in name:
                value.copy_(torch.randn_like(value))
            elif value.ndim > 1:
                value.copy_(torch.randn_like(value) * (1.5 / (value[0].numel() ** 0.5)))
            else:
                value.add_(torch.randn_like(value) * 0.2)
    return model.eval()


def inputs_of(model, height, width):
    config, draw = model.config, torch.randn
    last = {"learned": 41.0, "fourier": 0.25}.get(config.get("time_embedding_type"), 700.0)
    given = {"sample": draw(2, config.in_channels, height, width), "timestep": torch.tensor([3.0, last])}
    if not isinstance(model, UNet2DModel):
        given["encoder_hidden_states"] = draw(2, 5, config.encoder_hid_dim or config.cross_attention_dim)
    if config.get("addition_embed_type") == "text_time":
        given["text_embeds"] = draw(2, config.projection_class_embeddings_input_dim - 6 * config.addition_time_embed_dim)
        given["time_ids"] = torch.tensor([[64.0, 64, 0, 0, 64, 64], [32.0, 48, 0, 8, 64, 64]])
    if config.get("time_cond_proj_dim"):
        given["timestep_cond"] = draw(2, config.time_cond_proj_dim)
    kind = config.get("class_embed_type")
    if kind == "timestep":
        given["class_labels"] = torch.tensor([2.5, 11.0])
    elif kind == "identity":
        given["class_labels"] = draw(2, config.time_embedding_dim or 4 * config.block_out_channels[0])
    elif kind:
        given["class_labels"] = draw(2, config.projection_class_embeddings_input_dim)
    elif config.get("num_class_embeds"):
        given["class_labels"] = torch.tensor([1.0, config.num_class_embeds - 1.0])
    return given


def called(model, given, **more):
    told = dict(given)
    added = {name: told.pop(name) for name in ("text_embeds", "time_ids") if name in told}
    if added:
        more["added_cond_kwargs"] = added
    config = model.config
    if "class_labels" in told and config.get("class_embed_type") is None:
        told["class_labels"] = told["class_labels"].long()
    if config.get("time_embedding_type") == "learned":
        told["timestep"] = told["timestep"].long()
    return model(**told, **more)


def outcome(model, given, wanted):
    """The output of a call, and gradients of its mean square."""
    model.zero_grad()
    told = {key: value.clone() for key, value in given.items()}
    told["sample"].requires_grad_(True)
    said = called(model, told).sample
    said.square().mean().backward()
    slopes = {key: value.grad.clone() for key, value in model.named_parameters() if key in wanted}
    return {"output": said.detach()} | {f"gradient.{key}": value for key, value in slopes.items()} | {"gradient.sample": told["sample"].grad}


def golden(name, model, sizes, wanted, out):
    """Tolerances are 1e-4, or ten times what float32 itself is off from float64."""
    model.save_pretrained(out / name / "unet")
    tensors, record = {}, {"made_by": f"diffusers {diffusers.__version__}, torch {torch.__version__}, CPU, float32", "network": name, "forward": []}
    for at, (height, width) in enumerate(sizes):
        given = inputs_of(model, height, width)
        made = outcome(model, given, wanted)
        exact = outcome(model.double(), {key: value.double() for key, value in given.items()}, wanted)
        model.float()
        off = {key: ((value - exact[key]).abs().max() / exact[key].abs().max()).item() for key, value in made.items()}
        tolerance = {key: max(1e-4, float(f"{10 * value:.0e}")) for key, value in off.items()}
        call = {key: f"forward.{at}.{key}" for key in given}
        record["forward"].append({"name": f"forward.{at}", **(call if isinstance(model, UNet2DModel) else {"inputs": call}),
                                  "output": f"forward.{at}.output", "tolerance": tolerance["output"]})
        tensors |= {call[key]: value for key, value in given.items()} | {f"forward.{at}.output": made["output"]}
        if at == 0:
            slopes = {key: value for key, value in made.items() if key != "output"}
            record["gradients"] = {"with_respect_to": {key.removeprefix("gradient."): {"tensor": key, "tolerance": tolerance[key]} for key in slopes}}
            tensors |= slopes
    write(out / name, record, tensors)


def controlled(name, model, base, base_name, sizes, out):
    model.save_pretrained(out / name)
    ((height, width),) = sizes
    given = inputs_of(model, height, width)
    given["timestep"] = torch.tensor(601.0)
    image = torch.rand(2, 3, 2 * height, 2 * width)
    with torch.no_grad():
        said = called(model, given, controlnet_cond=image, conditioning_scale=0.7)
        down, mid = said.down_block_res_samples, said.mid_block_res_sample
        output = called(base, given, down_block_additional_residuals=list(down), mid_block_additional_residual=mid).sample
    outputs = {f"down.{at}": value for at, value in enumerate(down)} | {"mid": mid, "unet_output": output}
    call = {key: f"call.{key}" for key in given} | {"timestep": 601, "controlnet_cond": "call.controlnet_cond", "conditioning_scale": 0.7,
            "outputs": {key: {"tensor": f"call.{key}", "tolerance": 1e-4} for key in outputs}}
    tensors = {f"call.{key}": value for key, value in (given | {"controlnet_cond": image} | outputs).items() if key != "timestep"}
    record = {"made_by": f"diffusers {diffusers.__version__}, torch {torch.__version__}, CPU, float32", "network": name,
              "base": f"../{base_name}", "call": call, "runs": []}
    write(out / name, record, tensors)


def write(folder, record, tensors):
    save_file({key: value.float().contiguous() for key, value in tensors.items()}, folder / "golden.safetensors")
    (folder / "golden.json").write_text(json.dumps(record, indent=1))


if __name__ == "__main__":
    out, made = Path(sys.argv[1]), {}
    for seed, (name, kind, config, sizes, wanted) in enumerate(NETWORKS):
        made[name] = randomised(kind(**config), seed)
        if name in BASES:
            controlled(name, made[name], made[BASES[name]], BASES[name], sizes, out)
        else:
            golden(name, made[name], sizes, wanted, out)
