package dev.rapt.verify;

import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.model.SourceEncoder;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The encoder of an encoder-decoder alone. */
final class SourceEncoderCase implements CaseModel {
  private final SourceEncoder model;
  private @Nullable Scope callScope;

  private SourceEncoderCase(SourceEncoder model) {
    this.model = model;
  }

  static CaseModel load(Path folder, Path configFile) {
    return new SourceEncoderCase(SourceEncoder.load(folder, configFile));
  }

  @Override
  public Map<String, TensorEntry> forward(
      Map<String, TensorEntry> inputs, JsonNode args, Set<String> wanted) {
    if (callScope != null) {
      callScope.close();
    }
    Scope call = model.scope().child();
    callScope = call;
    Recorded.requireKnown(inputs, "input_ids", "attention_mask");
    TensorEntry recordedIds = Recorded.required(inputs, "input_ids");
    int[][] rows = Comparison.toMatrix(recordedIds);
    int[] lengths = Recorded.lengths(rows, inputs.get("attention_mask"));
    Tensor ids = call.ints(Recorded.ints(recordedIds), rows.length, rows[0].length);
    Map<String, TensorEntry> outputs = new HashMap<>();
    Pass pass = Pass.over(ids).bidirectional(lengths).build();
    Recorded.put(outputs, "last_hidden_state", model.encode(ids, pass).hidden());
    return outputs;
  }

  @Override
  public Map<String, TensorEntry> forwardBackward(
      Map<String, TensorEntry> inputs, JsonNode args, Set<String> wanted) {
    throw new UnsupportedOperationException("gradients of an encoder");
  }

  @Override
  public Start start(Map<String, TensorEntry> inputs, JsonNode args) {
    throw new UnsupportedOperationException("an encoder does not generate");
  }

  @Override
  public void close() {
    if (callScope != null) {
      callScope.close();
    }
    model.close();
  }
}
