"""Records a run of multi-token prediction with Hugging Face transformers: python3 record.py

Writes a Llama, two modules in mtp.safetensors, and in cases.json the batches and the losses of each
step before its update.
"""

import json
import pathlib

import torch
from safetensors.torch import save_file
from transformers import LlamaConfig, LlamaForCausalLM
from transformers.models.llama.modeling_llama import LlamaDecoderLayer, LlamaRMSNorm

STEPS, B, T, V, D, L, MODULES = 5, 2, 10, 40, 16, 2, 2
LR, DECAY, MAX_NORM, WEIGHT = 5e-3, 0.1, 1.0, 0.3


class Module(torch.nn.Module):
    """A module of multi-token prediction, by the names of DeepSeek-V3."""

    def __init__(self, config, layer):
        super().__init__()
        self.enorm = LlamaRMSNorm(D, config.rms_norm_eps)
        self.hnorm = LlamaRMSNorm(D, config.rms_norm_eps)
        self.eh_proj = torch.nn.Linear(2 * D, D, bias=False)
        self.block = LlamaDecoderLayer(config, layer)
        self.norm = LlamaRMSNorm(D, config.rms_norm_eps)

    def forward(self, embedded, hidden, rope, mask):
        x = self.eh_proj(torch.cat([self.enorm(embedded), self.hnorm(hidden)], -1))
        x = self.block(x, attention_mask=mask, position_embeddings=rope)
        return x[0] if isinstance(x, tuple) else x

    def stored(self, layer):
        def name(n):
            return n.removeprefix("block.") if n.startswith("block.") else n.replace("norm.weight", "shared_head.norm.weight") if n == "norm.weight" else n

        return {f"model.layers.{layer}.{name(n)}": p.detach() for n, p in self.named_parameters()}


torch.manual_seed(3)
config = LlamaConfig(vocab_size=V, hidden_size=D, intermediate_size=32, num_hidden_layers=L, num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=16,
                     tie_word_embeddings=False, attn_implementation="eager", initializer_range=0.2)
model = LlamaForCausalLM(config)
modules = torch.nn.ModuleList(Module(config, L + k) for k in range(MODULES))
for p in modules.parameters():
    if p.dim() > 1:
        torch.nn.init.normal_(p, std=0.2)
folder = pathlib.Path(".")
model.save_pretrained(folder)
save_file({n: p for k, m in enumerate(modules) for n, p in m.stored(L + k).items()}, folder / "mtp.safetensors")

parameters = [*model.parameters(), *modules.parameters()]
optimizer = torch.optim.AdamW([dict(params=[p for p in parameters if p.dim() > 1], weight_decay=DECAY), dict(params=[p for p in parameters if p.dim() < 2], weight_decay=0.0)],
                              lr=LR, betas=(0.9, 0.999), eps=1e-8)
mask = torch.full((T, T), float("-inf")).triu(1)[None, None]
rope = model.model.rotary_emb(torch.zeros(1), torch.arange(T)[None])
steps = []
for _ in range(STEPS):
    text = torch.randint(0, V, (B, T + 1))
    hidden = model.model(text[:, :-1]).last_hidden_state
    count = B * T
    losses = [torch.nn.functional.cross_entropy(model.lm_head(hidden).flatten(0, 1), text[:, 1:].flatten())]
    for k, module in enumerate(modules, 1):
        ids = torch.cat([text[:, k:-1], torch.zeros(B, k, dtype=torch.long)], 1)
        hidden = module(model.model.embed_tokens(ids), hidden, rope, mask)
        logits = model.lm_head(module.norm(hidden))[:, : T - k]
        losses.append(torch.nn.functional.cross_entropy(logits.flatten(0, 1), text[:, k + 1 :].flatten(), reduction="sum") / count)
    optimizer.zero_grad()
    (losses[0] + WEIGHT / MODULES * sum(losses[1:])).backward()
    norm = torch.nn.utils.clip_grad_norm_(parameters, MAX_NORM)
    optimizer.step()
    steps.append(dict(text=text.flatten().tolist(), losses=[loss.item() for loss in losses], grad_norm=norm.item()))
(folder / "cases.json").write_text(json.dumps(dict(batch=B, tokens=T, modules=MODULES, lr=LR, weight_decay=DECAY, max_norm=MAX_NORM, weight=WEIGHT, steps=steps)) + "\n")
print([s["losses"] + [s["grad_norm"]] for s in steps])
