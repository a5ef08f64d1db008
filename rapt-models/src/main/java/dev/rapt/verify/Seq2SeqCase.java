package dev.rapt.verify;

import dev.rapt.autograd.Gradients;
import dev.rapt.autograd.Losses;
import dev.rapt.autograd.Tape;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.generate.Prompts;
import dev.rapt.generate.Seq2SeqDecoding;
import dev.rapt.model.Seq2SeqLm;
import dev.rapt.nn.Encoded;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** An encoder-decoder with its head over the vocabulary. */
public final class Seq2SeqCase implements CaseModel {
  private final Seq2SeqLm model;
  private @Nullable Scope callScope;

  private Seq2SeqCase(Seq2SeqLm model) {
    this.model = model;
  }

  /** Loads encoder-decoders, with the head that the end of the class's name tells. */
  public static @Nullable CaseModel load(Path folder, Path configFile, String modelClass) {
    if (!Seq2SeqLm.isFamily(ConfigReader.of(configFile).stringOr("model_type", ""))) {
      return null;
    }
    if (modelClass.endsWith("ForConditionalGeneration") || modelClass.endsWith("MTModel")) {
      return new Seq2SeqCase(Seq2SeqLm.load(folder, configFile, false));
    }
    if (modelClass.endsWith("ForSequenceClassification")) {
      return Seq2SeqClassifierCase.load(folder, configFile);
    }
    if (modelClass.endsWith("EncoderModel")) {
      return SourceEncoderCase.load(folder, configFile);
    }
    return null;
  }

  @Override
  public Map<String, TensorEntry> forward(
      Map<String, TensorEntry> inputs, JsonNode args, Set<String> wanted) {
    Scope call = newCall(model.scope().child());
    Map<String, TensorEntry> outputs = new HashMap<>();
    run(call, inputs, outputs);
    return outputs;
  }

  @Override
  public Map<String, TensorEntry> forwardBackward(
      Map<String, TensorEntry> inputs, JsonNode args, Set<String> wanted) {
    Scope call = newCall(model.scope().child());
    Map<String, TensorEntry> outputs = new HashMap<>();
    run(call, inputs, outputs);
    model.parameters().track();
    Gradients gradients = new Gradients(call);
    try (Tape tape = Tape.open(call)) {
      Tensor loss = run(tape, inputs, new HashMap<>());
      if (loss == null) {
        throw new IllegalArgumentException("gradients: need labels");
      }
      tape.backward(loss, gradients);
    }
    for (Parameter parameter : model.parameters()) {
      Tensor gradient = gradients.of(parameter.value());
      if (gradient != null) {
        Recorded.put(outputs, "grad." + parameter.name(), gradient);
      }
    }
    return outputs;
  }

  private Scope newCall(Scope fresh) {
    if (callScope != null) {
      callScope.close();
    }
    callScope = fresh;
    return fresh;
  }

  private @Nullable Tensor run(
      Scope call, Map<String, TensorEntry> inputs, Map<String, TensorEntry> outputs) {
    Recorded.requireKnown(
        inputs,
        "input_ids",
        "attention_mask",
        "global_attention_mask",
        "decoder_input_ids",
        "labels");
    TensorEntry recordedIds = Recorded.required(inputs, "input_ids");
    int[][] rows = Comparison.toMatrix(recordedIds);
    int[] lengths = Recorded.lengths(rows, inputs.get("attention_mask"));
    Tensor ids = call.ints(Recorded.ints(recordedIds), rows.length, rows[0].length);
    Pass.Builder source =
        Pass.over(ids).bidirectional(lengths).observer(numbered("encoder_hidden_states.", outputs));
    TensorEntry globals = inputs.get("global_attention_mask");
    if (globals != null) {
      source.globalTokens(Recorded.ints(globals));
    }
    Encoded encoded = model.encode(ids, source.build());
    Recorded.put(outputs, "encoder_last_hidden_state", encoded.hidden());
    TensorEntry labels = inputs.get("labels");
    Tensor targets = decoderIds(call, inputs.get("decoder_input_ids"), labels);
    Pass pass =
        Pass.over(targets)
            .encoded(encoded)
            .observer(numbered("decoder_hidden_states.", outputs))
            .build();
    Tensor logits = model.logits(model.hidden(targets, pass));
    Recorded.put(outputs, "logits", logits);
    if (labels == null) {
      return null;
    }
    int[] wanted = Recorded.ints(labels);
    Tensor loss = Losses.crossEntropy(logits, call.ints(wanted, wanted.length), 0);
    Recorded.put(outputs, "loss", loss);
    return loss;
  }

  private Tensor decoderIds(Scope call, @Nullable TensorEntry given, @Nullable TensorEntry labels) {
    if (given != null) {
      return call.ints(Recorded.ints(given), given.shape().toArray());
    }
    if (labels == null) {
      throw new IllegalArgumentException("inputs: must hold decoder_input_ids or labels");
    }
    int seqLen = Math.toIntExact(labels.shape().dim(1));
    int[] shifted = model.decoderInputs(Recorded.ints(labels), seqLen);
    return call.ints(shifted, labels.shape().toArray());
  }

  private static Consumer<Tensor> numbered(String name, Map<String, TensorEntry> outputs) {
    int[] count = {0};
    return x -> Recorded.put(outputs, name + count[0]++, x);
  }

  @Override
  public Start start(Map<String, TensorEntry> inputs, JsonNode args) {
    Recorded.requireKnown(inputs, "input_ids", "attention_mask");
    int[][] rows = Comparison.toMatrix(Recorded.required(inputs, "input_ids"));
    int[] lengths = Recorded.lengths(rows, inputs.get("attention_mask"));
    List<int[]> sources = new ArrayList<>();
    for (int i = 0; i < rows.length; i++) {
      sources.add(Arrays.copyOf(rows[i], lengths[i]));
    }
    Seq2SeqDecoding decoding = new Seq2SeqDecoding(model, sources);
    int start = args.path("decoder_start_token_id").intValue(model.config().decoderStartTokenId());
    Prompts prompts = decoding.prompts(start).withEncoderIds(rows); // padding counts, as recorded
    return new Start(decoding, prompts);
  }

  @Override
  public void close() {
    if (callScope != null) {
      callScope.close();
    }
    model.close();
  }
}
