package dev.rapt.verify.model;

import dev.rapt.verify.CaseFolders;
import dev.rapt.verify.CaseRun;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Decoders, compared with the reference implementation. */
class DecoderGoldenTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "bloom/alibi",
        "cohere/lm",
        "cohere2/lm",
        "deepseek_v2/lite_greedy",
        "deepseek_v3/fp8",
        "deepseek_v32/lm",
        "dots1/lm",
        "ernie4_5/lm",
        "exaone4/lm",
        "falcon/alibi",
        "falcon/new_architecture",
        "gemma/lm",
        "gemma2/lm",
        "gemma3/text",
        "glm4/lm",
        "glm4_moe/lm",
        "gpt2/lm",
        "gpt_bigcode/lm",
        "gpt_neo/lm",
        "gpt_neox/parallel_residual",
        "gpt_oss/mxfp4",
        "gptj/lm",
        "granite/lm",
        "granitemoe/lm",
        "lfm2/lm",
        "llama/gqa",
        "llama/sequence_classification",
        "mamba/lm",
        "mamba2/lm",
        "mistral/sliding_window",
        "mixtral/lm",
        "mpt/alibi",
        "nemotron/lm",
        "olmo/lm",
        "olmo2/lm",
        "olmo3/lm",
        "olmoe/lm",
        "opt/lm",
        "phi/lm",
        "phi3/longrope",
        "phimoe/lm",
        "qwen2/sliding_window",
        "qwen2_moe/lm",
        "qwen3/lm",
        "qwen3_moe/lm",
        "qwen3_next/lm",
        "rwkv/lm",
        "smollm3/nope",
        "stablelm/lm",
        "starcoder2/lm",
        "xglm/lm"
      })
  void recordedCallsOfTheCopiesMatch(String name) {
    CaseRun.assertEveryCallPasses(DecoderCase::load, CaseFolders.copy(name));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "bloom",
        "cohere",
        "cohere2",
        "deepseek_v2",
        "deepseek_v3",
        "deepseek_v32",
        "dots1",
        "ernie4_5",
        "exaone4",
        "falcon/multi_query",
        "falcon/new_architecture",
        "gemma",
        "gemma2",
        "gemma3",
        "glm4",
        "glm4_moe",
        "gpt2",
        "gpt_bigcode",
        "gpt_neo",
        "gpt_neox",
        "gpt_oss",
        "gptj",
        "granite",
        "granitemoe",
        "lfm2",
        "llama",
        "mamba",
        "mamba2",
        "mistral",
        "mixtral",
        "mpt",
        "nemotron",
        "olmo",
        "olmo2",
        "olmo3",
        "olmoe",
        "opt",
        "phi",
        "phi3",
        "phimoe",
        "qwen2",
        "qwen2_moe",
        "qwen3",
        "qwen3_moe",
        "qwen3_next",
        "rwkv",
        "smollm3",
        "stablelm",
        "starcoder2",
        "xglm"
      })
  void everyRecordedCallMatchesWhereTheWholeSetIsPresent(String family) {
    CaseRun.assertEveryCallPasses(DecoderCase::load, CaseFolders.wholeOrSkip(family));
  }

  @Test
  void damagedCheckpointsAreRefusedWhereTheWholeSetIsPresent() {
    CaseRun.of(ModelCases.damaged(DecoderCase::load), CaseFolders.wholeOrSkip("checkpoints_bad"))
        .assertPassed(21);
  }
}
