package dev.rapt.model.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.autograd.Gradients;
import dev.rapt.autograd.Tape;
import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.model.CausalLm;
import dev.rapt.model.config.CausalConfig;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.decoder.Gpt2;
import dev.rapt.model.decoder.Llama;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AdapterTest {
  private static final int[] IDS = {3, 1, 4, 1, 5, 9, 2, 6};
  private static final int[] TARGETS = {1, 4, 1, 5, -100, 2, 6, 5};
  private static final DecoderSizes SIZES = DecoderSizes.of(24, 16, 2, 4, 2, 32, 16, false);

  private static CausalLm llama() {
    return CausalLm.create(Llama.Config.of(SIZES), 1);
  }

  private static LoraConfig config(boolean dora, Targets targets, String... whole) {
    return new LoraConfig(
        3, 6, false, dora, 0, targets, Map.of(), Map.of(), List.of(whole), "base", "CAUSAL_LM");
  }

  private static Adapter adapter(CausalLm model, LoraConfig config) {
    return Adapter.create(model, config, 7);
  }

  /** Moves every value a little, as training does. */
  private static void disturb(Adapter adapter) {
    Random random = new Random(5);
    for (Parameter parameter : adapter.parameters()) {
      Tensor value = parameter.value();
      for (long i = 0; i < value.numElements(); i++) {
        float moved = value.getFloat(i) + 0.1f * (float) random.nextGaussian();
        value.memory().setAtIndex(ValueLayout.JAVA_FLOAT, i, moved);
      }
    }
  }

  private static float[] logits(CausalLm model) {
    try (Scope scope = model.scope().child()) {
      Tensor ids = scope.ints(IDS, 2, 4);
      return model.logits(ids, Pass.over(ids).build()).memory().toArray(ValueLayout.JAVA_FLOAT);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aFreshAdapterChangesNothing(boolean dora) {
    try (CausalLm model = llama()) {
      float[] base = logits(model);
      try (Adapter adapter = adapter(model, config(dora, Targets.allLinear()))) {
        assertThat(adapter.adapted()).hasSize(2 * 7);
        assertThat(logits(model)).containsExactly(base, within(1e-6f));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void mergingKeepsTheLogitsAndCanBeUndoneToTheBit(boolean dora) {
    try (CausalLm model = llama()) {
      float[] base = logits(model);
      Adapter adapter = adapter(model, config(dora, Targets.named(List.of("q_proj", "down_proj"))));
      disturb(adapter);
      float[] adapted = logits(model);
      assertThat(adapted).isNotEqualTo(base);
      adapter.merge(model);
      assertThat(logits(model)).containsExactly(adapted, within(1e-5f));
      adapter.unmerge();
      assertThat(logits(model)).isEqualTo(adapted);
      adapter.close();
      assertThat(logits(model)).isEqualTo(base);
    }
  }

  @Test
  void weightsThatAreStoredInputFirstAreUpdatedAlike() {
    CausalConfig gpt2 = Gpt2.Config.of(DecoderSizes.of(24, 16, 2, 2, 2, 64, 16, true));
    try (CausalLm model = CausalLm.create(gpt2, 1);
        Adapter adapter = adapter(model, config(true, Targets.named(List.of("c_attn", "c_fc"))))) {
      disturb(adapter);
      float[] adapted = logits(model);
      adapter.merge(model);
      assertThat(logits(model)).containsExactly(adapted, within(1e-5f));
    }
  }

  @Test
  void severalAdaptersAddUp() {
    try (CausalLm model = llama();
        Adapter one = adapter(model, config(false, Targets.named(List.of("q_proj"))));
        Adapter two = adapter(model, config(false, Targets.named(List.of("q_proj", "v_proj"))))) {
      disturb(one);
      float[] first = logits(model);
      disturb(two);
      float[] both = logits(model);
      assertThat(both).isNotEqualTo(first);
      one.merge(model);
      two.merge(model);
      assertThat(logits(model)).containsExactly(both, within(1e-5f));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aSavedAdapterGivesTheSameLogits(boolean dora, @TempDir Path folder) {
    try (CausalLm model = llama()) {
      float[] adapted;
      try (Adapter adapter = adapter(model, config(dora, Targets.allLinear(), "lm_head"))) {
        disturb(adapter);
        adapted = logits(model);
        adapter.save(folder);
      }
      try (Adapter adapter = Adapter.load(folder, model)) {
        assertThat(adapter.config()).isEqualTo(config(dora, Targets.allLinear(), "lm_head"));
        assertThat(logits(model)).isEqualTo(adapted);
      }
    }
  }

  @Test
  void mergedWeightsOutliveTheAdapter() {
    try (CausalLm model = llama()) {
      Adapter adapter = adapter(model, config(false, Targets.allLinear(), "lm_head"));
      disturb(adapter);
      adapter.merge(model);
      float[] merged = logits(model);
      adapter.close();
      assertThat(logits(model)).isEqualTo(merged);
    }
  }

  /** The gradient of DoRA takes the norm for a constant, so only LoRA is compared. */
  @Test
  void gradientsMatchFiniteDifferencesAndTheBaseHasNone() {
    try (CausalLm model = llama();
        Adapter adapter =
            adapter(model, config(false, Targets.named(List.of("v_proj", "lm_head"))))) {
      disturb(adapter);
      adapter.parameters().track();
      Gradients gradients = new Gradients(adapter.parameters().scope());
      double loss = loss(model, gradients);
      assertThat(loss).isPositive();
      for (Parameter parameter : model.parameters()) {
        assertThat(gradients.of(parameter.value())).as(parameter.name()).isNull();
      }
      for (Parameter parameter : adapter.parameters()) {
        Tensor gradient = gradients.of(parameter.value());
        assertThat(gradient).as(parameter.name()).isNotNull();
        for (long i = 0; i < gradient.numElements(); i += 5) {
          double expected = slope(model, parameter.value(), i);
          assertThat((double) gradient.getFloat(i)).isCloseTo(expected, within(2e-3));
        }
      }
    }
  }

  private static double slope(CausalLm model, Tensor value, long i) {
    float step = 1e-2f, at = value.getFloat(i);
    value.memory().setAtIndex(ValueLayout.JAVA_FLOAT, i, at + step);
    double above = loss(model, null);
    value.memory().setAtIndex(ValueLayout.JAVA_FLOAT, i, at - step);
    double below = loss(model, null);
    value.memory().setAtIndex(ValueLayout.JAVA_FLOAT, i, at);
    return (above - below) / (2 * step);
  }

  private static double loss(CausalLm model, @Nullable Gradients gradients) {
    try (Tape tape = Tape.open(model.scope())) {
      Tensor ids = tape.ints(IDS, 2, 4);
      Tensor loss = model.loss(ids, tape.ints(TARGETS, 2, 4), Pass.over(ids).build(), 16);
      if (gradients != null) {
        tape.backward(loss, gradients);
      }
      return loss.getFloat(0);
    }
  }

  @Test
  void anAdapterOfAnotherModelIsRefused(@TempDir Path folder) {
    try (CausalLm model = llama();
        Adapter adapter = adapter(model, config(false, Targets.named(List.of("q_proj"))))) {
      adapter.save(folder);
    }
    DecoderSizes wider = DecoderSizes.of(24, 32, 2, 4, 2, 32, 16, false);
    try (CausalLm model = CausalLm.create(Llama.Config.of(wider), 1)) {
      assertThatThrownBy(() -> Adapter.load(folder, model))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("must fit the base model")
          .hasMessageContaining("must be (3, 32), got (3, 16)");
    }
    CausalConfig gpt2 = Gpt2.Config.of(DecoderSizes.of(24, 16, 2, 2, 2, 64, 16, true));
    try (CausalLm model = CausalLm.create(gpt2, 1)) {
      assertThatThrownBy(() -> Adapter.load(folder, model))
          .hasMessageContaining("q_proj.weight must be a parameter of the base model");
    }
  }

  @Test
  void targetsThatNameNoLayerAreRefused() {
    try (CausalLm model = llama()) {
      assertThatThrownBy(() -> adapter(model, config(false, Targets.named(List.of("query")))))
          .hasMessageContaining("target_modules must name linear layers of the model");
      assertThatThrownBy(() -> adapter(model, config(false, Targets.named(List.of("norm")))))
          .hasMessageContaining("target_modules must name linear layers of the model");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"use_qalora\": true",
        "\"target_parameters\": [\"experts.down_proj\"]",
        "\"init_lora_weights\": \"pissa\"",
        "\"bias\": \"all\"",
        "\"peft_type\": \"IA3\"",
        "\"layers_pattern\": \"blocks\""
      })
  void optionsThatAreNotSupportedAreNamed(String option, @TempDir Path folder) throws IOException {
    String type = option.contains("peft_type") ? "" : "\"peft_type\": \"LORA\", ";
    Files.writeString(
        folder.resolve(LoraConfig.FILE),
        "{%s\"r\": 2, \"target_modules\": [\"q_proj\"], %s}".formatted(type, option));
    try (CausalLm model = llama()) {
      assertThatThrownBy(() -> Adapter.load(folder, model))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining(option.substring(1, option.indexOf("\":")));
    }
  }
}
