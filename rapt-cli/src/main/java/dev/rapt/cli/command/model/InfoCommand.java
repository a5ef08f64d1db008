package dev.rapt.cli.command.model;

import dev.rapt.checkpoint.Checkpoint;
import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.cli.files.ModelFolder;
import dev.rapt.cli.output.Format;
import dev.rapt.cli.output.Json;
import dev.rapt.cli.output.Output;
import dev.rapt.model.ModelOutline;
import dev.rapt.model.load.ModelTypes;
import dev.rapt.model.load.StoredModel;
import dev.rapt.model.summary.ModelSizes;
import dev.rapt.model.summary.ParameterParts;
import dev.rapt.model.summary.ParameterParts.Part;
import dev.rapt.quant.Quantization;
import dev.rapt.tokenizer.Tokenizer;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows facts about a model without loading its weights. */
@Command(
    name = "info",
    description = {
      "Shows family, sizes, parameters by part, memory and tokenizer of a model.",
      "Reads only the configuration and the headers of the weight files. Without weights, the"
          + " parameters follow from the configuration."
    })
public final class InfoCommand implements Callable<Integer> {
  private static final String CONFIG = "config.json";

  @Parameters(
      paramLabel = "MODEL",
      description =
          "Hugging Face folder, config.json, ONNX file, or ORG/NAME of a pulled model; of a .gguf"
              + " file the header is shown.")
  private Path model = Path.of("");

  @Option(names = "--json", description = "Prints one JSON object.")
  private boolean json;

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() {
    boolean isGguf = Files.isRegularFile(model) && StoredModel.isGguf(model);
    Map<String, Object> facts = isGguf ? GgufFacts.of(model) : ofFolder();
    PrintWriter out = Output.of(spec);
    if (json) {
      Json.print(out, facts);
    } else {
      facts.forEach((name, value) -> print(out, name, value));
    }
    return 0;
  }

  private Map<String, Object> ofFolder() {
    Path path = path();
    StoredModel stored = StoredModel.of(path);
    ConfigReader config = stored.config();
    ModelSizes sizes = ModelSizes.of(config);
    Map<String, Object> facts = new LinkedHashMap<>();
    boolean isOnnx = StoredModel.isOnnx(stored.path());
    facts.put(isOnnx ? "file" : "folder", stored.path().toAbsolutePath().normalize().toString());
    facts.put("family", sizes.family());
    facts.put("supported", ModelTypes.known().contains(sizes.family()));
    if (ModelTypes.isMultimodal(sizes.family())) {
      facts.put("read", "only the text part, without images and sound");
    }
    facts.put("made_for", sizes.uses());
    Quantization quantization = quantization(config, facts);
    facts.putAll(sizes.values());
    if (isOnnx) {
      OnnxFacts.put(stored.path(), sizes, facts);
    } else if (Checkpoint.isIn(path)) {
      try (Checkpoint checkpoint = Checkpoint.open(path)) {
        ParameterParts parts = ParameterParts.of(checkpoint, quantization);
        facts.put("parameters", parameters(parts, sizes));
        facts.put("types", parts.byType());
        facts.put("file_bytes", checkpoint.weightBytes());
        facts.put("weights_bytes", parts.bytesByPrecision());
      }
    } else {
      facts.put("weights", "none; the parameters are computed from the configuration");
      if (ModelTypes.known().contains(sizes.family())) {
        ParameterParts parts = ParameterParts.of(ModelOutline.of(config));
        facts.put("parameters", parameters(parts, sizes));
        facts.put("weights_bytes", parts.bytesByPrecision());
      }
    }
    if (sizes.cacheValuesPerToken() > 0) {
      facts.put("kv_cache_bytes_per_1024_tokens", sizes.cacheBytes(1024));
    }
    boolean hasTokenizer =
        isOnnx ? stored.hasTokenizer() : Files.exists(path.resolve("tokenizer.json"));
    facts.put("tokenizer", hasTokenizer ? tokenizer(stored) : Map.of("kind", "none"));
    return facts;
  }

  /** Adds the format of quantised matrices to the facts; one that is not read counts as none. */
  private static Quantization quantization(ConfigReader config, Map<String, Object> facts) {
    try {
      Quantization found = Quantization.parse(config);
      if (!(found instanceof Quantization.None)) {
        String memory = found.staysMapped() ? "" : "; rearranged in memory when it is loaded";
        facts.put("quantization", found.label() + memory);
      }
      return found;
    } catch (CheckpointException e) {
      facts.put("supported", false);
      facts.put("quantization", "not read: " + e.getMessage());
      return new Quantization.None();
    }
  }

  /** The folder or file of the model; a config.json stands for the folder that holds it. */
  private Path path() {
    Path parent = model.toAbsolutePath().getParent();
    boolean isConfig = model.endsWith(CONFIG) && Files.isRegularFile(model) && parent != null;
    return ModelFolder.require(isConfig && parent != null ? parent : model);
  }

  static Map<String, Object> parameters(ParameterParts parts, ModelSizes sizes) {
    Map<String, Object> counts = new LinkedHashMap<>();
    counts.put("total", parts.total());
    if (parts.of(Part.EXPERTS) > 0 && sizes.numExperts() > 0) {
      counts.put("active_per_token", parts.activePerToken(sizes));
    }
    parts.counts().forEach((part, count) -> counts.put(part.label(), count));
    if (parts.of(Part.HEAD) == 0 && sizes.isTied()) {
      counts.put("head", "tied to the embedding");
    }
    return counts;
  }

  private static Map<String, Object> tokenizer(StoredModel stored) {
    Map<String, Object> facts = new LinkedHashMap<>();
    Tokenizer tokenizer = stored.tokenizer();
    facts.put("kind", tokenizer.kind());
    facts.put("tokens", tokenizer.vocabSize());
    facts.putAll(tokenizer.tokenNames());
    return facts;
  }

  private static void print(PrintWriter out, String name, Object value) {
    String label = label(name);
    if (value instanceof Map<?, ?> parts) {
      out.println(label + remark(name));
      boolean isMetadata = name.equals("metadata");
      boolean isNamed = isMetadata || name.equals("types");
      parts.forEach((key, part) -> {
        String of = isNamed ? key.toString() : label(key.toString());
        printLine(out, "  " + of, name, isMetadata ? part.toString() : part);
      });
    } else {
      printLine(out, label, name, value);
    }
  }

  private static void printLine(PrintWriter out, String label, String name, Object value) {
    String text =
        switch (value) {
          case Long bytes when name.contains("_bytes") -> Format.bytes(bytes);
          case Long count -> Format.count(count) + " (" + count + ")";
          case List<?> all -> String.join(", ", all.stream().map(Object::toString).toList());
          case Boolean b -> b ? "yes" : "no";
          default -> value.toString();
        };
    out.println(Format.format("%-20s %s", label, text));
  }

  private static String label(String name) {
    return switch (name) {
      case "key_value_heads" -> "key-value heads";
      case "kv_cache_bytes_per_1024_tokens" -> "KV cache per 1024 tokens";
      default -> name.replace("_bytes", "").replace('_', ' ');
    };
  }

  private static String remark(String name) {
    return switch (name) {
      case "weights_bytes" ->
          ": memory at each precision; training f32 with gradients and AdamW, without activations";
      case "kv_cache_bytes_per_1024_tokens" -> ": keys and values of one sequence";
      default -> "";
    };
  }
}
