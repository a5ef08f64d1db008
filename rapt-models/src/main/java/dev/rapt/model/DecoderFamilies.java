package dev.rapt.model;

import dev.rapt.model.bloom.Bloom;
import dev.rapt.model.bloom.BloomConfig;
import dev.rapt.model.config.CausalConfig;
import dev.rapt.model.decoder.Decoder;
import dev.rapt.model.decoder.DecoderConfig;
import dev.rapt.model.falcon.Falcon;
import dev.rapt.model.falcon.FalconConfig;
import dev.rapt.model.gpt2.BigCode;
import dev.rapt.model.gpt2.BigCodeConfig;
import dev.rapt.model.gpt2.Gpt2;
import dev.rapt.model.gpt2.Gpt2Config;
import dev.rapt.model.gptj.GptJ;
import dev.rapt.model.gptj.GptJConfig;
import dev.rapt.model.gptneo.GptNeo;
import dev.rapt.model.gptneo.GptNeoConfig;
import dev.rapt.model.llama.Llama;
import dev.rapt.model.llama.LlamaConfig;
import dev.rapt.model.mpt.Mpt;
import dev.rapt.model.mpt.MptConfig;
import dev.rapt.model.neox.GptNeoX;
import dev.rapt.model.neox.GptNeoXConfig;
import dev.rapt.model.opt.Opt;
import dev.rapt.model.opt.OptConfig;
import dev.rapt.model.phi.Phi;
import dev.rapt.model.phi.PhiConfig;
import dev.rapt.model.xglm.Xglm;
import dev.rapt.model.xglm.XglmConfig;
import dev.rapt.nn.Backbone;
import java.util.List;

/** The decoder-only families, a line each. */
final class DecoderFamilies {
  static final FamilyTable<CausalConfig, Backbone> TABLE =
      new FamilyTable<>(
          "a decoder",
          List.of(
              new Family<>(
                  "bloom", "BloomForCausalLM", "transformer", BloomConfig::parse, Bloom::build),
              new Family<>(
                  "falcon", "FalconForCausalLM", "transformer", FalconConfig::parse, Falcon::build),
              new Family<>(
                  "gpt_bigcode",
                  "GPTBigCodeForCausalLM",
                  "transformer",
                  BigCodeConfig::parse,
                  BigCode::build),
              new Family<>(
                  "gpt_neo",
                  "GPTNeoForCausalLM",
                  "transformer",
                  GptNeoConfig::parse,
                  GptNeo::build),
              new Family<>(
                  "gpt_neox",
                  "GPTNeoXForCausalLM",
                  "gpt_neox",
                  GptNeoXConfig::parse,
                  GptNeoX::build),
              new Family<>(
                  "gptj", "GPTJForCausalLM", "transformer", GptJConfig::parse, GptJ::build),
              new Family<>("mpt", "MptForCausalLM", "transformer", MptConfig::parse, Mpt::build),
              new Family<>("opt", "OPTForCausalLM", "model.decoder", OptConfig::parse, Opt::build),
              new Family<>("phi", "PhiForCausalLM", "model", PhiConfig::parse, Phi::build),
              new Family<>(
                  "gpt2", "GPT2LMHeadModel", "transformer", Gpt2Config::parse, Gpt2::build),
              new Family<>("llama", "LlamaForCausalLM", "model", LlamaConfig::parse, Llama::build),
              new Family<>(
                  "rapt-decoder",
                  "RaptDecoderForCausalLM",
                  "model",
                  DecoderConfig::parse,
                  Decoder::build),
              new Family<>("xglm", "XGLMForCausalLM", "model", XglmConfig::parse, Xglm::build)));

  private DecoderFamilies() {}
}
