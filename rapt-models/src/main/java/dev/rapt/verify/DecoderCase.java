package dev.rapt.verify;

import dev.rapt.autograd.Gradients;
import dev.rapt.autograd.Losses;
import dev.rapt.autograd.Tape;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.generate.CausalLmDecoding;
import dev.rapt.generate.Prompts;
import dev.rapt.kernel.SoftmaxKernel;
import dev.rapt.model.CausalLm;
import dev.rapt.model.Classifier;
import dev.rapt.model.opt.OptConfig;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.Parameters;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A decoder-only model, with the head that its recorded class has. */
public final class DecoderCase implements CaseModel {
  /** Computes logits; what kind of head does it is hidden behind this. */
  @FunctionalInterface
  private interface Logits {
    Tensor of(Tensor ids, Pass pass);
  }

  private final Scope scope;
  private final Parameters parameters;
  private final Logits logits;
  private final boolean shiftsLabels;
  private final boolean countsFromMask;
  private final @Nullable CausalLm causal;
  private final Runnable close;
  private @Nullable Scope callScope;

  private DecoderCase(CausalLm model) {
    scope = model.scope();
    parameters = model.parameters();
    logits = model::logits;
    shiftsLabels = true;
    // where a recorded call names no positions, OPT's reference takes them from the mask
    countsFromMask = model.config() instanceof OptConfig;
    causal = model;
    close = model::close;
  }

  private DecoderCase(Classifier model) {
    scope = model.scope();
    parameters = model.parameters();
    logits = model::logits;
    shiftsLabels = false;
    countsFromMask = false;
    causal = null;
    close = model::close;
  }

  /** Loads decoders, with the head that the end of the class's name tells. */
  public static @Nullable CaseModel load(Path folder, Path configFile, String modelClass) {
    ConfigReader json = ConfigReader.of(configFile);
    if (!CausalLm.isFamily(json.stringOr("model_type", ""))) {
      return null;
    }
    if (modelClass.endsWith("LMHeadModel") || modelClass.endsWith("ForCausalLM")) {
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

  @Override
  public Map<String, TensorEntry> forward(
      Map<String, TensorEntry> inputs, JsonNode args, Set<String> wanted) {
    Scope call = newCall(scope.child());
    Map<String, TensorEntry> outputs = new HashMap<>();
    run(call, inputs, outputs);
    return outputs;
  }

  @Override
  public Map<String, TensorEntry> forwardBackward(
      Map<String, TensorEntry> inputs, JsonNode args, Set<String> wanted) {
    Scope call = newCall(scope.child());
    Map<String, TensorEntry> outputs = new HashMap<>();
    run(call, inputs, outputs);
    parameters.track();
    Gradients gradients = new Gradients(call);
    try (Tape tape = Tape.open(call)) {
      Tensor loss = run(tape, inputs, new HashMap<>());
      if (loss == null) {
        throw new IllegalArgumentException("gradients: need labels");
      }
      tape.backward(loss, gradients);
    }
    for (Parameter parameter : parameters) {
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

  /** Computes logits, hidden states and, where there are labels, the loss. */
  private @Nullable Tensor run(
      Scope call, Map<String, TensorEntry> inputs, Map<String, TensorEntry> outputs) {
    TensorEntry recordedIds = Recorded.required(inputs, "input_ids");
    Tensor ids = call.ints(Recorded.ints(recordedIds), recordedIds.shape().toArray());
    int seqLen = Math.toIntExact(ids.dim(1));
    TensorEntry mask = inputs.get("attention_mask");
    TensorEntry positions = inputs.get("position_ids");
    int[] numStates = {0};
    Pass.Builder pass =
        Pass.over(ids).observer(x -> Recorded.put(outputs, "hidden_states." + numStates[0]++, x));
    if (mask != null) {
      pass.firstKeys(leftPadding(Recorded.ints(mask), seqLen));
    }
    if (positions != null) {
      pass.positions(Recorded.ints(positions));
    } else if (!countsFromMask) {
      int[] counted = new int[Math.toIntExact(ids.numElements())];
      Arrays.setAll(counted, i -> i % seqLen);
      pass.positions(counted);
    }
    Tensor scores = logits.of(ids, pass.build());
    Recorded.put(outputs, "logits", scores);
    TensorEntry labels = inputs.get("labels");
    if (labels == null) {
      return null;
    }
    int[] targets = shiftsLabels ? shifted(Recorded.ints(labels), seqLen) : Recorded.ints(labels);
    Tensor loss = Losses.crossEntropy(scores, call.ints(targets, targets.length), 0);
    Recorded.put(outputs, "loss", loss);
    return loss;
  }

  /** Position i predicts label i + 1; the last predicts nothing. */
  private static int[] shifted(int[] labels, int seqLen) {
    int[] targets = new int[labels.length];
    Arrays.setAll(targets, i -> i % seqLen == seqLen - 1 ? SoftmaxKernel.IGNORED : labels[i + 1]);
    return targets;
  }

  /** How many tokens on the left of its sequence are padding, for each token. */
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
    Recorded.requireKnown(inputs, "input_ids", "attention_mask");
    int[][] rows = Comparison.toMatrix(Recorded.required(inputs, "input_ids"));
    TensorEntry mask = inputs.get("attention_mask");
    return new Start(new CausalLmDecoding(causal), Prompts.padded(rows, Recorded.mask(rows, mask)));
  }

  @Override
  public void close() {
    if (callScope != null) {
      callScope.close();
    }
    close.run();
  }
}
