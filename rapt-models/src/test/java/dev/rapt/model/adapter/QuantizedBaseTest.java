package dev.rapt.model.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.autograd.Gradients;
import dev.rapt.autograd.Tape;
import dev.rapt.checkpoint.Checkpoint;
import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.model.CausalLm;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.Pass;
import dev.rapt.quant.PackedWeight;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** QLoRA, and models in NF4 recorded from bitsandbytes; see record.py beside the folders. */
class QuantizedBaseTest {
  private static final int[] IDS = {3, 1, 4, 1, 5, 9, 2, 6};
  private static final int[] TARGETS = {1, 4, 1, 5, -100, 2, 6, 5};

  private static Path folder(String name) {
    try {
      return Path.of(Objects.requireNonNull(QuantizedBaseTest.class.getResource(name)).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static float[] logits(CausalLm model) {
    try (Scope scope = model.scope().child()) {
      Tensor ids = scope.ints(IDS, 1, 8);
      return model.logits(ids, Pass.over(ids).build()).toFloats();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama", "llama_plain", "gpt2"})
  void aModelStoredByBitsandbytesGivesItsLogits(String name) {
    Path stored = folder("/nf4/" + name);
    try (CausalLm model = CausalLm.load(stored);
        Checkpoint recorded = Checkpoint.open(stored.resolve("logits.safetensors"))) {
      assertThat(logits(model))
          .containsExactly(
              recorded.entry("logits").data().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED),
              within(2e-5f));
      assertThat(model.hiddenMatrices()).allMatch(weight -> weight.packed() != null);
    }
  }

  private static double train(CausalLm model, Adapter adapter, Gradients gradients) {
    adapter.parameters().track();
    try (Tape tape = Tape.open(model.scope())) {
      Tensor ids = tape.ints(IDS, 1, 8);
      Pass pass = Pass.over(ids).training(1).gradientCheckpointing(true).build();
      Tensor loss = model.loss(ids, tape.ints(TARGETS, 1, 8), pass, 0);
      tape.backward(loss, gradients);
      return loss.getFloat(0);
    }
  }

  /** Replaces every packed weight by its values. */
  private static void unpack(CausalLm model) {
    for (Parameter weight : model.hiddenMatrices()) {
      PackedWeight packed = Objects.requireNonNull(weight.packed());
      weight.replace(packed.unpack(model.scope(), DType.F32));
    }
  }

  @ParameterizedTest
  @CsvSource({"llama, false", "llama, true", "gpt2, false", "gpt2, true"})
  void gradientsAreThoseOfTheUnpackedWeightsAndNothingIsUnpacked(String name, boolean dora) {
    LoraConfig config = LoraConfig.of(3, 6, Targets.allLinear());
    LoraConfig kind = dora ? config.withDora() : config;
    try (CausalLm packed = CausalLm.load(folder("/adapters/" + name));
        CausalLm plain = CausalLm.load(folder("/adapters/" + name))) {
      QuantizedBase.quantize(packed);
      QuantizedBase.quantize(plain);
      unpack(plain);
      try (Adapter one = Adapter.create(packed, kind, 5);
          Adapter two = Adapter.create(plain, kind, 5);
          Scope scope = Scope.open()) {
        Gradients got = new Gradients(scope);
        Gradients wanted = new Gradients(scope);
        assertThat(train(packed, one, got)).isCloseTo(train(plain, two, wanted), within(1e-6));
        for (Parameter parameter : one.parameters()) {
          Parameter twin = Objects.requireNonNull(two.parameters().get(parameter.name()));
          assertThat(Objects.requireNonNull(got.of(parameter.value())).toFloats())
              .as(parameter.name())
              .containsExactly(
                  Objects.requireNonNull(wanted.of(twin.value())).toFloats(), within(1e-5f));
        }
        assertThat(packed.hiddenMatrices()).allMatch(weight -> weight.packed() != null);
      }
    }
  }

  @Test
  void anAdapterOnAQuantizedBaseIsMergedAndUnmerged() {
    try (CausalLm model = CausalLm.load(folder("/adapters/llama"))) {
      QuantizedBase.quantize(model);
      try (Adapter adapter = Adapter.load(folder("/adapters/llama_dora"), model)) {
        float[] adapted = logits(model);
        adapter.merge(model);
        assertThat(logits(model)).containsExactly(adapted, within(0.05f)); // rounded to bf16
        adapter.unmerge();
        assertThat(logits(model)).isEqualTo(adapted);
        assertThat(model.hiddenMatrices()).allMatch(weight -> weight.packed() != null);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "'\"load_in_4bit\": true', '\"load_in_4bit\": false', load_in_4bit",
    "'\"bnb_4bit_quant_type\": \"nf4\"', '\"bnb_4bit_quant_type\": \"af4\"', bnb_4bit_quant_type"
  })
  void otherFormatsOfBitsandbytesAreNamed(
      String present, String other, String named, @TempDir Path copy) throws IOException {
    String json = Files.readString(folder("/nf4/llama").resolve("config.json"));
    Files.writeString(copy.resolve("config.json"), json.replace(present, other));
    Files.copy(
        folder("/nf4/llama").resolve("model.safetensors"), copy.resolve("model.safetensors"));
    assertThatThrownBy(() -> CausalLm.load(copy))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("quantization_config." + named);
  }
}
