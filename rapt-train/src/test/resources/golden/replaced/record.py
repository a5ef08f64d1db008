"""Records runs of replaced-token detection with Hugging Face transformers: python3 record.py

Writes a folder for ELECTRA with shared embeddings and one for DeBERTaV3 with gradient-disentangled
embedding sharing. Each holds the initial weights of discriminator and generator, and in cases.json
the batches and the losses of each step before its update.
"""

import json
import pathlib

import torch
from safetensors.torch import save_file
from transformers import (
    DebertaV2Config,
    DebertaV2ForMaskedLM,
    DebertaV2Model,
    ElectraConfig,
    ElectraForMaskedLM,
    ElectraForPreTraining,
)

STEPS, B, T, V = 6, 3, 12, 40
PAD, MASK, FIRST = 0, 4, 5
LENGTHS = [12, 9, 12]
LR, DECAY, MAX_NORM, WEIGHT = 5e-3, 0.1, 1.0, 50.0
SIZES = dict(vocab_size=V, max_position_embeddings=16, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, pad_token_id=PAD)


class Detection(torch.nn.Module):
    """The discriminator of DeBERTaV3, which transformers does not have."""

    def __init__(self, config):
        super().__init__()
        D = config.hidden_size
        self.deberta = DebertaV2Model(config)
        self.mask_predictions = torch.nn.Module()
        self.mask_predictions.dense = torch.nn.Linear(D, D)
        self.mask_predictions.LayerNorm = torch.nn.LayerNorm(D, config.layer_norm_eps)
        self.mask_predictions.classifer = torch.nn.Linear(D, 1)

    def forward(self, ids, mask):
        hidden = self.deberta(input_ids=ids, attention_mask=mask).last_hidden_state
        head = self.mask_predictions
        states = head.LayerNorm(hidden[:, :1] + hidden)
        return head.classifer(torch.nn.functional.gelu(head.dense(states))).squeeze(-1)


def electra():
    config = dict(SIZES, embedding_size=8, type_vocab_size=2)
    discriminator = ElectraForPreTraining(ElectraConfig(hidden_size=16, num_attention_heads=4, num_hidden_layers=2, intermediate_size=32, **config))
    generator = ElectraForMaskedLM(ElectraConfig(hidden_size=8, num_attention_heads=2, num_hidden_layers=2, intermediate_size=16, **config))
    theirs, own = discriminator.electra.embeddings, generator.electra.embeddings
    own.word_embeddings.weight = theirs.word_embeddings.weight
    own.position_embeddings.weight = theirs.position_embeddings.weight
    own.token_type_embeddings.weight = theirs.token_type_embeddings.weight
    generator.generator_lm_head.weight = theirs.word_embeddings.weight
    folder = pathlib.Path("electra")
    discriminator.save_pretrained(folder)
    generator.save_pretrained(folder / "generator")
    parameters = dict(discriminator.named_parameters())
    parameters |= {"generator." + name: p for name, p in generator.named_parameters() if not any(p is q for q in parameters.values())}
    return folder, generator, lambda ids, mask: discriminator(ids, attention_mask=mask).logits, parameters


def deberta():
    config = dict(SIZES, hidden_size=16, num_attention_heads=2, intermediate_size=32, type_vocab_size=0, relative_attention=True, position_buckets=4, max_relative_positions=16,
                  pos_att_type=["c2p", "p2c"], share_att_key=True, norm_rel_ebd="layer_norm", position_biased_input=False)
    discriminator = Detection(DebertaV2Config(num_hidden_layers=2, **config))
    generator = DebertaV2ForMaskedLM(DebertaV2Config(num_hidden_layers=1, **config))
    base = generator.deberta.embeddings.word_embeddings.weight
    delta = torch.nn.Parameter(0.01 * torch.randn_like(base))
    table = discriminator.deberta.embeddings.word_embeddings
    del table.weight
    table.weight = base.detach() + delta
    folder = pathlib.Path("deberta_v3")
    generator.save_pretrained(folder / "generator")
    name = "deberta.embeddings.word_embeddings.weight"
    save_file({name: delta.detach()}, folder / "generator/embedding_delta.safetensors")
    save_file(dict({k: v.contiguous() for k, v in discriminator.state_dict().items()}, **{name: table.weight.detach()}), folder / "model.safetensors", {"format": "pt"})
    discriminator.deberta.config.save_pretrained(folder)
    parameters = dict(discriminator.named_parameters(), delta=delta)
    parameters |= {"generator." + n: p for n, p in generator.named_parameters()}

    def detect(ids, mask):
        table.weight = base.detach() + delta
        return discriminator(ids, mask)

    return folder, generator, detect, parameters


def record(folder, generator, detect, parameters):
    matrices = [p for p in parameters.values() if p.dim() > 1]
    vectors = [p for p in parameters.values() if p.dim() < 2]
    optimizer = torch.optim.AdamW([dict(params=matrices, weight_decay=DECAY), dict(params=vectors, weight_decay=0.0)], lr=LR, betas=(0.9, 0.999), eps=1e-8)
    random = torch.Generator().manual_seed(5)
    seen = torch.arange(T)[None] < torch.tensor(LENGTHS)[:, None]
    steps = []
    for _ in range(STEPS):
        ids = torch.where(seen, torch.randint(FIRST, V, (B, T), generator=random), PAD)
        chosen = (torch.rand(B, T, generator=random) < 0.3) & seen
        uniform = torch.rand(B, T, generator=random, dtype=torch.float64)
        masked = torch.where(chosen, MASK, ids)
        targets = torch.where(chosen, ids, -100)
        logits = generator(masked, attention_mask=seen.long()).logits
        generator_loss = torch.nn.functional.cross_entropy(logits[chosen], ids[chosen])
        sums = logits.detach()[chosen].softmax(-1).double().cumsum(-1)
        drawn = (sums <= uniform[chosen][:, None]).sum(-1)
        corrupted = ids.clone()
        corrupted[chosen] = drawn
        replaced = (corrupted != ids).float()
        scores = detect(corrupted, seen.long())
        detection_loss = torch.nn.functional.binary_cross_entropy_with_logits(scores[seen], replaced[seen])
        optimizer.zero_grad()
        (generator_loss + WEIGHT * detection_loss).backward()
        norm = torch.nn.utils.clip_grad_norm_(parameters.values(), MAX_NORM)
        optimizer.step()
        steps.append(dict(masked=masked.flatten().tolist(), targets=targets.flatten().tolist(), uniform=uniform.flatten().tolist(), corrupted=corrupted.flatten().tolist(),
                          generator_loss=generator_loss.item(), detection_loss=detection_loss.item(), grad_norm=norm.item()))
    cases = dict(batch=B, tokens=T, lengths=LENGTHS, lr=LR, weight_decay=DECAY, max_norm=MAX_NORM, weight=WEIGHT, steps=steps)
    (folder / "cases.json").write_text(json.dumps(cases) + "\n")
    print(folder, [(s["generator_loss"], s["detection_loss"], s["grad_norm"]) for s in steps])


for build in electra, deberta:
    torch.manual_seed(3)
    record(*build())
