package dev.rapt.verify.model;

import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.model.T5Encoder;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The encoder of an encoder-decoder. */
final class T5EncoderCase extends RecordedModel {
  private final T5Encoder model;

  private T5EncoderCase(T5Encoder model) {
    super(model.scope(), model.parameters());
    this.model = model;
  }

  static CaseModel load(Path folder, Path configFile) {
    return new T5EncoderCase(T5Encoder.load(folder, configFile));
  }

  @Override
  @Nullable Tensor run(Call call) {
    call.requireKnown("input_ids", "attention_mask");
    Tensor ids = call.ids();
    Pass pass = Pass.over(ids).bidirectional(call.lengths()).build();
    call.put("last_hidden_state", model.encode(ids, pass).hidden());
    return null;
  }

  @Override
  public Start start(Map<String, TensorEntry> inputs, JsonNode args) {
    throw new UnsupportedOperationException("an encoder does not generate");
  }

  @Override
  public void close() {
    super.close();
    model.close();
  }
}
