package dev.rapt.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.autograd.Gradients;
import dev.rapt.autograd.Tape;
import dev.rapt.checkpoint.JsonFiles;
import dev.rapt.checkpoint.SafetensorsFile;
import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.golden.Golden;
import dev.rapt.kernel.SoftmaxKernel;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Training Mixtral with its balance loss, against what the reference computes. */
class RouterLossTest {
  private static final Path FOLDER = Golden.copy("mixtral/lm");
  private static final JsonNode RECORDED = JsonFiles.read(Golden.copy("mixtral/router_loss.json"));
  private static final float TOLERANCE = 1e-5f;

  @TempDir Path temp;
  private CausalLm model;
  private int[] ids;
  private int[] targets;
  private int batchSize;

  @BeforeEach
  void load() {
    ObjectNode config = (ObjectNode) JsonFiles.read(FOLDER.resolve("config.json"));
    config.put("output_router_logits", true);
    config.put("router_aux_loss_coef", RECORDED.get("coefficient").doubleValue());
    Path file = temp.resolve("config.json");
    JsonFiles.write(file, config);
    model = CausalLm.load(FOLDER, file, true);
    model.parameters().track();
    try (Arena arena = Arena.ofConfined()) {
      TensorEntry recorded =
          SafetensorsFile.map(FOLDER.resolve("cases.safetensors"), arena)
              .entry("gradients.input_ids");
      batchSize = Math.toIntExact(recorded.shape().dim(0));
      ids = new int[Math.toIntExact(recorded.shape().numElements())];
      Arrays.setAll(
          ids,
          i -> Math.toIntExact(recorded.data().getAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, i)));
    }
    int seqLen = ids.length / batchSize;
    targets = new int[ids.length];
    Arrays.setAll(targets, i -> i % seqLen == seqLen - 1 ? SoftmaxKernel.IGNORED : ids[i + 1]);
  }

  @AfterEach
  void close() {
    model.close();
  }

  private float loss(Scope scope, boolean recomputing, long denominator) {
    return lossTensor(scope, recomputing, denominator).getFloat(0);
  }

  private Tensor lossTensor(Scope scope, boolean recomputing, long denominator) {
    int seqLen = ids.length / batchSize;
    Tensor input = scope.ints(ids, batchSize, seqLen);
    Pass pass = Pass.over(input).gradientCheckpointing(recomputing).build();
    return model.loss(input, scope.ints(targets, batchSize, seqLen), pass, denominator);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void lossAndGradientsOfRoutersAreThoseOfTheReference(boolean recomputing) {
    try (Scope scope = Scope.open();
        Tape tape = Tape.open(model.scope())) {
      Gradients gradients = new Gradients(scope);
      Tensor loss = lossTensor(tape, recomputing, 0);
      assertThat(loss.getFloat(0))
          .isCloseTo((float) RECORDED.get("loss").doubleValue(), within(TOLERANCE));
      tape.backward(loss, gradients);
      List<JsonNode> gates = new ArrayList<>(RECORDED.get("gates").values());
      for (int layer = 0; layer < gates.size(); layer++) {
        String name = "model.layers." + layer + ".block_sparse_moe.gate.weight";
        Tensor weight = Objects.requireNonNull(model.parameters().get(name)).value();
        float[] got = Objects.requireNonNull(gradients.of(weight)).toFloats();
        float[] want = new float[got.length];
        for (int i = 0; i < want.length; i++) {
          want[i] = (float) gates.get(layer).get(i).doubleValue();
        }
        assertThat(got).as(name).containsExactly(want, within(TOLERANCE));
      }
    }
  }

  @Test
  void theBalanceLossCountsByTheShareOfTargetsAndNotOutsideTraining() {
    double balance =
        RECORDED.get("coefficient").doubleValue() * RECORDED.get("balance").doubleValue();
    long numTargets = Arrays.stream(targets).filter(t -> t != SoftmaxKernel.IGNORED).count();
    try (Scope plain = model.scope().child();
        Tape tape = Tape.open(model.scope())) {
      float whole = loss(tape, false, 0);
      assertThat(loss(plain, false, 0)).isCloseTo((float) (whole - balance), within(TOLERANCE));
      assertThat(loss(tape, false, 4 * numTargets)).isCloseTo(whole / 4, within(TOLERANCE));
    }
  }
}
