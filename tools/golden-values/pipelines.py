"""Golden values of tiny random pipelines with transformers, by diffusers: folders, and whole calls from prompt to pixels.

    python pipelines.py OUT

OUT gets stable-diffusion-3, flux and pixart, as `save_pretrained` writes them, with `golden.json` and `golden.safetensors` beside.
Made with torch 2.15.0, diffusers 0.42.1, transformers 5.24.0, sentencepiece, on a CPU in float32.
"""
import inspect, io, json, sys
from pathlib import Path
import diffusers, sentencepiece, torch, transformers
from diffusers import AutoencoderKL, FluxPipeline, FluxTransformer2DModel, PixArtAlphaPipeline, PixArtTransformer2DModel
from diffusers import SD3Transformer2DModel, StableDiffusion3Pipeline
from safetensors.torch import save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer, T5Config, T5EncoderModel, T5Tokenizer

PROMPT = "a watercolor painting of a red fox"
CALL = {"prompt": PROMPT, "negative_prompt": "photo", "guidance_scale": 5.0, "num_inference_steps": 4, "height": 16, "width": 24}
FLOW = {"_class_name": "FlowMatchEulerDiscreteScheduler", "shift": 3.0}
SHIFTED = {"_class_name": "FlowMatchEulerDiscreteScheduler", "use_dynamic_shifting": True, "base_image_seq_len": 4, "max_image_seq_len": 64}
DPM = {"_class_name": "DPMSolverMultistepScheduler", "algorithm_type": "dpmsolver++", "solver_order": 2}
DDIM = {"_class_name": "DDIMScheduler", "clip_sample": False}


def stirred(model):
    """Random weights in which every tensor shows."""
    with torch.no_grad():
        for value in model.parameters():
            value.add_(0.2 * torch.randn_like(value))
    return model.eval()


def clip(folder, suffix, kind, **sizes):
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    symbols = [chr(b) for b in printable] + [chr(256 + i) for i in range(256 - len(printable))]
    merges = ["t h", "th e</w>", "o x</w>", "r e", "re d</w>"]
    tokens = [*symbols, *(s + "</w>" for s in symbols), *(m.replace(" ", "") for m in merges), "<|startoftext|>", "<|endoftext|>"]
    place = folder / f"tokenizer{suffix}"
    place.mkdir(parents=True)
    (place / "vocab.json").write_text(json.dumps({t: i for i, t in enumerate(tokens)}, ensure_ascii=False))
    (place / "merges.txt").write_text("\n".join(["#version: 0.2", *merges]) + "\n")
    ends = {"bos_token_id": len(tokens) - 2, "eos_token_id": len(tokens) - 1, "pad_token_id": 1}
    config = CLIPTextConfig(vocab_size=len(tokens), num_hidden_layers=2, num_attention_heads=2, max_position_embeddings=77, **ends, **sizes)
    special = {"bos_token": "<|startoftext|>", "eos_token": "<|endoftext|>", "unk_token": "<|endoftext|>", "pad_token": "<|endoftext|>"}
    (place / "tokenizer_config.json").write_text(json.dumps({**special, "model_max_length": 77, "tokenizer_class": "CLIPTokenizer"}))
    return CLIPTokenizer.from_pretrained(place), stirred(kind(config))


def t5(width, length):
    corpus = [PROMPT, "the cat and the dog in the snow", "an oil painting of the sky, it's a house", "on and on: a very detailed photo; 4k!"]
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(corpus * 4), model_writer=model, vocab_size=60, pad_id=0, eos_id=1,
                                             unk_id=2, bos_id=-1, hard_vocab_limit=False)
    pieces = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    vocab = [(pieces.id_to_piece(i), 0.0 if i < 2 else pieces.get_score(i)) for i in range(pieces.get_piece_size())]
    tokenizer = T5Tokenizer(vocab=vocab, extra_ids=0, model_max_length=length)
    config = T5Config(vocab_size=len(tokenizer) + 1, d_model=width, d_kv=4, d_ff=8, num_layers=1, num_heads=2, feed_forward_proj="gated-gelu")
    return tokenizer, stirred(T5EncoderModel(config))


def vae(**more):
    return stirred(AutoencoderKL(block_out_channels=[4, 4], down_block_types=["DownEncoderBlock2D"] * 2, latent_channels=4, sample_size=16,
                                 up_block_types=["UpDecoderBlock2D"] * 2, norm_num_groups=2, layers_per_block=1, **more))


def scheduler_of(config):
    return getattr(diffusers, config["_class_name"]).from_config({k: v for k, v in config.items() if k != "_class_name"})


def stable_diffusion_3(folder):
    first = clip(folder, "", CLIPTextModelWithProjection, hidden_size=8, intermediate_size=8, projection_dim=6)
    second = clip(folder, "_2", CLIPTextModelWithProjection, hidden_size=12, intermediate_size=8, projection_dim=10)
    third = t5(24, 512)
    network = SD3Transformer2DModel(sample_size=8, patch_size=2, in_channels=4, out_channels=4, num_layers=2, attention_head_dim=8,
                                    num_attention_heads=2, joint_attention_dim=24, caption_projection_dim=16, pooled_projection_dim=16,
                                    pos_embed_max_size=12, qk_norm="rms_norm")
    latent = vae(use_quant_conv=False, use_post_quant_conv=False, shift_factor=0.06, scaling_factor=1.5)
    pipeline = StableDiffusion3Pipeline(transformer=stirred(network), scheduler=scheduler_of(FLOW), vae=latent, text_encoder=first[1], tokenizer=first[0],
                                        text_encoder_2=second[1], tokenizer_2=second[0], text_encoder_3=third[1], tokenizer_3=third[0])
    several = {**CALL, "negative_prompt": None, "prompt_2": "the cat", "prompt_3": "the sky", "num_images_per_prompt": 2, "num_inference_steps": 3}
    return pipeline, [("flow", FLOW, CALL, [1, 4, 8, 12]), ("three-prompts", FLOW, several, [2, 4, 8, 12]), ("shifted", SHIFTED, CALL, [1, 4, 8, 12])]


