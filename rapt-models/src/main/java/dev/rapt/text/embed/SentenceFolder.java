package dev.rapt.text.embed;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.load.Loading;
import dev.rapt.model.load.StoredModel;
import dev.rapt.tensor.Scope;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * The folder of a sentence-transformers model: modules.json names its modules,
 * config_sentence_transformers.json holds prompts and similarity. Any other Hugging Face folder
 * stands for its transformer alone.
 */
public final class SentenceFolder {
  private static final String MODULES = "modules.json";
  private static final String EMBEDDER = "SentenceTransformer";
  private static final String RERANKER = "CrossEncoder";

  private final TransformerSettings transformer;
  private final List<ModuleEntry> modules;
  private final ConfigReader settings;

  /** Pooling in place of the usual one; only without modules. */
  private final @Nullable PoolingMode pooling;

  private SentenceFolder(
      TransformerSettings transformer, List<ModuleEntry> modules, ConfigReader settings) {
    this(transformer, modules, settings, null);
  }

  private SentenceFolder(
      TransformerSettings transformer,
      List<ModuleEntry> modules,
      ConfigReader settings,
      @Nullable PoolingMode pooling) {
    this.transformer = transformer;
    this.modules = modules;
    this.settings = settings;
    this.pooling = pooling;
  }

  /**
   * Returns the folder with another pooling.
   *
   * @throws IllegalArgumentException if a modules.json states the pooling
   */
  public SentenceFolder pooledBy(PoolingMode mode) {
    if (hasModules()) {
      throw new IllegalArgumentException(
          "pooling: must be left out for a model whose modules.json states it, got " + mode);
    }
    return new SentenceFolder(transformer, modules, settings, mode);
  }

  /**
   * Reads the folder of a model that embeds texts.
   *
   * @param folder the folder, or a file with the transformer
   * @throws dev.rapt.checkpoint.CheckpointException if a file is damaged, or the model is another
   */
  public static SentenceFolder embedder(Path folder) {
    return read(folder, EMBEDDER, "feature-extraction");
  }

  /**
   * Reads the folder of a model that scores pairs of texts.
   *
   * @throws dev.rapt.checkpoint.CheckpointException if a file is damaged, or the model is another
   */
  public static SentenceFolder reranker(Path folder) {
    SentenceFolder read = read(folder, RERANKER, "sequence-classification");
    if (read.modules.size() > 1) {
      throw read.modules.get(1).refused("must not follow the classifier of a reranker, got it");
    }
    return read;
  }

  private static SentenceFolder read(Path folder, String kind, String task) {
    Path described = StoredModel.describingFolder(folder);
    Path file = described.resolve(MODULES);
    if (!Files.exists(file)) {
      return new SentenceFolder(TransformerSettings.plain(folder), List.of(), empty(file));
    }
    ConfigReader settings = orEmpty(described.resolve("config_sentence_transformers.json"));
    requireKind(settings, kind);
    List<ModuleEntry> modules = ModuleEntry.readAll(file);
    ModuleEntry first = modules.getFirst();
    if (!first.kind().equals("Transformer")) {
      throw first.refused("must be Transformer as the first module; Rapt has no other");
    }
    Path transformer = first.path().isEmpty() ? folder : first.folder();
    return new SentenceFolder(TransformerSettings.read(transformer, task), modules, settings);
  }

  private static void requireKind(ConfigReader settings, String kind) {
    String key = "model_type";
    String found = settings.stringOr(key, EMBEDDER);
    if (found.equals(kind)) {
      return;
    }
    String hint =
        switch (found) {
          case EMBEDDER -> "; use rapt embed";
          case RERANKER -> "; use rapt rank";
          default -> "";
        };
    throw settings.error(key, "must be %s, got %s%s".formatted(kind, found, hint));
  }

  /** Reads a file that may be missing; it then holds no keys. */
  static ConfigReader orEmpty(Path file) {
    return Files.exists(file) ? ConfigReader.of(file) : empty(file);
  }

  /** Returns a configuration without keys. */
  static ConfigReader empty(Path file) {
    return ConfigReader.of(file, JsonNodeFactory.instance.objectNode());
  }

  /** Returns whether the folder has a modules.json. */
  public boolean hasModules() {
    return !modules.isEmpty();
  }

  /** Returns how texts become tokens. */
  public TransformerSettings transformer() {
    return transformer;
  }

  /** Returns the prompts. */
  public NamedPrompts prompts() {
    return NamedPrompts.parse(settings);
  }

  /** Returns how vectors are compared. */
  public Similarity similarity() {
    return Similarity.parse(settings);
  }

  /** Returns config_sentence_transformers.json; without keys where it is missing. */
  public ConfigReader settings() {
    return settings;
  }

  /**
   * Loads the modules behind the transformer. Without modules.json, they are mean pooling; for a
   * causal language model the last token, as in sentence-transformers.
   *
   * @param scope scope that will own the weights
   * @param loading how the weights are used; in training, vectors are not cut to the folder's
   *     truncate_dim
   */
  public EmbeddingPipeline pipeline(Scope scope, Loading loading) {
    if (!hasModules()) {
      return plainPipeline(false);
    }
    int truncateDim =
        loading.trained()
            ? Integer.MAX_VALUE
            : settings.intOr("truncate_dim", Integer.MAX_VALUE, 1, Integer.MAX_VALUE);
    return EmbeddingPipeline.load(modules.subList(1, modules.size()), truncateDim, scope, loading);
  }

  /**
   * Returns the modules of a folder without modules.json.
   *
   * @param normalizes whether vectors are scaled to length 1
   */
  public EmbeddingPipeline plainPipeline(boolean normalizes) {
    return EmbeddingPipeline.of(Pooling.of(plainMode()), normalizes);
  }

  /** Returns how vectors are pooled without modules.json: {@code mean}, {@code cls}, ... */
  public String plainPooling() {
    return plainMode().label();
  }

  PoolingMode plainMode() {
    if (pooling != null) {
      return pooling;
    }
    ConfigReader json = StoredModel.of(transformer.folder()).config();
    return switch (json.stringOr("pooling_type", "")) {
      case "cls" -> PoolingMode.CLS;
      case "last" -> PoolingMode.LAST_TOKEN;
      case "mean" -> PoolingMode.MEAN;
      default -> isCausalLm(json) ? PoolingMode.LAST_TOKEN : PoolingMode.MEAN;
    };
  }

  /** Returns the modules, that of the transformer first; empty without modules.json. */
  List<ModuleEntry> modules() {
    return modules;
  }

  private static boolean isCausalLm(ConfigReader json) {
    return json.strings("architectures").stream()
            .limit(1)
            .anyMatch(name -> name.endsWith("ForCausalLM"))
        && json.boolOr("is_causal", true);
  }
}
