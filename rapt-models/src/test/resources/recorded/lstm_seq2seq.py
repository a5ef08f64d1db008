"""Rapt's LSTM encoder-decoder with attention in PyTorch: the same equations, names and folders as LstmSeq2Seq.java.

Luong, Pham and Manning, arXiv:1508.04025: global attention with the score "general", no input feeding; the encoder is bidirectional.
transformers has no such class; importing this file registers it:

    import lstm_seq2seq
    model = transformers.AutoModelForSeq2SeqLM.from_pretrained(folder)
"""

from dataclasses import dataclass

import torch
import transformers
from torch import nn
from torch.nn.utils import rnn
from transformers.modeling_outputs import Seq2SeqLMOutput
from transformers.utils import ModelOutput


class LstmSeq2SeqConfig(transformers.PretrainedConfig):
    model_type = "lstm_seq2seq"

    def __init__(
        self, vocab_size=1000, hidden_size=512, num_layers=2, share_encoder_decoder_embeddings=True, init_std=0.0577, dropout=0.2, **kwargs
    ):
        self.vocab_size, self.hidden_size, self.num_layers = vocab_size, hidden_size, num_layers
        self.share_encoder_decoder_embeddings = share_encoder_decoder_embeddings
        self.init_std, self.dropout = init_std, dropout
        kwargs.setdefault("is_encoder_decoder", True)
        kwargs.setdefault("pad_token_id", 0)
        kwargs.setdefault("decoder_start_token_id", kwargs["pad_token_id"])
        super().__init__(**kwargs)


@dataclass
class EncoderOutput(ModelOutput):
    """last_hidden_state (B, S, D); states (B, n, 2, D), the last h and c of each layer, both directions side by side."""

    last_hidden_state: torch.FloatTensor | None = None
    states: torch.FloatTensor | None = None


def lstm(config, size, bidirectional):
    dropout = config.dropout if config.num_layers > 1 else 0
    return nn.LSTM(config.hidden_size, size, config.num_layers, batch_first=True, dropout=dropout, bidirectional=bidirectional)


class Encoder(nn.Module):
    main_input_name = "input_ids"

    def __init__(self, config, embedding):
        super().__init__()
        self.embed_tokens = embedding
        self.lstm = lstm(config, config.hidden_size // 2, True)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, input_ids, attention_mask=None, **_):
        x = self.dropout(self.embed_tokens(input_ids))
        lengths = attention_mask.sum(-1) if attention_mask is not None else torch.full(input_ids.shape[:1], input_ids.shape[1])
        packed = rnn.pack_padded_sequence(x, lengths.cpu(), batch_first=True, enforce_sorted=False)
        out, (h, c) = self.lstm(packed)
        out, _ = rnn.pad_packed_sequence(out, batch_first=True, total_length=input_ids.shape[1])

        def joined(state):  # (2 n, B, D / 2), forward and backward in turn, to (B, n, D)
            return state.view(-1, 2, *state.shape[1:]).permute(2, 0, 1, 3).flatten(2)

        return EncoderOutput(out, torch.stack([joined(h), joined(c)], dim=2))


class Attention(nn.Module):
    """tanh(Wc [c; h]), where c is the mean of the source weighted by softmax(h' Wa s)."""

    def __init__(self, config):
        super().__init__()
        self.score_proj = nn.Linear(config.hidden_size, config.hidden_size, bias=False)
        self.out_proj = nn.Linear(2 * config.hidden_size, config.hidden_size, bias=False)

    def forward(self, h, source, attention_mask):
        scores = h @ self.score_proj(source).transpose(1, 2)
        if attention_mask is not None:
            scores = scores.masked_fill(attention_mask[:, None] == 0, -torch.inf)
        context = scores.softmax(-1) @ source
        return torch.tanh(self.out_proj(torch.cat([context, h], dim=-1)))


class Decoder(nn.Module):
    def __init__(self, config, embedding):
        super().__init__()
        self.embed_tokens = embedding
        self.lstm = lstm(config, config.hidden_size, False)
        self.attention = Attention(config)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, ids, source, attention_mask):
        states = source.states.permute(2, 1, 0, 3).contiguous()  # (2, n, B, D)
        h, _ = self.lstm(self.dropout(self.embed_tokens(ids)), (states[0], states[1]))
        return self.dropout(self.attention(h, source.last_hidden_state, attention_mask))


class Body(nn.Module):
    def __init__(self, config):
        super().__init__()
        shared = config.share_encoder_decoder_embeddings

        def embedding():
            return nn.Embedding(config.vocab_size, config.hidden_size, config.pad_token_id)

        self.shared = embedding() if shared else None
        self.encoder = Encoder(config, self.shared or embedding())
        self.decoder = Decoder(config, self.shared or embedding())


class LstmForConditionalGeneration(transformers.PreTrainedModel, transformers.GenerationMixin):
    config_class = LstmSeq2SeqConfig
    main_input_name = "input_ids"

    def __init__(self, config):
        super().__init__(config)
        table = "model.shared" if config.share_encoder_decoder_embeddings else "model.decoder.embed_tokens"
        self._tied_weights_keys = {}
        if config.share_encoder_decoder_embeddings:
            self._tied_weights_keys = {f"model.{stack}.embed_tokens.weight": "model.shared.weight" for stack in ("encoder", "decoder")}
        if config.tie_word_embeddings:
            self._tied_weights_keys["lm_head.weight"] = f"{table}.weight"
        self.model = Body(config)
        self.lm_head = nn.Linear(config.hidden_size, config.vocab_size, bias=False)
        self.post_init()
        self.generation_config.use_cache = False

    def _init_weights(self, module):
        for name, parameter in module.named_parameters(recurse=False):
            if "bias" in name:
                nn.init.zeros_(parameter)
            else:
                nn.init.normal_(parameter, std=self.config.init_std)

    def get_encoder(self, modality=None):
        return self.model.encoder

    def get_input_embeddings(self):
        return self.model.decoder.embed_tokens

    def get_output_embeddings(self):
        return self.lm_head

    def prepare_inputs_for_generation(self, input_ids, encoder_outputs=None, attention_mask=None, **_):
        return {"decoder_input_ids": input_ids, "encoder_outputs": encoder_outputs, "attention_mask": attention_mask}

    def forward(self, input_ids=None, attention_mask=None, decoder_input_ids=None, encoder_outputs=None, labels=None, **_):
        if encoder_outputs is None:
            encoder_outputs = self.model.encoder(input_ids, attention_mask)
        if decoder_input_ids is None:
            start = torch.full_like(labels[:, :1], self.config.decoder_start_token_id)
            shifted = torch.cat([start, labels[:, :-1]], dim=1)
            decoder_input_ids = shifted.masked_fill(shifted == -100, self.config.pad_token_id)
        logits = self.lm_head(self.model.decoder(decoder_input_ids, encoder_outputs, attention_mask))
        loss = None if labels is None else nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten())
        return Seq2SeqLMOutput(loss=loss, logits=logits)


transformers.AutoConfig.register("lstm_seq2seq", LstmSeq2SeqConfig)
transformers.AutoModelForSeq2SeqLM.register(LstmSeq2SeqConfig, LstmForConditionalGeneration)
