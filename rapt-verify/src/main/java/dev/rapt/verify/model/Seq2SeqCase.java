package dev.rapt.verify.model;

import dev.rapt.autograd.loss.Losses;
import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.generate.decoding.Prompts;
import dev.rapt.generate.decoding.Seq2SeqDecoding;
import dev.rapt.model.Seq2SeqLm;
import dev.rapt.model.load.StoredModel;
import dev.rapt.nn.EncoderOutput;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;
import dev.rapt.verify.report.Comparison;
import dev.rapt.verify.report.RecordedTensors;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** An encoder-decoder with a language model head. */
public final class Seq2SeqCase extends RecordedModel {
  private final Seq2SeqLm model;

  private Seq2SeqCase(Seq2SeqLm model) {
    super(model.scope(), model.parameters());
    this.model = model;
  }

  /**
   * Loads encoder-decoders; the suffix of the class name determines the head. Null if not
   * supported.
   */
  public static @Nullable CaseModel load(Path folder, Path configFile, String modelClass) {
    if (!Seq2SeqLm.isFamily(
        StoredModel.of(folder, configFile).config().stringOr("model_type", ""))) {
      return null;
    }
    if (modelClass.endsWith("ForConditionalGeneration") || modelClass.endsWith("MTModel")) {
      return new Seq2SeqCase(Seq2SeqLm.load(folder, configFile, false));
    }
    if (modelClass.endsWith("ForSequenceClassification")) {
      return EncoderCase.ofEncoderDecoder(folder, configFile);
    }
    if (modelClass.endsWith("EncoderModel")) {
      return T5EncoderCase.load(folder, configFile);
    }
    return null;
  }

  @Override
  @Nullable Tensor run(Call call) {
    call.requireKnown(
        "input_ids", "attention_mask", "global_attention_mask", "decoder_input_ids", "labels");
    Tensor ids = call.ids();
    Pass.Builder source =
        Pass.over(ids)
            .bidirectional(call.lengths())
            .observer(call.numbered("encoder_hidden_states"));
    int[] globals = call.ints("global_attention_mask");
    if (globals != null) {
      source.globalTokens(globals);
    }
    EncoderOutput encoded = model.encode(ids, source.build());
    call.put("encoder_last_hidden_state", encoded.hidden());
    Tensor targets = decoderIds(call);
    Pass pass =
        Pass.over(targets)
            .encoderOutput(encoded)
            .observer(call.numbered("decoder_hidden_states"))
            .build();
    Tensor logits = model.logits(model.hidden(targets, pass));
    call.put("logits", logits);
    int[] labels = call.ints("labels");
    if (labels == null) {
      return null;
    }
    Tensor loss = Losses.crossEntropy(logits, call.scope().ints(labels, labels.length), 0);
    call.put("loss", loss);
    return loss;
  }

  private Tensor decoderIds(Call call) {
    TensorEntry given = call.input("decoder_input_ids");
    if (given != null) {
      return call.tensor(given);
    }
    TensorEntry labels = call.input("labels");
    if (labels == null) {
      throw new IllegalArgumentException("inputs: must hold decoder_input_ids or labels");
    }
    int seqLen = Math.toIntExact(labels.shape().dim(1));
    int[] shifted = model.decoderInputs(RecordedTensors.ints(labels), seqLen);
    return call.scope().ints(shifted, labels.shape().toArray());
  }

  @Override
  public Start start(Map<String, TensorEntry> inputs, JsonNode args) {
    RecordedTensors.requireKnown(inputs, "input_ids", "attention_mask", "global_attention_mask");
    int[][] rows = Comparison.toMatrix(RecordedTensors.required(inputs, "input_ids"));
    int[] lengths = RecordedTensors.lengths(rows, inputs.get("attention_mask"));
    List<int[]> sources = new ArrayList<>();
    for (int i = 0; i < rows.length; i++) {
      sources.add(Arrays.copyOf(rows[i], lengths[i]));
    }
    Seq2SeqDecoding decoding = new Seq2SeqDecoding(model, sources);
    TensorEntry globals = inputs.get("global_attention_mask");
    if (globals != null) {
      int[][] marks = Comparison.toMatrix(globals);
      Arrays.setAll(marks, i -> Arrays.copyOf(marks[i], lengths[i]));
      decoding = decoding.withGlobalTokens(List.of(marks));
    }
    int start = args.path("decoder_start_token_id").intValue(model.config().decoderStartTokenId());
    Prompts prompts =
        decoding.prompts(start).withEncoderIds(rows); // with padding, as in the reference
    return new Start(decoding, prompts);
  }

  @Override
  public void close() {
    super.close();
    model.close();
  }
}
