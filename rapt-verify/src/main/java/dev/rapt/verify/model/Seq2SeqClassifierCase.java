package dev.rapt.verify.model;

import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.model.Seq2SeqClassifier;
import dev.rapt.tensor.Tensor;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** An encoder-decoder with a head for sequence classification. */
final class Seq2SeqClassifierCase extends RecordedModel {
  private final Seq2SeqClassifier model;

  private Seq2SeqClassifierCase(Seq2SeqClassifier model) {
    super(model.scope(), model.parameters());
    this.model = model;
  }

  static CaseModel load(Path folder, Path configFile) {
    return new Seq2SeqClassifierCase(Seq2SeqClassifier.load(folder, configFile));
  }

  @Override
  @Nullable Tensor run(Call call) {
    call.requireKnown("input_ids", "attention_mask", "labels");
    Tensor logits = model.logits(call.ids(), call.lengths());
    call.put("logits", logits);
    TensorEntry labels = call.input("labels");
    if (labels == null) {
      return null;
    }
    Tensor loss = model.loss(logits, call.labels(labels));
    call.put("loss", loss);
    return loss;
  }

  @Override
  public Start start(Map<String, TensorEntry> inputs, JsonNode args) {
    throw new UnsupportedOperationException("a classifier does not generate");
  }

  @Override
  public void close() {
    super.close();
    model.close();
  }
}
