package dev.rapt.train.finetune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.checkpoint.Checkpoint;
import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.Seq2SeqPreset;
import dev.rapt.text.TextClassifier;
import dev.rapt.train.TrainOptions.PrecisionMode;
import dev.rapt.train.pretrain.objective.SpecialTokens;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Encoder-decoders that learn to classify texts with a fresh head. */
class Seq2SeqClassifierTest {
  @TempDir private Path path;

  private Path table(String name, int from, int to) throws IOException {
    StringBuilder rows = new StringBuilder("text\tlabel\n");
    for (int i = from; i < to; i++) {
      String word = i % 2 == 0 ? "good" : "bad";
      String end = i % 3 == 0 ? " film\t" : " book it was\t";
      rows.append("the ").append(word).append(end).append(word).append("!\n");
    }
    return Files.writeString(path.resolve(name), rows);
  }

  private FineTuning tuning(Path base, double lr) throws IOException {
    return FineTuning.of("classify", base)
        .train(table("train.tsv", 0, 64))
        .heldOut(table("val.tsv", 64, 80))
        .epochs(10)
        .batchSize(8)
        .options(options -> options.precision(PrecisionMode.F32).lr(lr).saveEveryMinutes(0));
  }

  private static void assertClassifies(Path folder) {
    try (TextClassifier model = TextClassifier.load(folder)) {
      assertThat(model.classify("the good film").best().label()).isEqualTo("good!");
      assertThat(model.classify("the bad book it was").best().label()).isEqualTo("bad!");
    }
  }

  @Test
  void bartLearnsAndRuns() throws IOException {
    Path base = bart();
    Path run = path.resolve("run");
    FineTuning.Result result = tuning(base, 3e-3).run(run);
    assertThat(result.metrics()).containsEntry("accuracy", 1.0);
    assertThat(ConfigReader.of(run.resolve("config.json")).strings("architectures"))
        .containsExactly("BartForSequenceClassification");
    assertClassifies(run);
  }

  @Test
  void adapterOfBartHoldsTheNewHead() throws IOException {
    Path run = path.resolve("run");
    tuning(bart(), 2e-2).lora(4).run(run);
    try (Checkpoint adapter = Checkpoint.open(run.resolve("adapter_model.safetensors"))) {
      assertThat(adapter.names())
          .contains(
              "base_model.model.classification_head.dense.weight",
              "base_model.model.classification_head.out_proj.bias",
              "base_model.model.model.decoder.layers.0.self_attn.q_proj.lora_A.weight");
    }
    assertClassifies(run.resolve("merged"));
  }

  @Test
  void t5LearnsUnderTheNamesOfItsClass() throws IOException {
    Path base =
        TaskModels.encoderDecoder(
            path.resolve("base"), Seq2SeqPreset.T5_TINY, SpecialTokens.SENTINELS);
    Path run = path.resolve("run");
    FineTuning.Result result = tuning(base, 3e-3).run(run);
    assertThat(result.metrics()).containsEntry("accuracy", 1.0);
    try (Checkpoint weights = Checkpoint.open(run)) {
      assertThat(weights.names())
          .contains("transformer.shared.weight", "classification_head.out_proj.weight")
          .noneMatch(name -> name.startsWith("shared.") || name.startsWith("lm_head"));
    }
    assertThat(ConfigReader.of(run.resolve("config.json")).strings("architectures"))
        .containsExactly("T5ForSequenceClassification");
    assertClassifies(run);
  }

  @Test
  void encoderDecoderWithoutAClassOfClassifiersIsRefused() throws IOException {
    Path base =
        TaskModels.encoderDecoder(
            path.resolve("base"), Seq2SeqPreset.TRANSFORMER_TINY, SpecialTokens.TRANSLATOR);
    assertThatThrownBy(() -> tuning(base, 3e-3).run(path.resolve("run")))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(
            "model_type must be an encoder-decoder that classifies texts (bart, bigbird_pegasus, ")
        .hasMessageContaining("got m");
  }

  private Path bart() throws IOException {
    return TaskModels.encoderDecoder(
        path.resolve("base"), Seq2SeqPreset.BART_MINI, SpecialTokens.DENOISER);
  }
}
