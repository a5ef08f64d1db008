package dev.rapt.verify.model;

import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.generate.Generator;
import dev.rapt.generate.decoding.CausalLmDecoding;
import dev.rapt.generate.decoding.Prompts;
import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.model.CausalLm;
import dev.rapt.model.adapter.Adapter;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import dev.rapt.verify.function.FunctionCase;
import dev.rapt.verify.function.FunctionCases;
import dev.rapt.verify.report.CaseHandler;
import dev.rapt.verify.report.RecordedTensors;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import tools.jackson.databind.JsonNode;

/**
 * Runs cases of adapters in the format of PEFT: logits of the base model, with the adapter, and
 * after merging; merged weights; greedy search with the merged model.
 */
public final class AdapterCases {
  private static final String MERGED = "merged.";

  private AdapterCases() {}

  /** Returns the handler of these cases. */
  public static CaseHandler handler() {
    return new FunctionCases(recorded -> recorded.has("adapter_folder"), AdapterCases::run);
  }

  private static void run(FunctionCase recorded) {
    JsonNode cases = recorded.cases();
    Path folder = recorded.folder().resolve(cases.get("adapter_folder").stringValue());
    try (CausalLm model = CausalLm.load(recorded.folder())) {
      compareLogits(recorded, model, "logits_base");
      try (Adapter adapter = Adapter.load(folder, model)) {
        compareLogits(recorded, model, "logits_adapter");
        adapter.merge(model);
        compareLogits(recorded, model, "logits_merged");
        compareWeights(recorded, model);
        recorded.call(
            "greedy",
            differences ->
                differences.same(
                    "ids", Arrays.toString(recorded.ints("greedy")), greedy(recorded, model)));
        adapter.unmerge();
        recorded.call(
            "unmerged",
            differences ->
                differences.add(
                    "",
                    recorded.floats("logits_adapter"),
                    logits(recorded, model),
                    FunctionCase.DEFAULT_ATOL));
      }
      recorded.call(
          "detached",
          differences ->
              differences.add(
                  "",
                  recorded.floats("logits_base"),
                  logits(recorded, model),
                  FunctionCase.DEFAULT_ATOL));
    }
  }

  private static void compareLogits(FunctionCase recorded, CausalLm model, String name) {
    recorded.call(
        name,
        differences ->
            differences.add(
                "", recorded.floats(name), logits(recorded, model), FunctionCase.DEFAULT_ATOL));
  }

  private static float[] logits(FunctionCase recorded, CausalLm model) {
    TensorEntry input = recorded.tensor("input_ids");
    try (Scope scope = model.scope().child()) {
      Tensor ids =
          scope.ints(RecordedTensors.ints(input), input.shape().dim(0), input.shape().dim(1));
      Tensor logits = model.logits(ids, Pass.over(ids).build());
      return logits.memory().toArray(ValueLayout.JAVA_FLOAT);
    }
  }

  private static void compareWeights(FunctionCase recorded, CausalLm model) {
    for (String name : recorded.names()) {
      if (name.startsWith(MERGED)) {
        Parameter weight = model.parameters().get(name.substring(MERGED.length()));
        float[] got =
            Objects.requireNonNull(weight, name).value().memory().toArray(ValueLayout.JAVA_FLOAT);
        recorded.call(
            name,
            differences ->
                differences.add("", recorded.floats(name), got, FunctionCase.DEFAULT_ATOL));
      }
    }
  }

  /** Continues the first row of the input to the recorded length. */
  private static String greedy(FunctionCase recorded, CausalLm model) {
    int rowLength = Math.toIntExact(recorded.tensor("input_ids").shape().dim(1));
    int[] prompt = Arrays.copyOf(recorded.ints("input_ids"), rowLength);
    int length = recorded.ints("greedy").length;
    GenerationOptions options =
        GenerationOptions.builder().maxNewTokens(length - rowLength).build();
    var generation =
        new Generator(new CausalLmDecoding(model)).generate(Prompts.of(prompt), options);
    return Arrays.toString(generation.sequences().getFirst().ids());
  }
}
