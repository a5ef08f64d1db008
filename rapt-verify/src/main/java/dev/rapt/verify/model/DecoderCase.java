package dev.rapt.verify.model;

import dev.rapt.autograd.loss.Losses;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.generate.decoding.CausalLmDecoding;
import dev.rapt.generate.decoding.Prompts;
import dev.rapt.model.CausalLm;
import dev.rapt.model.Classifier;
import dev.rapt.model.load.ModelTypes;
import dev.rapt.model.load.StoredModel;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;
import dev.rapt.verify.report.Comparison;
import dev.rapt.verify.report.RecordedTensors;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A decoder with a language model head or a classification head. */
public final class DecoderCase extends RecordedModel {
  /** Computes logits with the head of the model. */
  @FunctionalInterface
  private interface Logits {
    Tensor of(Tensor ids, Pass pass);
  }

  private final Logits logits;
  private final boolean skipsPaddingPositions;
  private final @Nullable CausalLm causal;
  private final @Nullable Classifier classifier;
  private final Runnable close;

  private DecoderCase(CausalLm model) {
    super(model.scope(), model.parameters());
    logits = model::logits;
    classifier = null;
    skipsPaddingPositions = model.config().skipsPaddingPositions();
    causal = model;
    close = model::close;
  }

  private DecoderCase(Classifier model) {
    super(model.scope(), model.parameters());
    logits = model::logits;
    classifier = model;
    skipsPaddingPositions = false;
    causal = null;
    close = model::close;
  }

  /** Loads decoders; the suffix of the class name determines the head. Null if not supported. */
  public static @Nullable CaseModel load(Path folder, Path configFile, String modelClass) {
    ConfigReader json = StoredModel.of(folder, configFile).config();
    String type = json.stringOr("model_type", "");
    if (!CausalLm.isFamily(type)) {
      return null;
    }
    if (modelClass.endsWith("LMHeadModel")
        || modelClass.endsWith("ForCausalLM")
        || (ModelTypes.isMultimodal(type) && modelClass.endsWith("ForConditionalGeneration"))) {
      return new DecoderCase(CausalLm.load(folder, configFile, false));
    }
    if (modelClass.endsWith("ForSequenceClassification")) {
      return new DecoderCase(Classifier.load(folder, configFile, Classifier.Unit.SEQUENCE));
    }
    if (modelClass.endsWith("ForTokenClassification")) {
      return new DecoderCase(Classifier.load(folder, configFile, Classifier.Unit.TOKEN));
    }
    return null;
  }

  /** Computes logits, hidden states and, if there are labels, the loss. */
  @Override
  @Nullable Tensor run(Call call) {
    Tensor ids = call.ids();
    int seqLen = Math.toIntExact(ids.dim(1));
    int[] mask = call.ints("attention_mask");
    int[] positions = call.ints("position_ids");
    Pass.Builder pass = Pass.over(ids).observer(call.numbered("hidden_states"));
    if (mask != null) {
      pass.firstKeys(leftPadding(mask, seqLen));
    }
    if (positions != null) {
      pass.positions(positions);
    } else if (!skipsPaddingPositions) {
      int[] counted = new int[Math.toIntExact(ids.numElements())];
      Arrays.setAll(counted, i -> i % seqLen);
      pass.positions(counted);
    }
    Tensor scores = logits.of(ids, pass.build());
    call.put("logits", scores);
    TensorEntry labels = call.input("labels");
    if (labels == null) {
      return null;
    }
    Tensor loss =
        classifier == null
            ? nextTokenLoss(scores, RecordedTensors.ints(labels), call, seqLen)
            : classifier.loss(scores, call.labels(labels));
    call.put("loss", loss);
    return loss;
  }

  private static Tensor nextTokenLoss(Tensor scores, int[] labels, Call call, int seqLen) {
    int[] targets = RecordedTensors.shifted(labels, seqLen);
    return Losses.crossEntropy(scores, call.scope().ints(targets, targets.length), 0);
  }

  /** For each token, the number of padding tokens on the left of its sequence. */
  private static int[] leftPadding(int[] mask, int seqLen) {
    int[] padding = new int[mask.length];
    for (int from = 0; from < mask.length; from += seqLen) {
      int count = 0;
      while (count < seqLen && mask[from + count] == 0) {
        count++;
      }
      Arrays.fill(padding, from, from + seqLen, count);
    }
    return padding;
  }

  @Override
  public Start start(Map<String, TensorEntry> inputs, JsonNode args) {
    if (causal == null) {
      throw new UnsupportedOperationException("a classifier does not generate");
    }
    RecordedTensors.requireKnown(inputs, "input_ids", "attention_mask");
    int[][] rows = Comparison.toMatrix(RecordedTensors.required(inputs, "input_ids"));
    TensorEntry mask = inputs.get("attention_mask");
    return new Start(
        new CausalLmDecoding(causal), Prompts.padded(rows, RecordedTensors.mask(rows, mask)));
  }

  @Override
  public void close() {
    super.close();
    close.run();
  }
}
