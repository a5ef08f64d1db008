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
              new Family<>(
                  "cohere", "CohereForCausalLM", "model", CohereConfig::parseCohere, Cohere::build),
              new Family<>(
                  "cohere2",
                  "Cohere2ForCausalLM",
                  "model",
                  CohereConfig::parseCohere2,
                  Cohere::build),
              new Family<>(
                  "ernie4_5",
                  "Ernie4_5ForCausalLM",
                  "model",
                  Ernie45Config::parseErnie,
                  Ernie45::build),
              new Family<>(
                  "exaone4", "Exaone4ForCausalLM", "model", Exaone4Config::parse, Exaone4::build),
              new Family<>("gemma", "GemmaForCausalLM", "model", GemmaConfig::parse, Gemma::build),
              new Family<>(
                  "gemma2", "Gemma2ForCausalLM", "model", Gemma2Config::parseGemma2, Gemma2::build),
              new Family<>(
                  "gemma3_text",
                  "Gemma3ForCausalLM",
                  "model",
                  Gemma2Config::parseGemma3,
                  Gemma2::build),
              new Family<>("glm4", "Glm4ForCausalLM", "model", Glm4Config::parse, Glm4::build),
              new Family<>(
                  "granite", "GraniteForCausalLM", "model", GraniteConfig::parse, Granite::build),
              new Family<>(
                  "mistral", "MistralForCausalLM", "model", MistralConfig::parse, Mistral::build),
              new Family<>(
                  "nemotron",
                  "NemotronForCausalLM",
                  "model",
                  NemotronConfig::parse,
                  Nemotron::build),
              new Family<>("olmo", "OlmoForCausalLM", "model", OlmoConfig::parse, Olmo::build),
              new Family<>(
                  "olmo2", "Olmo2ForCausalLM", "model", Olmo2Config::parseOlmo2, Olmo2::build),
              new Family<>(
                  "olmo3", "Olmo3ForCausalLM", "model", Olmo2Config::parseOlmo3, Olmo2::build),
              new Family<>("phi3", "Phi3ForCausalLM", "model", Phi3Config::parse, Phi3::build),
              new Family<>(
                  "qwen2", "Qwen2ForCausalLM", "model", QwenConfig::parseQwen2, Qwen::build),
              new Family<>(
                  "qwen3", "Qwen3ForCausalLM", "model", QwenConfig::parseQwen3, Qwen::build),
              new Family<>(
                  "seed_oss", "SeedOssForCausalLM", "model", SeedOssConfig::parse, SeedOss::build),
              new Family<>(
                  "smollm3", "SmolLM3ForCausalLM", "model", SmolLm3Config::parse, SmolLm3::build),
              new Family<>(
                  "stablelm",
                  "StableLmForCausalLM",
                  "model",
                  StableLmConfig::parse,
                  StableLm::build),
              new Family<>(
                  "starcoder2",
                  "Starcoder2ForCausalLM",
                  "model",
                  Starcoder2Config::parse,
                  Starcoder2::build),
              new Family<>("lfm2", "Lfm2ForCausalLM", "model", Lfm2Config::parse, Lfm2::build),
              new Family<>(
                  "mamba", "MambaForCausalLM", "backbone", MambaConfig::parse, Mamba::build),
              new Family<>(
                  "mamba2", "Mamba2ForCausalLM", "backbone", Mamba2Config::parse, Mamba2::build),
              new Family<>(
                  "qwen3_next",
                  "Qwen3NextForCausalLM",
                  "model",
                  Qwen3NextConfig::parseNext,
                  Qwen3Next::build),
              new Family<>(
                  "qwen3_5_text",
                  "Qwen3_5ForCausalLM",
                  "model",
                  Qwen3NextConfig::parseQwen35,
                  Qwen3Next::build),
              new Family<>(
                  "qwen3_5_moe_text",
                  "Qwen3_5MoeForCausalLM",
                  "model",
                  Qwen3NextConfig::parseQwen35Moe,
                  Qwen3Next::build),
              new Family<>("rwkv", "RwkvForCausalLM", "rwkv", RwkvConfig::parse, Rwkv::build),
              new Family<>(
                  "deepseek_v2",
                  "DeepseekV2ForCausalLM",
                  "model",
                  DeepSeekConfig::parseV2,
                  DeepSeek::build),
              new Family<>(
                  "deepseek_v3",
                  "DeepseekV3ForCausalLM",
                  "model",
                  DeepSeekConfig::parseV3,
                  DeepSeek::build),
              new Family<>(
                  "deepseek_v32",
                  "DeepseekV32ForCausalLM",
                  "model",
                  DeepSeekConfig::parseV32,
                  DeepSeek::build),
              new Family<>(
                  "dots1", "Dots1ForCausalLM", "model", Glm4MoeConfig::parseDots1, Glm4Moe::build),
              new Family<>(
                  "glm4_moe",
                  "Glm4MoeForCausalLM",
                  "model",
                  Glm4MoeConfig::parseGlm4,
                  Glm4Moe::build),
              new Family<>(
                  "gpt_oss", "GptOssForCausalLM", "model", GptOssConfig::parse, GptOss::build),
              new Family<>(
                  "granitemoe",
                  "GraniteMoeForCausalLM",
                  "model",
                  GraniteMoeConfig::parse,
                  GraniteMoe::build),
              new Family<>(
                  "mixtral", "MixtralForCausalLM", "model", MixtralConfig::parse, Mixtral::build),
              new Family<>("olmoe", "OlmoeForCausalLM", "model", OlmoeConfig::parse, Olmoe::build),
              new Family<>(
                  "phimoe", "PhimoeForCausalLM", "model", PhiMoeConfig::parse, PhiMoe::build),
              new Family<>(
                  "qwen2_moe",
                  "Qwen2MoeForCausalLM",
                  "model",
                  QwenMoeConfig::parseQwen2,
                  QwenMoe::build),
              new Family<>(
                  "qwen3_moe",
                  "Qwen3MoeForCausalLM",
                  "model",
                  QwenMoeConfig::parseQwen3,
                  QwenMoe::build),
              new Family<>("llama", "LlamaForCausalLM", "model", LlamaConfig::parse, Llama::build),
              new Family<>("glm", "GlmForCausalLM", "model", Glm4Config::parse, Glm::build),
              new Family<>(
                  "ministral",
                  "MinistralForCausalLM",
                  "model",
                  MistralConfig::parseMinistral,
                  Mistral::build),
              new Family<>(
                  "ministral3",
                  "Ministral3ForCausalLM",
                  "model",
                  MistralConfig::parseMinistral3,
                  Mistral::build),
              new Family<>(
                  "cwm", "CwmForCausalLM", "model", MistralConfig::parseCwm, Mistral::build),
              new Family<>(
                  "hunyuan_v1_dense",
                  "HunYuanDenseV1ForCausalLM",
                  "model",
                  HunYuanConfig::parse,
                  HunYuan::build),
              new Family<>("arcee", "ArceeForCausalLM", "model", ArceeConfig::parse, Arcee::build),
              new Family<>(
                  "helium",
                  "HeliumForCausalLM",
                  "model",
                  Ernie45Config::parseHelium,
                  Ernie45::build),
              new Family<>(
                  "ernie4_5_moe",
                  "Ernie4_5_MoeForCausalLM",
                  "model",
                  Ernie45MoeConfig::parse,
                  Ernie45Moe::build),
              new Family<>(
                  "granitemoeshared",
                  "GraniteMoeSharedForCausalLM",
                  "model",
                  GraniteMoeConfig::parseShared,
                  GraniteMoe::build),
              new Family<>(
                  "llama4_text", "Llama4ForCausalLM", "model", Llama4Config::parse, Llama4::build),
              new Family<>(
                  "glm4_moe_lite",
                  "Glm4MoeLiteForCausalLM",
                  "model",
                  DeepSeekConfig::parseGlmLite,
                  DeepSeek::build),
              new Family<>(
                  "glm_moe_dsa",
                  "GlmMoeDsaForCausalLM",
                  "model",
                  DeepSeekConfig::parseGlmDsa,
                  DeepSeek::build),
              new Family<>(
                  "kimi_k2",
                  "DeepseekV3ForCausalLM",
                  "model",
                  DeepSeekConfig::parseV3,
                  DeepSeek::build),
              new Family<>(
                  "solar_open",
                  "SolarOpenForCausalLM",
                  "model",
                  Glm4MoeConfig::parseSolar,
                  Glm4Moe::build),
              new Family<>(
                  "minimax_m2",
                  "MiniMaxM2ForCausalLM",
                  "model",
                  MiniMaxM2Config::parse,
                  MiniMaxM2::build),
              new Family<>(
                  "exaone_moe",
                  "ExaoneMoeForCausalLM",
                  "model",
                  ExaoneMoeConfig::parse,
                  ExaoneMoe::build),
              new Family<>(
                  "hunyuan_v1_moe",
                  "HunYuanMoEV1ForCausalLM",
                  "model",
                  HunYuanMoeConfig::parse,
                  HunYuanMoe::build),
              new Family<>(
                  "flex_olmo",
                  "FlexOlmoForCausalLM",
                  "model",
                  OlmoeConfig::parse,
                  Olmoe::buildFlex),
              new Family<>("afmoe", "AfmoeForCausalLM", "model", AfmoeConfig::parse, Afmoe::build),
              new Family<>(
                  "lfm2_moe", "Lfm2MoeForCausalLM", "model", Lfm2Config::parseMoe, Lfm2::build),
              new Family<>(
                  "vaultgemma",
                  "VaultGemmaForCausalLM",
                  "model",
                  Gemma2Config::parseGemma2,
                  VaultGemma::build),
              new Family<>(
                  "nanochat",
                  "NanoChatForCausalLM",
                  "model",
                  NanoChatConfig::parse,
                  NanoChat::build),
              new Family<>(
                  "codegen",
                  "CodeGenForCausalLM",
                  "transformer",
                  GptJConfig::parseCodeGen,
                  GptJ::build),
              new Family<>(
                  "openai-gpt",
                  "OpenAIGPTLMHeadModel",
                  "transformer",
                  GptConfig::parse,
                  Gpt::build),
              new Family<>(
                  "biogpt", "BioGptForCausalLM", "biogpt", XglmConfig::parseBioGpt, Xglm::build),
              new Family<>(
                  "persimmon",
                  "PersimmonForCausalLM",
                  "model",
                  PersimmonConfig::parse,
                  Persimmon::build),
              new Family<>(
                  "apertus", "ApertusForCausalLM", "model", ApertusConfig::parse, Apertus::build),
              new Family<>(
                  "qwen2_vl_text",
                  "Qwen2VLForConditionalGeneration",
                  "model",
                  QwenConfig::parseQwen2,
                  Qwen::build),
              new Family<>(
                  "qwen2_5_vl_text",
                  "Qwen2_5_VLForConditionalGeneration",
                  "model",
                  QwenConfig::parseQwen2,
                  Qwen::build),
              new Family<>(
                  "qwen3_vl_text",
                  "Qwen3VLForConditionalGeneration",
                  "model",
                  QwenConfig::parseQwen3,
                  Qwen::build),
              new Family<>(
                  "rapt-decoder",
                  "RaptDecoderForCausalLM",
                  "model",
                  DecoderConfig::parse,
                  Decoder::build),
              new Family<>(
                  "xglm", "XGLMForCausalLM", "model", XglmConfig::parseXglm, Xglm::build)));

  private DecoderFamilies() {}
}
