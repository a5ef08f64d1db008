package dev.rapt.model.decoder;

import dev.rapt.model.config.CausalConfig;
import dev.rapt.model.family.Family;
import dev.rapt.model.family.FamilyTable;
import dev.rapt.nn.Backbone;
import java.util.List;

/** The decoder-only families, a line each. */
public final class DecoderFamilies {
  public static final FamilyTable<CausalConfig, Backbone> TABLE =
      new FamilyTable<>(
          "a decoder",
          List.of(
              new Family<>(
                  "bloom", "BloomForCausalLM", "transformer", Bloom.Config::parse, Bloom::build),
              new Family<>(
                  "falcon",
                  "FalconForCausalLM",
                  "transformer",
                  Falcon.Config::parse,
                  Falcon::build),
              new Family<>(
                  "gpt_bigcode",
                  "GPTBigCodeForCausalLM",
                  "transformer",
                  BigCode.Config::parse,
                  BigCode::build),
              new Family<>(
                  "gpt_neo",
                  "GPTNeoForCausalLM",
                  "transformer",
                  GptNeo.Config::parse,
                  GptNeo::build),
              new Family<>(
                  "gpt_neox",
                  "GPTNeoXForCausalLM",
                  "gpt_neox",
                  GptNeoX.Config::parse,
                  GptNeoX::build),
              new Family<>(
                  "gptj", "GPTJForCausalLM", "transformer", GptJ.Config::parse, GptJ::build),
              new Family<>("mpt", "MptForCausalLM", "transformer", Mpt.Config::parse, Mpt::build),
              new Family<>("opt", "OPTForCausalLM", "model.decoder", Opt.Config::parse, Opt::build),
              new Family<>("phi", "PhiForCausalLM", "model", Phi.Config::parse, Phi::build),
              new Family<>(
                  "gpt2", "GPT2LMHeadModel", "transformer", Gpt2.Config::parse, Gpt2::build),
              new Family<>(
                  "cohere",
                  "CohereForCausalLM",
                  "model",
                  Cohere.Config::parseCohere,
                  Cohere::build),
              new Family<>(
                  "cohere2",
                  "Cohere2ForCausalLM",
                  "model",
                  Cohere.Config::parseCohere2,
                  Cohere::build),
              new Family<>(
                  "ernie4_5",
                  "Ernie4_5ForCausalLM",
                  "model",
                  Ernie45.Config::parseErnie,
                  Ernie45::build),
              new Family<>(
                  "exaone4", "Exaone4ForCausalLM", "model", Exaone4.Config::parse, Exaone4::build),
              new Family<>("gemma", "GemmaForCausalLM", "model", Gemma.Config::parse, Gemma::build),
              new Family<>(
                  "gemma2",
                  "Gemma2ForCausalLM",
                  "model",
                  Gemma2.Config::parseGemma2,
                  Gemma2::build),
              new Family<>(
                  "gemma3_text",
                  "Gemma3ForCausalLM",
                  "model",
                  Gemma2.Config::parseGemma3,
                  Gemma2::build),
              new Family<>("glm4", "Glm4ForCausalLM", "model", Glm4.Config::parse, Glm4::build),
              new Family<>(
                  "granite", "GraniteForCausalLM", "model", Granite.Config::parse, Granite::build),
              new Family<>(
                  "mistral", "MistralForCausalLM", "model", Mistral.Config::parse, Mistral::build),
              new Family<>(
                  "nemotron",
                  "NemotronForCausalLM",
                  "model",
                  Nemotron.Config::parse,
                  Nemotron::build),
              new Family<>("olmo", "OlmoForCausalLM", "model", Olmo.Config::parse, Olmo::build),
              new Family<>(
                  "olmo2", "Olmo2ForCausalLM", "model", Olmo2.Config::parseOlmo2, Olmo2::build),
              new Family<>(
                  "olmo3", "Olmo3ForCausalLM", "model", Olmo2.Config::parseOlmo3, Olmo2::build),
              new Family<>("phi3", "Phi3ForCausalLM", "model", Phi3.Config::parse, Phi3::build),
              new Family<>(
                  "qwen2", "Qwen2ForCausalLM", "model", Qwen.Config::parseQwen2, Qwen::build),
              new Family<>(
                  "qwen3", "Qwen3ForCausalLM", "model", Qwen.Config::parseQwen3, Qwen::build),
              new Family<>(
                  "seed_oss", "SeedOssForCausalLM", "model", SeedOss.Config::parse, SeedOss::build),
              new Family<>(
                  "smollm3", "SmolLM3ForCausalLM", "model", SmolLm3.Config::parse, SmolLm3::build),
              new Family<>(
                  "stablelm",
                  "StableLmForCausalLM",
                  "model",
                  StableLm.Config::parse,
                  StableLm::build),
              new Family<>(
                  "starcoder2",
                  "Starcoder2ForCausalLM",
                  "model",
                  Starcoder2.Config::parse,
                  Starcoder2::build),
              new Family<>("lfm2", "Lfm2ForCausalLM", "model", Lfm2.Config::parse, Lfm2::build),
              new Family<>(
                  "mamba", "MambaForCausalLM", "backbone", Mamba.Config::parse, Mamba::build),
              new Family<>(
                  "mamba2", "Mamba2ForCausalLM", "backbone", Mamba2.Config::parse, Mamba2::build),
              new Family<>(
                  "qwen3_next",
                  "Qwen3NextForCausalLM",
                  "model",
                  Qwen3Next.Config::parseNext,
                  Qwen3Next::build),
              new Family<>(
                  "qwen3_5_text",
                  "Qwen3_5ForCausalLM",
                  "model",
                  Qwen3Next.Config::parseQwen35,
                  Qwen3Next::build),
              new Family<>(
                  "qwen3_5_moe_text",
                  "Qwen3_5MoeForCausalLM",
                  "model",
                  Qwen3Next.Config::parseQwen35Moe,
                  Qwen3Next::build),
              new Family<>("rwkv", "RwkvForCausalLM", "rwkv", Rwkv.Config::parse, Rwkv::build),
              new Family<>(
                  "deepseek_v2",
                  "DeepseekV2ForCausalLM",
                  "model",
                  DeepSeek.Config::parseV2,
                  DeepSeek::build),
              new Family<>(
                  "deepseek_v3",
                  "DeepseekV3ForCausalLM",
                  "model",
                  DeepSeek.Config::parseV3,
                  DeepSeek::build),
              new Family<>(
                  "deepseek_v32",
                  "DeepseekV32ForCausalLM",
                  "model",
                  DeepSeek.Config::parseV32,
                  DeepSeek::build),
              new Family<>(
                  "dots1", "Dots1ForCausalLM", "model", Glm4Moe.Config::parseDots1, Glm4Moe::build),
              new Family<>(
                  "glm4_moe",
                  "Glm4MoeForCausalLM",
                  "model",
                  Glm4Moe.Config::parseGlm4,
                  Glm4Moe::build),
              new Family<>(
                  "gpt_oss", "GptOssForCausalLM", "model", GptOss.Config::parse, GptOss::build),
              new Family<>(
                  "granitemoe",
                  "GraniteMoeForCausalLM",
                  "model",
                  GraniteMoe.Config::parse,
                  GraniteMoe::build),
              new Family<>(
                  "mixtral", "MixtralForCausalLM", "model", Mixtral.Config::parse, Mixtral::build),
              new Family<>("olmoe", "OlmoeForCausalLM", "model", Olmoe.Config::parse, Olmoe::build),
              new Family<>(
                  "phimoe", "PhimoeForCausalLM", "model", PhiMoe.Config::parse, PhiMoe::build),
              new Family<>(
                  "qwen2_moe",
                  "Qwen2MoeForCausalLM",
                  "model",
                  QwenMoe.Config::parseQwen2,
                  QwenMoe::build),
              new Family<>(
                  "qwen3_moe",
                  "Qwen3MoeForCausalLM",
                  "model",
                  QwenMoe.Config::parseQwen3,
                  QwenMoe::build),
              new Family<>("llama", "LlamaForCausalLM", "model", Llama.Config::parse, Llama::build),
              new Family<>("glm", "GlmForCausalLM", "model", Glm4.Config::parse, Glm::build),
              new Family<>(
                  "ministral",
                  "MinistralForCausalLM",
                  "model",
                  Mistral.Config::parseMinistral,
                  Mistral::build),
              new Family<>(
                  "ministral3",
                  "Ministral3ForCausalLM",
                  "model",
                  Mistral.Config::parseMinistral3,
                  Mistral::build),
              new Family<>(
                  "cwm", "CwmForCausalLM", "model", Mistral.Config::parseCwm, Mistral::build),
              new Family<>(
                  "hunyuan_v1_dense",
                  "HunYuanDenseV1ForCausalLM",
                  "model",
                  HunYuan.Config::parse,
                  HunYuan::build),
              new Family<>("arcee", "ArceeForCausalLM", "model", Arcee.Config::parse, Arcee::build),
              new Family<>(
                  "helium",
                  "HeliumForCausalLM",
                  "model",
                  Ernie45.Config::parseHelium,
                  Ernie45::build),
              new Family<>(
                  "ernie4_5_moe",
                  "Ernie4_5_MoeForCausalLM",
                  "model",
                  Ernie45Moe.Config::parse,
                  Ernie45Moe::build),
              new Family<>(
                  "granitemoeshared",
                  "GraniteMoeSharedForCausalLM",
                  "model",
                  GraniteMoe.Config::parseShared,
                  GraniteMoe::build),
              new Family<>(
                  "llama4_text", "Llama4ForCausalLM", "model", Llama4.Config::parse, Llama4::build),
              new Family<>(
                  "glm4_moe_lite",
                  "Glm4MoeLiteForCausalLM",
                  "model",
                  DeepSeek.Config::parseGlmLite,
                  DeepSeek::build),
              new Family<>(
                  "glm_moe_dsa",
                  "GlmMoeDsaForCausalLM",
                  "model",
                  DeepSeek.Config::parseGlmDsa,
                  DeepSeek::build),
              new Family<>(
                  "kimi_k2",
                  "DeepseekV3ForCausalLM",
                  "model",
                  DeepSeek.Config::parseV3,
                  DeepSeek::build),
              new Family<>(
                  "solar_open",
                  "SolarOpenForCausalLM",
                  "model",
                  Glm4Moe.Config::parseSolar,
                  Glm4Moe::build),
              new Family<>(
                  "minimax_m2",
                  "MiniMaxM2ForCausalLM",
                  "model",
                  MiniMaxM2.Config::parse,
                  MiniMaxM2::build),
              new Family<>(
                  "exaone_moe",
                  "ExaoneMoeForCausalLM",
                  "model",
                  ExaoneMoe.Config::parse,
                  ExaoneMoe::build),
              new Family<>(
                  "hunyuan_v1_moe",
                  "HunYuanMoEV1ForCausalLM",
                  "model",
                  HunYuanMoe.Config::parse,
                  HunYuanMoe::build),
              new Family<>(
                  "flex_olmo",
                  "FlexOlmoForCausalLM",
                  "model",
                  Olmoe.Config::parse,
                  Olmoe::buildFlex),
              new Family<>("afmoe", "AfmoeForCausalLM", "model", Afmoe.Config::parse, Afmoe::build),
              new Family<>(
                  "lfm2_moe", "Lfm2MoeForCausalLM", "model", Lfm2.Config::parseMoe, Lfm2::build),
              new Family<>(
                  "vaultgemma",
                  "VaultGemmaForCausalLM",
                  "model",
                  Gemma2.Config::parseGemma2,
                  VaultGemma::build),
              new Family<>(
                  "nanochat",
                  "NanoChatForCausalLM",
                  "model",
                  NanoChat.Config::parse,
                  NanoChat::build),
              new Family<>(
                  "codegen",
                  "CodeGenForCausalLM",
                  "transformer",
                  GptJ.Config::parseCodeGen,
                  GptJ::build),
              new Family<>(
                  "openai-gpt",
                  "OpenAIGPTLMHeadModel",
                  "transformer",
                  Gpt.Config::parse,
                  Gpt::build),
              new Family<>(
                  "biogpt", "BioGptForCausalLM", "biogpt", Xglm.Config::parseBioGpt, Xglm::build),
              new Family<>(
                  "persimmon",
                  "PersimmonForCausalLM",
                  "model",
                  Persimmon.Config::parse,
                  Persimmon::build),
              new Family<>(
                  "apertus", "ApertusForCausalLM", "model", Apertus.Config::parse, Apertus::build),
              new Family<>(
                  "qwen2_vl_text",
                  "Qwen2VLForConditionalGeneration",
                  "model",
                  Qwen.Config::parseQwen2,
                  Qwen::build),
              new Family<>(
                  "qwen2_5_vl_text",
                  "Qwen2_5_VLForConditionalGeneration",
                  "model",
                  Qwen.Config::parseQwen2,
                  Qwen::build),
              new Family<>(
                  "qwen3_vl_text",
                  "Qwen3VLForConditionalGeneration",
                  "model",
                  Qwen.Config::parseQwen3,
                  Qwen::build),
              new Family<>(
                  "rapt-decoder",
                  "RaptDecoderForCausalLM",
                  "model",
                  Decoder.Config::parse,
                  Decoder::build),
              new Family<>(
                  "xglm", "XGLMForCausalLM", "model", Xglm.Config::parseXglm, Xglm::build)));

  private DecoderFamilies() {}
}
