package dev.rapt.model.seq2seq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.autograd.Ops;
import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.generate.Generator;
import dev.rapt.generate.decoding.Seq2SeqDecoding;
import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.generate.search.GeneratedSequence;
import dev.rapt.golden.Golden;
import dev.rapt.model.ModelWriter;
import dev.rapt.model.Seq2SeqLm;
import dev.rapt.nn.EncoderOutput;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.JsonNodeFactory;

class LstmSeq2SeqTest {
  private static final int[] SOURCE = {5, 6, 7, 8, 9, 10, 11};
  private static final int[] OTHER_SOURCE = {12, 13, 14};

  @Test
  void scoresOfBeamsAreThoseOfAPassWithoutCache() {
    GenerationOptions options =
        GenerationOptions.builder()
            .maxNewTokens(9)
            .numBeams(5)
            .numReturnSequences(3)
            .lengthPenalty(0)
            .eosTokenIds(List.of())
            .build();
    try (Seq2SeqLm model = Seq2SeqLm.load(Golden.recorded().resolve("lstm_seq2seq/tied"))) {
      Seq2SeqDecoding decoding = new Seq2SeqDecoding(model, List.of(SOURCE, OTHER_SOURCE));
      List<GeneratedSequence> beams =
          new Generator(decoding).generate(decoding.prompts(), options).sequences();
      assertThat(beams).hasSize(6);
      for (GeneratedSequence beam : beams) {
        int[] source = beam.promptIndex() == 0 ? SOURCE : OTHER_SOURCE;
        assertThat(beam.score()).isCloseTo(logProbability(model, source, beam), within(1e-4));
      }
    }
  }

  /** The log-probability of the new tokens, from one pass over all of them. */
  private static double logProbability(Seq2SeqLm model, int[] source, GeneratedSequence beam) {
    try (Scope scope = model.scope().child()) {
      Tensor from = scope.ints(source, 1, source.length);
      EncoderOutput encoded =
          model.encode(from, Pass.over(from).bidirectional(new int[] {source.length}).build());
      int[] ids = beam.ids();
      int T = ids.length - 1;
      Tensor inputs = scope.ints(Arrays.copyOf(ids, T), 1, T);
      Pass pass = Pass.over(inputs).encoderOutput(encoded).build();
      Tensor logs = Ops.logSoftmax(model.logits(model.hidden(inputs, pass))); // (1, T, V)
      double sum = 0;
      for (int t = 0; t < T; t++) {
        sum += logs.getFloat((long) t * model.config().vocabSize() + ids[t + 1]);
      }
      return sum;
    }
  }

  @ParameterizedTest
  @CsvSource({"true, true, 2", "true, false, 1", "false, true, 1", "false, false, 3"})
  void numParametersCountsThoseOfTheModel(boolean shared, boolean tied, int numLayers) {
    LstmSeq2Seq.Config config =
        new LstmSeq2Seq.Config(37, 10, numLayers, shared, tied, 1, 0, 0.1, 0.1f);
    try (Seq2SeqLm model = Seq2SeqLm.create(config, 1)) {
      long count = 0;
      for (Parameter parameter : model.parameters()) {
        count += parameter.shape().numElements();
      }
      assertThat(config.numParameters()).isEqualTo(count);
    }
  }

  @ParameterizedTest
  @CsvSource({"5_000_000, 8000, 2", "62_000_000, 37000, 4", "1_000_000, 500, 1"})
  void aModelOfTheSizeOfAnotherIsWithinFivePercent(long size, int vocabSize, int numLayers) {
    LstmSeq2Seq.Config config = LstmSeq2Seq.Config.ofSize(size, vocabSize, numLayers, 0);
    assertThat((double) config.numParameters() / size).isBetween(0.95, 1.05);
    assertThat(config.hiddenSize() % 16).isZero();
  }

  @Test
  void whatIsWrittenLoadsAsTheSameModel(@TempDir Path folder) {
    LstmSeq2Seq.Config config = LstmSeq2Seq.Config.of(40, 16, 2, 3).withDropout(0.3f);
    try (Seq2SeqLm model = Seq2SeqLm.create(config, 5)) {
      ModelWriter.write(folder, model, new ModelWriter.TokenIds(null, 1, null), DType.F32);
      try (Seq2SeqLm loaded = Seq2SeqLm.load(folder)) {
        assertThat(loaded.config()).isEqualTo(config);
        for (Parameter parameter : model.parameters()) {
          Parameter other = loaded.parameters().get(parameter.name());
          assertThat(other).as(parameter.name()).isNotNull();
          assertThat(other.value().toFloats()).isEqualTo(parameter.value().toFloats());
        }
      }
    }
  }

  @Test
  void aWidthThatIsOddIsRefused() {
    ConfigReader json = ConfigReader.of(Golden.recorded().resolve("lstm_seq2seq/tied/config.json"));
    ConfigReader odd = json.with("hidden_size", JsonNodeFactory.instance.numberNode(7));
    assertThatThrownBy(() -> LstmSeq2Seq.Config.parse(odd))
        .isInstanceOf(CheckpointException.class)
        .hasMessageEndingWith("hidden_size must be even, half for each direction, got 7");
  }
}
