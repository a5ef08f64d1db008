package dev.rapt.cli.command.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.checkpoint.SafetensorsWriter;
import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.cli.CommandLineRun;
import dev.rapt.cli.TinyModels;
import dev.rapt.cli.output.ExitStatus;
import dev.rapt.model.CausalLm;
import dev.rapt.model.adapter.Adapter;
import dev.rapt.model.adapter.LoraConfig;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class AdapterCommandTest {
  @TempDir private Path folder;
  private Path model;
  private Path adapter;
  private float[] adapted;

  @BeforeEach
  void writeModelAndAdapter() throws IOException {
    model = TinyModels.decoder(folder.resolve("model"), 0.5);
    adapter = Files.createDirectories(folder.resolve("adapter"));
    try (CausalLm base = CausalLm.load(model);
        Adapter attached = Adapter.create(base, LoraConfig.of(2, 4, List.of("c_attn")), 1)) {
      for (Parameter parameter : attached.parameters()) {
        for (long i = 0; i < parameter.value().numElements(); i++) {
          parameter.value().memory().setAtIndex(ValueLayout.JAVA_FLOAT, i, 0.01f * (i % 7));
        }
      }
      attached.save(adapter);
      adapted = logits(base);
    }
  }

  private static float[] logits(CausalLm model) {
    try (Scope scope = model.scope().child()) {
      Tensor ids = scope.ints(new int[] {1, 2, 3}, 1, 3);
      return model.logits(ids, Pass.over(ids).build()).memory().toArray(ValueLayout.JAVA_FLOAT);
    }
  }

  @Test
  void theMergedModelComputesWhatTheAdapterDoes() {
    Path out = folder.resolve("merged");
    CommandLineRun run = CommandLineRun.of("adapter", "merge", model, adapter, "--out", out);
    assertThat(run.status()).as(run.err()).isZero();
    try (CausalLm merged = CausalLm.load(out)) {
      assertThat(logits(merged)).containsExactly(adapted, Assertions.within(1e-5f));
    }
    assertThat(out.resolve("tokenizer.json"))
        .hasSameBinaryContentAs(model.resolve("tokenizer.json"));
    CommandLineRun again = CommandLineRun.of("adapter", "merge", model, adapter, "--out", out);
    assertThat(again.status()).isNotZero();
    assertThat(again.err()).contains("must not exist");
  }

  @Test
  void infoShowsRankAndSizeWithoutTheBase() {
    CommandLineRun run = CommandLineRun.of("adapter", "info", adapter, "--json");
    assertThat(run.status()).as(run.err()).isZero();
    JsonNode json = JsonMapper.shared().readTree(run.out());
    assertThat(json.get("kind").stringValue()).isEqualTo("LoRA");
    assertThat(json.get("rank").intValue()).isEqualTo(2);
    assertThat(json.get("layers").intValue()).isPositive();
    assertThat(json.get("parameters").longValue()).isPositive();
    assertThat(CommandLineRun.of("adapter", "info", adapter).out()).contains("LoRA", "rank");
  }

  @Test
  void anAdapterInPlaceOfAModelIsNamed() {
    CommandLineRun run = CommandLineRun.of("generate", adapter, "-p", "the cat");
    assertThat(run.status()).isEqualTo(ExitStatus.FAILED);
    assertThat(run.err()).contains("got an adapter; merge it into its base model");
  }

  @Test
  void updatesOfEmbeddingsAreRefusedByName() {
    try (Scope scope = Scope.open()) {
      Tensor values = scope.floats(new float[4], 2, 2);
      String name = "base_model.model.transformer.wte.lora_embedding_A";
      SafetensorsWriter.write(
          adapter.resolve("adapter_model.safetensors"),
          List.of(new TensorEntry(name, values.dtype(), values.shape(), values.memory())));
    }
    for (CommandLineRun run :
        List.of(
            CommandLineRun.of("adapter", "info", adapter),
            CommandLineRun.of("adapter", "merge", model, adapter, "--out", folder.resolve("m")))) {
      assertThat(run.status()).isEqualTo(ExitStatus.FAILED);
      assertThat(run.err()).contains("lora_embedding_A", "updates of embeddings");
    }
  }

  @Test
  void aFolderWithoutAdapterIsNamed() {
    CommandLineRun run = CommandLineRun.of("adapter", "info", model);
    assertThat(run.status()).isEqualTo(ExitStatus.FAILED);
    assertThat(run.err()).contains("adapter_config.json");
  }
}
