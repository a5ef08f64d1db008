package dev.rapt.tokenizer.json;

import dev.rapt.tokenizer.types.AddedToken;
import dev.rapt.tokenizer.types.TokenizerFileException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * The settings of a tokenizer folder: tokenizer_config.json, special_tokens_map.json and
 * added_tokens.json. Each file is optional.
 */
public final class TokenizerConfig {
  private static final String CONFIG_FILE = "tokenizer_config.json";

  private static final String LISTED = "added_tokens_decoder";
  private static final String EXTRA = "extra_special_tokens";

  private static final int MAX_COUNT = 1 << 16; // tokens that a setting can add

  /** Names of special tokens in the order in which the Python library adds them. */
  private static final List<String> STANDARD_NAMES =
      List.of(
          "bos_token",
          "eos_token",
          "unk_token",
          "sep_token",
          "pad_token",
          "cls_token",
          "mask_token");

  private final Path folder;
  private final Field config;
  private final Field specialTokens;
  private final Field addedTokens;
  private final Map<String, AddedToken> defaults;

  private TokenizerConfig(Path folder) {
    this.folder = folder;
    config = rootOrEmpty(folder.resolve(CONFIG_FILE));
    specialTokens = rootOrEmpty(folder.resolve("special_tokens_map.json"));
    addedTokens = rootOrEmpty(folder.resolve("added_tokens.json"));
    defaults = Map.of();
  }

  private TokenizerConfig(TokenizerConfig other, Map<String, AddedToken> defaults) {
    folder = other.folder;
    config = other.config;
    specialTokens = other.specialTokens;
    addedTokens = other.addedTokens;
    this.defaults = defaults;
  }

  /**
   * Reads the files of a folder.
   *
   * @throws TokenizerFileException if a file is not a JSON object
   */
  public static TokenizerConfig read(Path folder) {
    return new TokenizerConfig(folder);
  }

  /** Returns a copy in which these tokens have a name unless the files say otherwise. */
  public TokenizerConfig withDefaults(Map<String, AddedToken> named) {
    return new TokenizerConfig(this, new LinkedHashMap<>(named));
  }

  private static Field rootOrEmpty(Path path) {
    return Files.exists(path)
        ? TokenizerReader.root(path)
        : new Field(path.toString(), "", JsonNodeFactory.instance.objectNode());
  }

  /** Returns special tokens by name, like {@code bos_token}. */
  public Map<String, String> tokenNames() {
    Map<String, String> names = new LinkedHashMap<>();
    namedTokens().forEach((name, token) -> names.put(name, token.content()));
    return names;
  }

  /** Returns special tokens by name; null in a file takes the name from a default. */
  Map<String, AddedToken> namedTokens() {
    Map<String, AddedToken> named = new LinkedHashMap<>(defaults);
    boolean lists = config.has(LISTED);
    for (Field root : lists ? List.of(specialTokens, config) : List.of(config, specialTokens)) {
      for (String name : root.object().propertyNames()) {
        if (name.endsWith("_token")) {
          put(named, name, root.get(name));
        }
      }
      Field extra = root.get(EXTRA);
      if (extra.node() != null && extra.node().isObject()) {
        extra.node().propertyNames().forEach(name -> put(named, name, extra.get(name)));
      }
    }
    Map<String, AddedToken> inOrder = new LinkedHashMap<>();
    for (String name : STANDARD_NAMES) {
      if (named.containsKey(name)) {
        inOrder.put(name, named.get(name));
      }
    }
    named.forEach(inOrder::putIfAbsent);
    return inOrder;
  }

  private static void put(Map<String, AddedToken> named, String name, Field field) {
    if (field.isAbsent()) {
      named.remove(name);
    } else if (content(field) != null) {
      named.put(name, special(field));
    }
  }

  /** Returns the special token with a name. */
  public Optional<String> token(String name) {
    return Optional.ofNullable(tokenNames().get(name));
  }

  private static @Nullable String content(Field field) {
    JsonNode node = field.node();
    Field text = node != null && node.isObject() ? field.get("content") : field;
    return text.node() != null && text.node().isString() ? text.string() : null;
  }

  /** Reads a special token: its text, or an object with its flags. */
  private static AddedToken special(Field field) {
    if (field.node() == null || !field.node().isObject()) {
      return AddedToken.special(0, field.string());
    }
    return new AddedToken(
        0,
        field.get("content").string(),
        field.get("single_word").bool(false),
        field.get("lstrip").bool(false),
        field.get("rstrip").bool(false),
        field.get("normalized").bool(false),
        true);
  }

  /**
   * Returns the tokenizer class of the Python library without its suffix Fast: that of
   * tokenizer_config.json, or else of config.json, or else that of its model_type; empty if none
   * says.
   */
  public String tokenizerClass() {
    String named = config.get("tokenizer_class").string("");
    if (named.isEmpty()) {
      named = modelConfig().get("tokenizer_class").string("");
    }
    return named.isEmpty() ? ModelClasses.of(modelType()) : named.replaceFirst("Fast$", "");
  }

