"""Golden values of autoencoders, by diffusers: tiny random networks, both halves, gradients.

    python autoencoders.py OUT
"""
import json, sys
from pathlib import Path
import diffusers, torch
from diffusers import AutoencoderKL, AutoencoderTiny
from safetensors.torch import load_file, save_file

KL = dict(block_out_channels=[8, 12], norm_num_groups=4, sample_size=16, layers_per_block=1,
          down_block_types=["DownEncoderBlock2D"] * 2, up_block_types=["UpDecoderBlock2D"] * 2)
CASES = {
    "kl-old-names": (AutoencoderKL, KL, "as in Stable Diffusion 1, attention under its old names"),
    "kl-attention": (AutoencoderKL, {**KL, "down_block_types": ["DownEncoderBlock2D", "AttnDownEncoderBlock2D"],
                                     "up_block_types": ["AttnUpDecoderBlock2D", "UpDecoderBlock2D"],
                                     "use_quant_conv": False, "use_post_quant_conv": False, "shift_factor": 0.1},
                     "attention at a level, no convolutions around the latents"),
    "tiny": (AutoencoderTiny, dict(encoder_block_out_channels=[8, 8, 8], decoder_block_out_channels=[8, 8, 8],
                                   num_encoder_blocks=[1, 2, 1], num_decoder_blocks=[2, 1, 1]), "AutoencoderTiny"),
}
OLD = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}
GRADIENTS = ["encoder.conv_in.weight", "encoder.down_blocks.0.downsamplers.0.conv.weight", "decoder.up_blocks.0.upsamplers.0.conv.weight",
             "decoder.mid_block.attentions.0.to_q.weight", "decoder.mid_block.attentions.0.group_norm.bias", "quant_conv.weight",
             "encoder.down_blocks.1.attentions.0.to_v.weight", "decoder.conv_norm_out.weight", "encoder.layers.0.weight",
             "encoder.layers.2.weight", "decoder.layers.2.conv.4.bias", "decoder.layers.9.weight"]


def main():
    for at, (name, (kind, config, covers)) in enumerate(CASES.items()):
        torch.manual_seed(100 + at)
        out = Path(sys.argv[1]) / name
        model = kind(**config).eval()
        with torch.no_grad():  # initial norms and biases are ones and zeros, which hide errors
            for value in model.parameters():
                value.add_(0.1 * torch.randn_like(value))
        model.save_pretrained(out / "vae")
        if name == "kl-old-names":
            path, tensors = out / "vae/diffusion_pytorch_model.safetensors", {}
            for key, value in load_file(path).items():
                for new, old in OLD.items():
                    key = key.replace(f".attentions.0.{new}.", f".attentions.0.{old}.")
                tensors[key] = value
            save_file(tensors, path, metadata={"format": "pt"})
        image = torch.rand(2, 3, 16, 24) * 2 - 1
        encoded = model.encode(image)
        means = encoded.latents if kind is AutoencoderTiny else encoded.latent_dist.mean
        latents = torch.randn_like(means)
        decoded = model.decode(latents).sample
        (means.square().mean() + decoded.square().mean()).backward()
        tensors = {"image": image, "latents": latents, "decoded": decoded.detach()}
        outputs = {"latents": means} if kind is AutoencoderTiny else {"mean": means, "logvar": encoded.latent_dist.logvar}
        tensors |= {f"encoded.{key}": value.detach() for key, value in outputs.items()}
        slopes = {key: value.grad for key, value in model.named_parameters() if key in GRADIENTS}
        tensors |= {f"gradients.{key}": value for key, value in slopes.items()}
        said = lambda tensor: {"tensor": tensor, "tolerance": 1e-4}
        record = {
            "made_by": f"diffusers {diffusers.__version__}, torch {torch.__version__}, CPU, float32",
            "script": "tools/golden-values/autoencoders.py", "network": name, "covers": covers,
            "encode": [{"name": "encode", "image": "image", "outputs": {key: said(f"encoded.{key}") for key in outputs}}],
            "decode": [{"name": "decode", "latents": "latents", "image": "decoded", "tolerance": 1e-4}],
            "gradients_of": "mean(encoded mean^2) + mean(decoded^2)",
            "codec_gradients": {key: said(f"gradients.{key}") for key in slopes},
        }
        (out / "golden.json").write_text(json.dumps(record))
        save_file({key: value.contiguous() for key, value in tensors.items()}, out / "golden.safetensors")


main()
