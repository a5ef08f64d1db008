package dev.rapt.verify;

import dev.rapt.autograd.Losses;
import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.model.Seq2SeqClassifier;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** An encoder-decoder that classifies sequences. */
final class Seq2SeqClassifierCase implements CaseModel {
  private final Seq2SeqClassifier model;
  private @Nullable Scope callScope;

  private Seq2SeqClassifierCase(Seq2SeqClassifier model) {
    this.model = model;
  }

  static CaseModel load(Path folder, Path configFile) {
    return new Seq2SeqClassifierCase(Seq2SeqClassifier.load(folder, configFile));
  }

  @Override
  public Map<String, TensorEntry> forward(
      Map<String, TensorEntry> inputs, JsonNode args, Set<String> wanted) {
    if (callScope != null) {
      callScope.close();
    }
    Scope call = model.scope().child();
    callScope = call;
    Recorded.requireKnown(inputs, "input_ids", "attention_mask", "labels");
    TensorEntry recordedIds = Recorded.required(inputs, "input_ids");
    int[][] rows = Comparison.toMatrix(recordedIds);
    Tensor ids = call.ints(Recorded.ints(recordedIds), rows.length, rows[0].length);
    Tensor logits = model.logits(ids, Recorded.lengths(rows, inputs.get("attention_mask")));
    Map<String, TensorEntry> outputs = new HashMap<>();
    Recorded.put(outputs, "logits", logits);
    TensorEntry labels = inputs.get("labels");
    if (labels != null) {
      int[] classes = Recorded.ints(labels);
      Recorded.put(
          outputs, "loss", Losses.crossEntropy(logits, call.ints(classes, classes.length), 0));
    }
    return outputs;
  }

  @Override
  public Map<String, TensorEntry> forwardBackward(
      Map<String, TensorEntry> inputs, JsonNode args, Set<String> wanted) {
    throw new UnsupportedOperationException("gradients of a classifier");
  }

  @Override
  public Start start(Map<String, TensorEntry> inputs, JsonNode args) {
    throw new UnsupportedOperationException("a classifier does not generate");
  }

  @Override
  public void close() {
    if (callScope != null) {
      callScope.close();
    }
    model.close();
  }
}
