package dev.rapt.cli;

import dev.rapt.checkpoint.Checkpoint;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.tokenizer.Tokenizer;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Says what the folder of a model holds, without loading its weights. */
@Command(
    name = "info",
    description =
        "Shows family, sizes, parameters by part, memory and tokenizer of a model's folder.")
final class InfoCommand implements Callable<Integer> {
  /** AdamW in f32: master, gradient and two moments. */
  private static final int TRAINING_BYTES_PER_WEIGHT = 16;

  @Parameters(
      paramLabel = "MODEL",
      description = "A Hugging Face folder, or ORG/NAME after a pull.")
  private Path model = Path.of("");

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Spec private @Nullable CommandSpec spec;

  /** A part of a model, found by what its tensors are called in the families of the field. */
  private enum Part {
    POSITIONS("wpe|position_embeddings|embed_positions|relative_attention_bias|rel_embeddings"),
    EMBEDDING("wte|embed_tokens|word_embeddings|embed_in|shared\\.weight"),
    HEAD("lm_head|embed_out|cls\\.predictions"),
    NORM("norm|ln_|\\bln\\b|layernorm"),
    ATTENTION("attn|attention"),
    MLP("mlp|ffn|feed_forward|fc[12]|experts|intermediate|output\\.dense|DenseReluDense"),
    OTHER("");

    private final Pattern pattern;

    Part(String regex) {
      pattern = Pattern.compile(regex, Pattern.CASE_INSENSITIVE);
    }

    static Part of(String tensor) {
      for (Part part : values()) {
        if (part.pattern.matcher(tensor).find()) {
          return part;
        }
      }
      return OTHER;
    }

    String label() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  @Override
  public Integer call() {
    Path folder = ModelFolder.require(model);
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("folder", folder.toAbsolutePath().normalize().toString());
    ConfigReader config = ConfigReader.of(folder.resolve("config.json"));
    addConfig(facts, config);
    try (Checkpoint checkpoint = Checkpoint.open(folder)) {
      addWeights(facts, checkpoint);
    }
    addCache(facts, config);
    addTokenizer(facts, folder);
    PrintWriter out = Output.of(spec);
    if (json) {
      Json.print(out, facts);
    } else {
      facts.forEach((name, value) -> print(out, name, value));
    }
    return 0;
  }

  private static void addConfig(Map<String, Object> facts, ConfigReader config) {
    facts.put("family", config.requireString("model_type"));
    put(facts, config, "layers", "num_hidden_layers", "n_layer", "num_layers");
    put(facts, config, "width", "hidden_size", "n_embd", "d_model");
    put(facts, config, "heads", "num_attention_heads", "n_head", "num_heads");
    put(facts, config, "key_value_heads", "num_key_value_heads");
    put(facts, config, "context", "max_position_embeddings", "n_positions");
    put(facts, config, "vocabulary", "vocab_size");
  }

  private static void put(
      Map<String, Object> facts, ConfigReader config, String name, String... keys) {
    for (String key : keys) {
      if (config.has(key) && config.json().path(key).isInt()) {
        facts.put(name, config.requireInt(key));
        return;
      }
    }
  }

  private static void addWeights(Map<String, Object> facts, Checkpoint checkpoint) {
    Map<Part, Long> parts = new TreeMap<>();
    Map<String, Long> types = new TreeMap<>();
    long all = 0;
    for (String name : checkpoint.names()) {
      TensorEntry entry = checkpoint.entry(name);
      long count = entry.shape().numElements();
      parts.merge(Part.of(name), count, Long::sum);
      types.merge(entry.dtype().label(), count, Long::sum);
      all += count;
    }
    facts.put("parameters", all);
    parts.forEach((part, count) -> facts.put("parameters_" + part.label(), count));
    facts.put("types", String.join(" ", types.keySet()));
    facts.put("weights_bytes", checkpoint.weightBytes());
    facts.put("training_bytes", all * TRAINING_BYTES_PER_WEIGHT);
  }

  /** What the cache of keys and values takes for a sequence of full length, in f32. */
  private static void addCache(Map<String, Object> facts, ConfigReader config) {
    if (facts.get("layers") instanceof Integer layers
        && facts.get("width") instanceof Integer width
        && facts.get("heads") instanceof Integer heads
        && facts.get("context") instanceof Integer context) {
      int keyValueHeads = facts.get("key_value_heads") instanceof Integer g ? g : heads;
      int headDim = config.intOr("head_dim", width / heads);
      facts.put("cache_bytes", 2L * layers * keyValueHeads * headDim * context * Float.BYTES);
    }
  }

  private static void addTokenizer(Map<String, Object> facts, Path folder) {
    if (!Files.exists(folder.resolve("tokenizer.json"))) {
      facts.put("tokenizer", "none");
      return;
    }
    Tokenizer tokenizer = Tokenizer.load(folder);
    String kind = tokenizer.definition().model().getClass().getSimpleName();
    facts.put("tokenizer", kind.replaceFirst("Model$", ""));
    facts.put("tokens", tokenizer.vocabSize());
    tokenizer.tokenNames().forEach(facts::put);
  }

  private static void print(PrintWriter out, String name, Object value) {
    String label = name.startsWith("parameters_") ? "  " + name.substring(11) : name;
    String text =
        switch (value) {
          case Long bytes when name.endsWith("_bytes") -> Format.bytes(bytes) + remark(name);
          case Long count -> Format.count(count) + " (" + count + ")";
          default -> value.toString();
        };
    out.println(
        Format.format("%-16s %s", label.replaceFirst("_bytes$", "").replace('_', ' '), text));
  }

  private static String remark(String name) {
    return switch (name) {
      case "training_bytes" -> " for weights, gradients and AdamW in f32, without activations";
      case "cache_bytes" -> " of keys and values for a sequence of full length, in f32";
      default -> " in the files";
    };
  }
}