  /** Returns the class in the code that comes with the model; empty if there is none. */
  public String remoteClass() {
    JsonNode map = config.get("auto_map").node();
    JsonNode reference = map != null && map.isObject() ? map.get("AutoTokenizer") : map;
    if (reference != null && reference.isArray()) {
      reference = reference.valueStream().filter(JsonNode::isString).findFirst().orElse(reference);
    }
    String name = reference != null && reference.isString() ? reference.stringValue() : "";
    return name.substring(name.lastIndexOf('.') + 1);
  }

  /** Returns the model_type of config.json; of an encoder-decoder, that of the encoder. */
  public String modelType() {
    Field model = modelConfig();
    String type = model.get("model_type").string("");
    boolean hasEncoder = type.equals("encoder-decoder") && model.has("encoder");
    return hasEncoder ? model.get("encoder").get("model_type").string("") : type;
  }

  /** Returns the size of the vocabulary in config.json; 0 if it says none. */
  public int modelVocabSize() {
    return modelConfig().get("vocab_size").count(0);
  }

  /** Returns whether the folder has a file of this name. */
  public boolean hasFile(String name) {
    return Files.exists(folder.resolve(name));
  }

  private Field modelConfig() {
    return rootOrEmpty(folder.resolve("config.json"));
  }

  /** Returns whether a setting is given and not null. */
  public boolean has(String name) {
    return config.has(name);
  }

  /** Returns a boolean setting. */
  public boolean flag(String name, boolean otherwise) {
    return config.get(name).bool(otherwise);
  }

  /** Returns a string setting. */
  public String text(String name, String otherwise) {
    return config.get(name).string(otherwise);
  }

  /** Returns a setting that is a number of tokens, at most 65,536. */
  public int count(String name, int otherwise) {
    int count = config.get(name).count(otherwise);
    if (count > MAX_COUNT) {
      throw config.get(name).error("must be at most " + MAX_COUNT);
    }
    return count;
  }

  /** Returns special tokens without a name. */
  List<AddedToken> extraTokens() {
    List<AddedToken> tokens = new ArrayList<>();
    for (Field root : List.of(config, specialTokens)) {
      for (String name : List.of(EXTRA, "additional_special_tokens")) {
        Field field = root.get(name);
        if (field.node() != null && field.node().isArray()) {
          tokens.addAll(field.list(TokenizerConfig::special));
        }
      }
    }
    return tokens;
  }

  /** Returns the tokens that tokenizer_config.json lists in {@code added_tokens_decoder}, by id. */
  public List<AddedToken> addedTokens() {
    List<AddedToken> tokens = new ArrayList<>();
    Field decoder = config.get(LISTED);
    if (!decoder.isAbsent()) {
      for (String id : decoder.object().propertyNames()) {
        Field token = decoder.get(id);
        if (!id.matches("\\d{1,9}")) {
          throw token.error("must be at an id, a whole number of at least 0");
        }
        tokens.add(TokenizerReader.addedToken(token, Integer.parseInt(id)));
      }
    }
    tokens.sort(Comparator.comparingInt(AddedToken::id));
    return tokens;
  }

  /** Returns the tokens of {@link #addedTokens}, or else of added_tokens.json, by id. */
  public List<AddedToken> listedTokens() {
    if (config.has(LISTED)) {
      return addedTokens();
    }
    List<AddedToken> tokens = new ArrayList<>();
    Map<String, AddedToken> special = new LinkedHashMap<>();
    namedTokens().values().forEach(token -> special.put(token.content(), token));
    extraTokens().forEach(token -> special.putIfAbsent(token.content(), token));
    for (String content : addedTokens.object().propertyNames()) {
      int id = addedTokens.get(content).count();
      boolean isSpecial = special.containsKey(content);
      tokens.add(new AddedToken(id, content, false, false, false, !isSpecial, isSpecial));
    }
    tokens.sort(Comparator.comparingInt(AddedToken::id));
    return tokens;
  }

  /** Returns the chat templates by name; a single one is called {@code default}. */
  public Map<String, String> chatTemplates() {
    Field field = config.get("chat_template");
    Map<String, String> templates = new LinkedHashMap<>();
    JsonNode node = field.node();
    if (field.isAbsent() || node == null) {
      return templates;
    }
    if (node.isArray()) {
      field.list(each -> templates.put(each.get("name").string(), each.get("template").string()));
    } else if (node.isObject()) {
      node.propertyNames().forEach(name -> templates.put(name, field.get(name).string()));
    } else {
      templates.put("default", field.string());
    }
    return templates;
  }
}
