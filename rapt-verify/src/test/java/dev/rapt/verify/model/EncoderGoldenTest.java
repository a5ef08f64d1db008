package dev.rapt.verify.model;

import dev.rapt.verify.CaseFolders;
import dev.rapt.verify.CaseRun;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Encoders and their heads, compared with the reference implementation. */
class EncoderGoldenTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "albert/mlm",
        "bert/mlm",
        "bert/multiple_choice",
        "bert/pretraining",
        "bert/question_answering",
        "bert/sequence_multi_label",
        "deberta/v1_sequence_classification",
        "deberta/v2_conv",
        "deberta/v2_own_keys",
        "distilbert/sequence_classification",
        "electra/discriminator",
        "modernbert/mlm",
        "mpnet/mlm",
        "roberta/mlm"
      })
  void recordedCallsOfTheCopiesMatch(String name) {
    CaseRun.assertEveryCallPasses(CaseModel.Loader.all(), CaseFolders.copy(name));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "albert",
        "bert",
        "big_bird",
        "deberta",
        "distilbert",
        "electra",
        "longformer",
        "modernbert",
        "mpnet",
        "roberta"
      })
  void everyRecordedCallMatchesWhereTheWholeSetIsPresent(String family) {
    CaseRun.assertEveryCallPasses(CaseModel.Loader.all(), CaseFolders.wholeOrSkip(family));
  }
}
