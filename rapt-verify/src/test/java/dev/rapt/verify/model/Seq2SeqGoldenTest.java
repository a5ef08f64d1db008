package dev.rapt.verify.model;

import dev.rapt.verify.CaseFolders;
import dev.rapt.verify.CaseRun;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Encoder-decoders, compared with the reference implementation. */
class Seq2SeqGoldenTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "bart/mbart",
        "m2m100/lm",
        "marian/separate_embeddings",
        "pegasus/lm",
        "t5/encoder_only",
        "t5/gated_silu"
      })
  void recordedCallsOfTheCopiesMatch(String name) {
    CaseRun.assertEveryCallPasses(Seq2SeqCase::load, CaseFolders.copy(name));
  }

  @ParameterizedTest
  @ValueSource(strings = {"bart", "e2e/t5_text", "m2m100", "marian", "pegasus", "t5"})
  void everyRecordedCallMatchesWhereTheWholeSetIsPresent(String family) {
    CaseRun.assertEveryCallPasses(Seq2SeqCase::load, CaseFolders.wholeOrSkip(family));
  }

  @Test
  void recordedCallsOfLedMatchWhereTheWholeSetIsPresent() {
    CaseRun.assertEveryCallPasses(Seq2SeqCase::load, CaseFolders.wholeOrSkip("led"));
  }
}