def flux(folder):
    first, second = clip(folder, "", CLIPTextModel, hidden_size=8, intermediate_size=8, projection_dim=8), t5(20, 512)
    network = FluxTransformer2DModel(patch_size=1, in_channels=16, num_layers=1, num_single_layers=1, attention_head_dim=12, num_attention_heads=1,
                                     joint_attention_dim=20, pooled_projection_dim=8, guidance_embeds=True, axes_dims_rope=[4, 4, 4])
    latent = vae(use_quant_conv=False, use_post_quant_conv=False, shift_factor=0.1159, scaling_factor=0.3611)
    pipeline = FluxPipeline(scheduler=scheduler_of(SHIFTED), vae=latent, text_encoder=first[1], tokenizer=first[0], text_encoder_2=second[1],
                            tokenizer_2=second[0], transformer=stirred(network))
    one = {k: v for k, v in CALL.items() if k != "negative_prompt"}
    two = {**one, "prompt": [PROMPT, "the cat"], "prompt_2": ["the sky", "a dog"], "guidance_scale": 2.0, "width": 16}
    return pipeline, [("shifted", SHIFTED, one, [1, 24, 16]), ("two-prompts", {**FLOW, "shift": 1.0}, two, [2, 16, 16])]


def pixart(folder):
    tokenizer, encoder = t5(20, 120)
    network = PixArtTransformer2DModel(sample_size=8, num_attention_heads=2, attention_head_dim=8, cross_attention_dim=16, interpolation_scale=2,
                                       in_channels=4, out_channels=8, num_layers=2, patch_size=2, caption_channels=20)
    pipeline = PixArtAlphaPipeline(tokenizer=tokenizer, text_encoder=encoder, vae=vae(), transformer=stirred(network), scheduler=scheduler_of(DPM))
    two = {**CALL, "prompt": ["The Cat ", PROMPT], "negative_prompt": ["", ""], "num_inference_steps": 3}
    return pipeline, [("dpm", DPM, CALL, [1, 4, 8, 12]), ("ddim", DDIM, two, [2, 4, 8, 12])]


def called(pipeline, said, latents):
    """States after each step, times, and the decoded image."""
    states, times, step = [], [], pipeline.scheduler.step

    def watched(output, time, *rest, **options):
        result = step(output, time, *rest, **options)
        states.append(result[0] if isinstance(result, tuple) else result.prev_sample)
        times.append(float(time))
        return result

    pipeline.scheduler.step = watched
    more = {"use_resolution_binning": False} if isinstance(pipeline, PixArtAlphaPipeline) else {}
    with torch.no_grad():
        final = pipeline(**said, **more, latents=latents, output_type="latent").images
        if isinstance(pipeline, FluxPipeline):
            final = pipeline._unpack_latents(final, said["height"], said["width"], pipeline.vae_scale_factor)
        config = pipeline.vae.config
        decoded = pipeline.vae.decode(final / config.scaling_factor + (config.shift_factor or 0)).sample
    return torch.stack(states), times, decoded


def make(folder, build):
    torch.manual_seed(7)
    pipeline, runs = build(folder)
    pipeline.save_pretrained(folder)
    pipeline.set_progress_bar_config(disable=True)
    tensors, record = {}, {"made_by": f"diffusers {diffusers.__version__}, transformers {transformers.__version__}, torch {torch.__version__}, CPU, float32",
                           "script": "tools/golden-values/pipelines.py", "network": folder.name, "forward": [], "runs": []}
    for name, config, said, shape in runs:
        pipeline.scheduler = scheduler_of(config)
        latents = torch.randn(shape)
        states, times, decoded = called(pipeline, said, latents)
        pixels = ((decoded / 2 + 0.5).clamp(0, 1) * 255).round()
        tensors |= {f"{name}.latents": latents, f"{name}.states": states, f"{name}.decoded": decoded, f"{name}.pixels": pixels}
        kept = inspect.signature(type(pipeline.scheduler)).parameters
        scheduler = {"_class_name": config["_class_name"], **{k: pipeline.scheduler.config[k] for k in kept if k in pipeline.scheduler.config}}
        record["runs"].append({"name": name, "pipeline": type(pipeline).__name__, "scheduler": scheduler, "arguments": said, "noise": {}, "timesteps": times,
                               "inputs": {"latents": f"{name}.latents"}, "states": {"tensor": f"{name}.states", "tolerance": 1e-4},
                               "decoded": {"tensor": f"{name}.decoded", "tolerance": 1e-4}, "pixels": f"{name}.pixels"})
    # JSON has no word for it; readers of schedulers know this one.
    (folder / "golden.json").write_text(json.dumps(record).replace(": -Infinity", ': "-Infinity"'))
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, folder / "golden.safetensors")


for title, build in {"stable-diffusion-3": stable_diffusion_3, "flux": flux, "pixart": pixart}.items():
    make(Path(sys.argv[1]) / title, build)
