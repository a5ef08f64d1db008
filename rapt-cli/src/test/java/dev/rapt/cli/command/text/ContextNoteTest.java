package dev.rapt.cli.command.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.checkpoint.Checkpoint;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.cli.CommandLineRun;
import dev.rapt.cli.TinyModels;
import dev.rapt.model.CausalLm;
import dev.rapt.model.ModelWriter;
import dev.rapt.model.decoder.DecoderFamilies;
import dev.rapt.model.load.ModelTypes;
import dev.rapt.nn.Parameter;
import dev.rapt.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands say once that a text reaches the end of a model's context, or passes it. */
class ContextNoteTest {
  private static final int CONTEXT = 8;

  @TempDir private Path folder;

  /** A Llama with RoPE: it goes on after its trained context. */
  private Path llama() throws IOException {
    Path model = TinyModels.decoder(folder.resolve("llama"), 0.5);
    Path config = model.resolve("config.json");
    Files.writeString(
        config,
        """
        {"model_type": "llama", "vocab_size": %d, "hidden_size": 16, "num_hidden_layers": 1,
         "num_attention_heads": 2, "intermediate_size": 24, "max_position_embeddings": %d,
         "rms_norm_eps": 1e-5}\
        """
            .formatted(TinyModels.vocabSize(), CONTEXT));
    ConfigReader json = ConfigReader.of(config);
    try (CausalLm fresh =
        CausalLm.create(ModelTypes.family(DecoderFamilies.TABLE, json).parse().apply(json), 1)) {
      ModelWriter.writeWeights(
          model.resolve(Checkpoint.SINGLE_FILE), fresh.parameters(), DType.F32, Parameter::value);
    }
    return model;
  }

  @Test
  void aTextThatFillsTheContextSaysSo() throws IOException {
    Path model = TinyModels.decoder(folder.resolve("gpt2"), 0.5);
    CommandLineRun full = CommandLineRun.of("generate", model, "-p", "the cat", "-n", 500, "-t", 0);
    assertThat(full.status()).isZero();
    assertThat(full.err().strip())
        .isEqualTo(
            "context: the text ends here, since the model has %d positions"
                .formatted(TinyModels.MAX_POSITIONS));
    assertThat(CommandLineRun.of("generate", model, "-p", "the cat", "-n", 3, "-t", 0).err())
        .isEmpty();
    int most = TinyModels.MAX_POSITIONS + 1 - 3; // the last token is not read
    assertThat(CommandLineRun.of("generate", model, "-p", "the cat", "-n", most, "-t", 0).err())
        .isEmpty();
  }

  @Test
  void aTextThatPassesTheTrainedContextSaysSo() throws IOException {
    Path model = llama();
    CommandLineRun past = CommandLineRun.of("generate", model, "-p", "the cat", "-n", 30, "-t", 0);
    assertThat(past.status()).isZero();
    assertThat(past.err().strip())
        .matches(
            "context: the text has \\d+ tokens, the model was trained on at most 8; its end may be"
                + " poor");
    assertThat(CommandLineRun.of("generate", model, "-p", "the cat", "-n", 2, "-t", 0).err())
        .isEmpty();
  }

  @Test
  void windowsLongerThanTheTrainedContextSaySo() throws IOException {
    Path model = llama();
    Path text = Files.writeString(folder.resolve("text.txt"), "the cat saw a dog ".repeat(5));
    CommandLineRun wide = CommandLineRun.of("perplexity", model, "--text", text, "--window", 16);
    assertThat(wide.status()).isZero();
    assertThat(wide.err()).contains("trained on at most 8 tokens, got windows of 16");
    CommandLineRun usual = CommandLineRun.of("perplexity", model, "--text", text);
    assertThat(usual.err()).doesNotContain("trained on");
  }
}
