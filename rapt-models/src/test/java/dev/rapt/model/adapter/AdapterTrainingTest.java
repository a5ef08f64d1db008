package dev.rapt.model.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.autograd.Gradients;
import dev.rapt.autograd.Tape;
import dev.rapt.autograd.loss.Losses;
import dev.rapt.checkpoint.Checkpoint;
import dev.rapt.model.CausalLm;
import dev.rapt.model.Classifier;
import dev.rapt.model.Model;
import dev.rapt.model.Seq2SeqLm;
import dev.rapt.model.load.HeadKind;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.MemoryPool;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Training of adapters against steps recorded from PEFT; see record.py beside the folders. */
class AdapterTrainingTest {
  private static final float LR = 0.5f;

  private static Path folder(String name) {
    try {
      return Path.of(
          Objects.requireNonNull(AdapterTrainingTest.class.getResource("/adapters/" + name))
              .toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Model load(String base) {
    return switch (base) {
      case "bert" -> Classifier.load(folder(base), Classifier.Unit.SEQUENCE);
      case "t5" -> Seq2SeqLm.load(folder(base));
      default -> CausalLm.load(folder(base));
    };
  }

  @ParameterizedTest
  @CsvSource({
    "llama, llama_lora",
    "llama, llama_rslora",
    "llama, llama_dora",
    "gpt2, gpt2_dora",
    "bert, bert_lora",
    "t5, t5_lora"
  })
  void lossesAndGradientsAreThoseOfPeft(String base, String name) {
    try (Model model = load(base);
        Adapter adapter = Adapter.load(folder(name), model);
        Checkpoint recorded = Checkpoint.open(folder(name).resolve("steps.safetensors"))) {
      adapter.parameters().track();
      Gradients gradients = new Gradients(adapter.parameters().scope());
      float[] losses = floats(recorded, "losses");
      for (int step = 0; step < losses.length; step++) {
        gradients.clear();
        assertThat(step(model, recorded, gradients)).isCloseTo(losses[step], within(2e-5f));
        for (Parameter parameter : adapter.parameters()) {
          Tensor gradient = Objects.requireNonNull(gradients.of(parameter.value()));
          if (step == 0) {
            assertThat(gradient.toFloats())
                .as(parameter.name())
                .containsExactly(
                    floats(recorded, "grad.base_model.model." + parameter.name()), within(2e-5f));
          }
          descend(parameter.value(), gradient);
        }
        for (Parameter parameter : model.parameters()) {
          boolean isWhole = adapter.parameters().get(parameter.name()) == parameter;
          assertThat(gradients.of(parameter.stored()) != null).isEqualTo(isWhole);
        }
      }
      assertThat(logits(model, recorded))
          .containsExactly(floats(recorded, "logits"), within(1e-4f));
    }
  }

  private static void descend(Tensor value, Tensor gradient) {
    for (long i = 0; i < value.numElements(); i++) {
      float moved = value.getFloat(i) - LR * gradient.getFloat(i);
      value.memory().setAtIndex(ValueLayout.JAVA_FLOAT, i, moved);
    }
  }

  private static float step(Model model, Checkpoint recorded, Gradients gradients) {
    try (Tape tape = Tape.open(model.scope())) {
      Tensor loss = loss(model, recorded, tape);
      tape.backward(loss, gradients);
      return loss.getFloat(0);
    }
  }

  private static Tensor loss(Model model, Checkpoint recorded, Scope scope) {
    Tensor ids = ints(recorded, "input_ids", scope);
    Tensor labels = ints(recorded, "labels", scope);
    return switch (model) {
      case CausalLm causal -> causal.loss(ids, shifted(labels, scope), Pass.over(ids).build(), 0);
      case Classifier classifier ->
          classifier.loss(classifier.logits(ids, bidirectional(ids)), labels);
      case Seq2SeqLm seq2seq ->
          Losses.crossEntropy(seq2seqLogits(seq2seq, ids, labels, scope), labels, 0, 0);
      default -> throw new IllegalArgumentException(model.config().modelType());
    };
  }

  private static float[] logits(Model model, Checkpoint recorded) {
    try (Scope scope = model.scope().child()) {
      Tensor ids = ints(recorded, "input_ids", scope);
      Tensor logits =
          switch (model) {
            case CausalLm causal -> causal.logits(ids, Pass.over(ids).build());
            case Classifier classifier -> classifier.logits(ids, bidirectional(ids));
            case Seq2SeqLm seq2seq ->
                seq2seqLogits(seq2seq, ids, ints(recorded, "labels", scope), scope);
            default -> throw new IllegalArgumentException(model.config().modelType());
          };
      return logits.toFloats();
    }
  }

  private static Tensor seq2seqLogits(Seq2SeqLm model, Tensor ids, Tensor labels, Scope scope) {
    int seqLen = (int) labels.dim(1);
    Tensor inputs = scope.ints(model.decoderInputs(labels.toInts(), seqLen), labels.dim(0), seqLen);
    Pass pass = Pass.over(inputs).encoderOutput(model.encode(ids, bidirectional(ids))).build();
    return model.logits(model.hidden(inputs, pass));
  }

  private static Pass bidirectional(Tensor ids) {
    int[] lengths = new int[(int) ids.dim(0)];
    Arrays.fill(lengths, (int) ids.dim(1));
    return Pass.over(ids).bidirectional(lengths).build();
  }

  /** Returns the target of each position, the label of the next one. */
  private static Tensor shifted(Tensor labels, Scope scope) {
    int T = (int) labels.dim(1);
    int[] from = labels.toInts();
    int[] targets = new int[from.length];
    for (int i = 0; i < from.length; i++) {
      targets[i] = i % T == T - 1 ? -100 : from[i + 1];
    }
    return scope.ints(targets, labels.dim(0), T);
  }

  private static Tensor ints(Checkpoint recorded, String name, Scope scope) {
    int[] values = recorded.entry(name).data().toArray(ValueLayout.JAVA_INT_UNALIGNED);
    return scope.ints(values, recorded.entry(name).shape().toArray());
  }

  private static float[] floats(Checkpoint recorded, String name) {
    return recorded.entry(name).data().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
  }

  @Test
  void theBaseOfBf16StaysInTheMappedFile() {
    long before = MemoryPool.shared().usedBytes();
    try (Model model = load("llama");
        Adapter adapter = Adapter.load(folder("llama_lora"), model);
        Checkpoint recorded = Checkpoint.open(folder("llama_lora").resolve("steps.safetensors"))) {
      model.parameters().computeInBf16();
      adapter.parameters().computeInBf16();
      adapter.parameters().track();
      Gradients gradients = new Gradients(adapter.parameters().scope());
      float loss = step(model, recorded, gradients);
      assertThat(loss).isCloseTo(floats(recorded, "losses")[0], within(0.05f));
      for (Parameter parameter : model.parameters()) {
        if (parameter.isMatrix()) {
          assertThat(parameter.stored().dtype()).isEqualTo(DType.BF16);
          assertThat(parameter.compute()).isSameAs(parameter.stored());
        }
      }
      long vectors = model.parameters().all().stream().filter(p -> !p.isMatrix()).count();
      long matrices = adapter.parameters().size() * 3L; // value, bf16 copy, gradient
      assertThat(MemoryPool.shared().usedBytes() - before)
          .isLessThanOrEqualTo(256 * vectors + 512 * matrices);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void dropoutFollowsFromTheSeedOfThePass(boolean recomputed) {
    try (Model model = load("llama");
        Adapter adapter =
            Adapter.create(model, LoraConfig.of(4, 64, Targets.allLinear()).withDropout(0.5), 3)) {
      for (Parameter parameter : adapter.parameters()) {
        parameter.value().memory().fill((byte) 0x3c); // 0.0115 each
      }
      adapter.parameters().track();
      float plain = trainingLoss(model, 1, false, null);
      Gradients first = new Gradients(adapter.parameters().scope());
      Gradients second = new Gradients(adapter.parameters().scope());
      assertThat(trainingLoss(model, 1, false, first)).isEqualTo(plain);
      assertThat(trainingLoss(model, 1, recomputed, second)).isEqualTo(plain);
      assertThat(trainingLoss(model, 2, false, null)).isNotEqualTo(plain);
      for (Parameter parameter : adapter.parameters()) {
        assertThat(Objects.requireNonNull(second.of(parameter.value())).toFloats())
            .isEqualTo(Objects.requireNonNull(first.of(parameter.value())).toFloats());
      }
    }
  }

  private static float trainingLoss(
      Model model, long seed, boolean recomputed, Gradients gradients) {
    try (Tape tape = Tape.open(model.scope())) {
      Tensor ids = tape.ints(new int[] {3, 1, 4, 1, 5, 9, 2, 6}, 2, 4);
      Pass pass = Pass.over(ids).training(seed).gradientCheckpointing(recomputed).build();
      Tensor loss = ((CausalLm) model).loss(ids, ids, pass, 0);
      if (gradients != null) {
        tape.backward(loss, gradients);
      }
      return loss.getFloat(0);
    }
  }

  @Test
  void theUsualTargetsAreThoseOfPeft() {
    assertThat(Targets.usual("llama"))
        .isEqualTo(Targets.named(java.util.List.of("q_proj", "v_proj")));
    assertThat(Targets.usual("t5")).isEqualTo(Targets.named(java.util.List.of("q", "v")));
    assertThat(Targets.usual("distilbert")).isEqualTo(Targets.allLinear());
  }

  @Test
  void theHeadOfAClassifierIsTrainedWhole() {
    try (Model model = load("bert");
        Adapter adapter =
            Adapter.create(
                model,
                LoraConfig.of(2, 4, Targets.allLinear()).forHead(HeadKind.SEQUENCE_CLASSIFICATION),
                1)) {
      assertThat(adapter.config().taskType()).isEqualTo("SEQ_CLS");
      assertThat(adapter.config().modulesToSave()).containsExactly("classifier", "score");
      assertThat(adapter.parameters().all().stream().map(Parameter::name))
          .contains("classifier.weight", "classifier.bias", "bert.pooler.dense.lora_A.weight")
          .doesNotContain("classifier.lora_A.weight");
    }
  }
}
