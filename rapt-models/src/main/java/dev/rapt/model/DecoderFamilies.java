package dev.rapt.model;

import dev.rapt.model.config.CausalConfig;
import dev.rapt.model.decoder.Decoder;
import dev.rapt.model.decoder.DecoderConfig;
import dev.rapt.model.gpt2.Gpt2;
import dev.rapt.model.gpt2.Gpt2Config;
import dev.rapt.model.llama.Llama;
import dev.rapt.model.llama.LlamaConfig;
import dev.rapt.nn.Backbone;
import java.util.List;

/** The decoder-only families, a line each. */
final class DecoderFamilies {
  static final FamilyTable<CausalConfig, Backbone> TABLE =
      new FamilyTable<>(
          "a decoder",
          List.of(
              new Family<>(
                  "gpt2", "GPT2LMHeadModel", "transformer", Gpt2Config::parse, Gpt2::build),
              new Family<>("llama", "LlamaForCausalLM", "model", LlamaConfig::parse, Llama::build),
              new Family<>(
                  "rapt-decoder",
                  "RaptDecoderForCausalLM",
                  "model",
                  DecoderConfig::parse,
                  Decoder::build)));

  private DecoderFamilies() {}
}
