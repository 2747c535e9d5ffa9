"""Golden values of text encoders, by transformers: states, pooled states, gradients, token ids.

    python text_encoders.py PIPELINE OUT

PIPELINE is a folder of Stable Diffusion XL as diffusers saves it, of a size that may be kept; OUT/sdxl gets its text encoders
and tokenizers and what transformers makes of some prompts with them. OUT/t5 gets a tiny random T5 encoder (gated) with a
tokenizer that sentencepiece trains, and OUT/t5-plain one without gates.
"""
import io, json, shutil, sys
from pathlib import Path
import torch, transformers
from safetensors.torch import load_file, save_file
import sentencepiece
from transformers import T5Config, T5EncoderModel, T5Tokenizer, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

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


def t5_tokenizer(folder):
    """A unigram tokenizer as T5's: the tables of its normalizer are left out, for their size."""
    corpus = [prompt.lower() for prompt in PROMPTS if prompt] + ["the cat and the dog in the snow", "a photo of a red fox",
              "an oil painting of the sky, it's a house", "on and on and on: a very detailed photo; 4k!"]
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(corpus * 4), model_writer=model, vocab_size=120, pad_id=0,
                                             eos_id=1, unk_id=2, bos_id=-1, normalization_rule_name="nmt_nfkc", hard_vocab_limit=False)
    pieces = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    vocab = [(pieces.id_to_piece(i), 0.0 if i < 2 else pieces.get_score(i)) for i in range(pieces.get_piece_size())]
    tokenizer = T5Tokenizer(vocab=vocab, extra_ids=0)
    tokenizer.save_pretrained(folder)
    return tokenizer


def t5(out, **settings):
    torch.manual_seed(7)
    length = 24
    tokenizer = t5_tokenizer(out / "tokenizer")
    config = T5Config(vocab_size=len(tokenizer) + 3, d_model=12, d_kv=5, d_ff=20, num_layers=3, num_heads=2,
                      relative_attention_num_buckets=8, relative_attention_max_distance=12, **settings)
    model = T5EncoderModel(config).eval()
    with torch.no_grad():
        for value in model.parameters():
            value.add_(0.3 * torch.randn_like(value))
    model.save_pretrained(out / "text_encoder")
    asked = tokenizer(PROMPTS, padding="max_length", max_length=length, truncation=True, return_tensors="pt")
    whole = model(asked.input_ids).last_hidden_state
    masked = model(asked.input_ids, attention_mask=asked.attention_mask).last_hidden_state
    whole.square().mean().backward()
    said = lambda name: {"tensor": name, "tolerance": 1e-4}
    slopes = {name: value.grad for name, value in model.named_parameters() if "block.1" not in name and value.grad is not None}
    record = {"prompts": PROMPTS, "input_ids": asked.input_ids.tolist(), "attention_mask": asked.attention_mask.tolist(),
              "last_hidden_state": said("last_hidden_state"), "masked": said("masked"),
              "gradients": {name: said(f"gradients.{name}") for name in slopes}}
    tensors = {"last_hidden_state": whole.detach(), "masked": masked.detach(), **{f"gradients.{k}": v for k, v in slopes.items()}}
    return {"text": record}, tensors


def write(out, gradients_of, record, tensors):
    said = {"made_by": f"torch {torch.__version__}, transformers {transformers.__version__}, CPU, float32",
            "script": "tools/golden-values/text_encoders.py", "network": out.name, "gradients_of": gradients_of, **record}
    (out / "golden.json").write_text(json.dumps(said))
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, out / "golden.safetensors")


def main():
    source, out = Path(sys.argv[1]), Path(sys.argv[2])
    first, tensors = part(source, out / "sdxl", "", CLIPTextModel)
    second, more = part(source, out / "sdxl", "_2", CLIPTextModelWithProjection)
    write(out / "sdxl", "mean(last_hidden_state^2) + mean(pooled^2)", {**first, **second}, {**tensors, **more})
    write(out / "t5", "mean(last_hidden_state^2)", *t5(out / "t5", feed_forward_proj="gated-gelu"))
    write(out / "t5-plain", "mean(last_hidden_state^2)", *t5(out / "t5-plain", feed_forward_proj="relu"))


main()
