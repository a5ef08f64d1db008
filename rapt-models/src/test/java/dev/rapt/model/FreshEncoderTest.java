package dev.rapt.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.autograd.Gradients;
import dev.rapt.autograd.Tape;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.checkpoint.JsonFiles;
import dev.rapt.golden.Golden;
import dev.rapt.model.ModelWriter.TokenIds;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.decoder.Gpt2;
import dev.rapt.model.encoder.EncoderFamilies;
import dev.rapt.model.load.HeadKind;
import dev.rapt.model.load.ModelTypes;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class FreshEncoderTest {
  private static final int[] IDS = {1, 5, 7, 3, 9, 2};
  private static final Labels LABELS =
      new Labels(List.of("x", "y", "z"), Labels.Problem.SINGLE_LABEL);

  private static final List<String> FAMILIES =
      List.of(
          "albert", "bert", "deberta", "distilbert", "electra", "modernbert", "mpnet", "roberta");

  private static EncoderConfig config(String golden) {
    return config(Golden.copy(golden).resolve("config.json"));
  }

  private static EncoderConfig config(Path file) {
    ConfigReader json = ConfigReader.of(file);
    return ModelTypes.family(EncoderFamilies.TABLE, json).parse().apply(json);
  }

  /** A head that every family has, made, and loaded from a folder. */
  private record Head(
      Function<EncoderConfig, HeadedModel> create, Function<Path, HeadedModel> load) {}

  private static final List<Head> HEADS =
      List.of(
          new Head(config -> Encoder.create(config, 1), Encoder::load),
          new Head(config -> MaskedLm.create(config, 1), MaskedLm::load),
          new Head(
              config -> Classifier.create(config, Classifier.Unit.SEQUENCE, LABELS, 1),
              folder -> Classifier.load(folder, Classifier.Unit.SEQUENCE)),
          new Head(
              config -> Classifier.create(config, Classifier.Unit.TOKEN, LABELS, 1),
              folder -> Classifier.load(folder, Classifier.Unit.TOKEN)),
          new Head(config -> QuestionAnswering.create(config, 1), QuestionAnswering::load),
          new Head(
              config -> MultipleChoice.create(config, 1),
              folder -> MultipleChoice.load(folder, folder.resolve("config.json"))));

  private static List<float[]> outputs(HeadedModel model, Scope scope) {
    Tensor ids = scope.ints(IDS, 1, IDS.length);
    Pass pass = model.pass(ids, new int[] {IDS.length}).build();
    List<Tensor> outputs =
        switch (model) {
          case Encoder encoder ->
              encoder.hasPooler()
                  ? List.of(encoder.pooled(encoder.hidden(ids, pass), pass))
                  : List.of(encoder.hidden(ids, pass));
          case MaskedLm masked -> List.of(masked.logits(ids, pass));
          case Classifier classifier -> List.of(classifier.logits(ids, pass));
          case QuestionAnswering answering -> {
            QuestionAnswering.Scores scores = answering.scores(ids, pass);
            yield List.of(scores.start(), scores.end());
          }
          case MultipleChoice choice -> List.of(choice.logits(ids, 1, pass));
          case ReplacedTokenDetection replaced -> List.of(replaced.logits(ids, pass));
          case NextSentence next -> List.of(next.logits(ids, pass));
          case Pretraining pretraining -> {
            Tensor hidden = pretraining.hidden(ids, pass);
            yield List.of(pretraining.tokenLogits(hidden), pretraining.pairLogits(hidden, pass));
          }
        };
    return outputs.stream().map(Tensor::toFloats).toList();
  }

  private static void assertSame(HeadedModel loaded, HeadedModel model) {
    assertThat(loaded.config()).isEqualTo(model.config());
    assertThat(names(loaded)).isEqualTo(names(model));
    try (Scope scope = model.scope().child();
        Scope other = loaded.scope().child()) {
      assertThat(outputs(loaded, other))
          .usingRecursiveComparison()
          .isEqualTo(outputs(model, scope));
    }
  }

  private static Map<String, String> names(HeadedModel model) {
    Map<String, String> shapes = new LinkedHashMap<>();
    for (Parameter parameter : model.parameters()) {
      shapes.put(parameter.name(), parameter.shape().toString());
    }
    return shapes;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "albert/mlm",
        "bert/mlm",
        "deberta/v1_sequence_classification",
        "deberta/v2_conv",
        "distilbert/sequence_classification",
        "electra/discriminator",
        "modernbert/mlm",
        "mpnet/mlm",
        "roberta/mlm"
      })
  void whatIsWrittenLoadsAsTheSameModelWithEveryHead(String golden, @TempDir Path folder) {
    EncoderConfig config = config(golden);
    for (Head head : HEADS) {
      try (HeadedModel model = head.create.apply(config)) {
        ModelWriter.write(folder, model, TokenIds.NONE, DType.F32);
        try (HeadedModel loaded = head.load.apply(folder)) {
          assertSame(loaded, model);
        }
      }
    }
  }

  @Test
  void headsOfSomeFamiliesAreWrittenToo(@TempDir Path folder) {
    Path file = folder.resolve("config.json");
    try (HeadedModel model = Pretraining.create(config("bert/mlm"), 1)) {
      ModelWriter.write(folder, model, TokenIds.NONE, DType.F32);
      try (HeadedModel loaded = Pretraining.load(folder, file, false)) {
        assertSame(loaded, model);
      }
    }
    try (HeadedModel model = NextSentence.create(config("bert/mlm"), 1)) {
      ModelWriter.write(folder, model, TokenIds.NONE, DType.F32);
      try (HeadedModel loaded = NextSentence.load(folder, file)) {
        assertSame(loaded, model);
      }
    }
    try (HeadedModel model = ReplacedTokenDetection.create(config("electra/discriminator"), 1)) {
      ModelWriter.write(folder, model, TokenIds.NONE, DType.F32);
      try (HeadedModel loaded = ReplacedTokenDetection.load(folder, file, false)) {
        assertSame(loaded, model);
      }
    }
  }

  @Test
  void decodersThatClassifyAreWrittenToo(@TempDir Path folder) {
    Gpt2.Config config = Gpt2.Config.of(DecoderSizes.of(24, 16, 2, 2, 2, 64, 16, true));
    try (HeadedModel model = Classifier.create(config, Classifier.Unit.SEQUENCE, LABELS, 0, 1)) {
      ModelWriter.write(folder, model, new TokenIds(null, null, 0), DType.F32);
      ConfigReader json = ConfigReader.of(folder.resolve("config.json"));
      assertThat(json.strings("architectures")).containsExactly("GPT2ForSequenceClassification");
      try (Classifier loaded = Classifier.load(folder, Classifier.Unit.SEQUENCE)) {
        assertThat(loaded.labels()).isEqualTo(LABELS);
        assertSame(loaded, model);
      }
    }
  }

  /** Every configuration of the recorded cases, so that no key is forgotten. */
  @Test
  void configurationsSurviveBeingWritten(@TempDir Path folder) throws IOException {
    List<Path> files = new ArrayList<>();
    for (String family : FAMILIES) {
      Path root = Golden.folder(family);
      try (Stream<Path> all = Files.walk(root)) {
        all.filter(file -> file.getFileName().toString().matches("config(_legacy)?\\.json"))
            .filter(file -> ConfigReader.of(file).has("model_type"))
            .forEach(files::add);
      }
    }
    assertThat(files).isNotEmpty();
    for (Path file : files) {
      EncoderConfig config = config(file);
      assertThat(writtenAndRead(config, folder)).as(file.toString()).isEqualTo(config);
    }
  }

  @ParameterizedTest
  @EnumSource
  void presetsSurviveBeingWritten(EncoderPreset preset, @TempDir Path folder) {
    EncoderConfig config = preset.config(1000);
    assertThat(writtenAndRead(config, folder)).isEqualTo(config);
  }

  private static EncoderConfig writtenAndRead(EncoderConfig config, Path folder) {
    ObjectNode json = JsonMapper.shared().createObjectNode();
    json.put("model_type", config.modelType());
    config.write(json);
    JsonFiles.write(folder.resolve("config.json"), json);
    return config(folder.resolve("config.json"));
  }

  @Test
  void everyWeightOfAFreshModelGetsAGradient() {
    try (MaskedLm model = MaskedLm.create(EncoderPreset.BERT_TINY.config(40), 3);
        Scope scope = model.scope().child();
        Tape tape = Tape.open(scope)) {
      model.parameters().track();
      Gradients gradients = new Gradients(scope);
      Tensor ids = tape.ints(IDS, 1, IDS.length);
      Pass pass = model.pass(ids, new int[] {IDS.length}).build();
      tape.backward(model.loss(model.hidden(ids, pass), ids, 0), gradients);
      for (Parameter parameter : model.parameters()) {
        assertThat(gradients.of(parameter.value())).as(parameter.name()).isNotNull();
      }
    }
  }

  @Test
  void aFolderWithoutTheHeadSaysWhichItHas(@TempDir Path folder) {
    try (MaskedLm model = MaskedLm.create(EncoderPreset.BERT_TINY.config(40), 3)) {
      ModelWriter.write(folder, model, TokenIds.NONE, DType.F32);
    }
    assertThatThrownBy(() -> Classifier.load(folder, Classifier.Unit.SEQUENCE))
        .hasMessage(
            "config.json: must describe a text classifier, got a masked language model"
                + " (architectures: BertForMaskedLM); run it with rapt fill-mask, or give it this"
                + " head with rapt finetune");
    assertThatThrownBy(() -> CausalLm.load(folder))
        .hasMessage(
            "config.json: model_type must be a decoder, got bert: a masked language model"
                + " (architectures: BertForMaskedLM); choose another model, or run this one with"
                + " rapt fill-mask");
    assertThat(HeadKind.of(ConfigReader.of(folder.resolve("config.json"))))
        .isEqualTo(Optional.of(HeadKind.MASKED_LM));
  }

  @Test
  void aHeadThatHasTheNamesOfAnotherIsNotMistakenForIt(@TempDir Path folder) {
    EncoderConfig config = EncoderPreset.BERT_TINY.config(40);
    try (Classifier model =
        Classifier.create(config, Classifier.Unit.SEQUENCE, Labels.of("a", "b"), 3)) {
      ModelWriter.write(folder, model, TokenIds.NONE, DType.F32);
    }
    assertThatThrownBy(() -> Classifier.load(folder, Classifier.Unit.TOKEN))
        .hasMessageStartingWith(
            "config.json: must describe a token classifier, got a text classifier");
  }
}
