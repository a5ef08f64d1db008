package dev.rapt.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.checkpoint.Checkpoint;
import dev.rapt.checkpoint.JsonFiles;
import dev.rapt.checkpoint.SafetensorsWriter;
import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Shape;
import dev.rapt.verify.model.CaseModel;
import dev.rapt.verify.model.ModelCases;
import dev.rapt.verify.report.CaseReport;
import dev.rapt.verify.report.DamagedFileCases;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class VerifierTest {
  @TempDir Path temp;
  private final Arena arena = Arena.ofShared();
  private final List<String> lines = new ArrayList<>();

  @AfterEach
  void close() {
    arena.close();
  }

  private TensorEntry floats(String name, float... values) {
    return new TensorEntry(
        name,
        DType.F32,
        Shape.of(1, values.length),
        arena.allocateFrom(ValueLayout.JAVA_FLOAT, values));
  }

  /** A model that returns fixed outputs. */
  private record Fixed(Map<String, TensorEntry> outputs) implements CaseModel {
    @Override
    public Map<String, TensorEntry> forward(
        Map<String, TensorEntry> inputs, JsonNode args, Set<String> wanted) {
      return outputs;
    }

    @Override
    public Map<String, TensorEntry> forwardBackward(
        Map<String, TensorEntry> inputs, JsonNode args, Set<String> wanted) {
      throw new UnsupportedOperationException("gradients");
    }

    @Override
    public Start start(Map<String, TensorEntry> inputs, JsonNode args) {
      throw new UnsupportedOperationException("generation");
    }

    @Override
    public void close() {}
  }

  @BeforeEach
  void writeCase() {
    Path folder = temp.resolve("family/case");
    TensorEntry mask =
        new TensorEntry(
            "mask", DType.I64, Shape.of(1, 3), arena.allocateFrom(ValueLayout.JAVA_LONG, 0, 1, 1));
    SafetensorsWriter.write(
        folder.resolve("cases.safetensors"), List.of(mask, floats("want", 0, 2, -300)));
    SafetensorsWriter.write(folder.resolve(Checkpoint.SINGLE_FILE), List.of());
    JsonFiles.write(folder.resolve("config.json"), Map.of());
    JsonFiles.write(
        folder.resolve("cases.json"),
        Map.of(
            "model_class",
            "Known",
            "calls",
            List.of(
                call("masked", "forward", true),
                call("plain", "forward", false),
                call("grad", "forward_backward", false))));
    JsonFiles.write(temp.resolve("other/cases.json"), Map.of("case", "other"));
  }

  private static Map<String, Object> call(String name, String method, boolean masked) {
    return Map.of(
        "name",
        name,
        "method",
        method,
        "inputs",
        Map.of("attention_mask", "mask"),
        "args",
        Map.of(),
        "outputs",
        Map.of("logits", "want"),
        "masked_by",
        masked ? Map.of("logits", "attention_mask") : Map.of());
  }

  private CaseReport verify(TensorEntry... outputs) {
    Map<String, TensorEntry> named = new HashMap<>();
    for (TensorEntry output : outputs) {
      named.put(output.name(), output);
    }
    ModelCases cases =
        new ModelCases((folder, config, type) -> type.equals("Known") ? new Fixed(named) : null);
    return new Verifier(List.of(cases)).run(temp, lines::add);
  }

  @Test
  void masksTolerancesAndCountsFollowTheFormat() {
    CaseReport report = verify(floats("logits", 7, 2.00015f, -300.02f));
    assertThat(report.numPassed()).isEqualTo(1);
    assertThat(report.numFailed()).isEqualTo(1);
    assertThat(report.numNotSupported()).isEqualTo(2);
    assertThat(lines)
        .containsExactly(
            "ok            family/case masked: largest error 7.5e-05",
            "FAILED        family/case plain: logits: element 0 of (1, 3): must be 0.0 within 1e-04,"
                + " got 7.0 (largest error 7.0e+00)",
            "not supported family/case grad: gradients",
            "not supported other -: no handler for cases of this kind",
            "2 not supported",
            "1 passed, 1 failed");
  }

  @Test
  void nanWrongShapeAndMissingOutputFail() {
    assertThat(verify(floats("logits", 0, Float.NaN, -300)).numFailed()).isEqualTo(2);
    assertThat(verify(floats("logits", 0, 2)).numFailed()).isEqualTo(2);
    assertThat(verify(floats("loss", 0)).numFailed()).isEqualTo(2);
    assertThat(lines).anyMatch(line -> line.endsWith("shape must be (1, 3), got (1, 2)"));
    assertThat(lines).anyMatch(line -> line.endsWith("logits: must be computed, got nothing"));
  }

  @Test
  void damagedSafetensorsAreRefused() {
    CaseReport report =
        new Verifier(List.of(DamagedFileCases.safetensors()))
            .run(CaseFolders.copy("safetensors/bad"), lines::add);
    assertThat(report.numFailed()).isZero();
    assertThat(report.numPassed()).isGreaterThan(50);
    assertThat(lines.getLast()).isEqualTo(report.numPassed() + " passed, 0 failed");
  }

  @Test
  void folderWithoutCasesIsAnError() {
    assertThatThrownBy(
            () -> new Verifier(List.of()).run(temp.resolve("family/case/none"), lines::add))
        .hasMessageContaining("cannot be read");
  }
}
