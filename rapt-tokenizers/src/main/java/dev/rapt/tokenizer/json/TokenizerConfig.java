package dev.rapt.tokenizer.json;

import dev.rapt.tokenizer.types.AddedToken;
import dev.rapt.tokenizer.types.TokenizerFileException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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

  private static final int MAX_COUNT = 1 << 16; // tokens that a setting can add

  private final Field config;
  private final Field specialTokens;
  private final Field addedTokens;

  private TokenizerConfig(Path folder) {
    config = rootOrEmpty(folder.resolve(CONFIG_FILE));
    specialTokens = rootOrEmpty(folder.resolve("special_tokens_map.json"));
    addedTokens = rootOrEmpty(folder.resolve("added_tokens.json"));
  }

  /**
   * Reads the files of a folder.
   *
   * @throws TokenizerFileException if a file is not a JSON object
   */
  public static TokenizerConfig read(Path folder) {
    return new TokenizerConfig(folder);
  }

  private static Field rootOrEmpty(Path path) {
    return Files.exists(path)
        ? TokenizerReader.root(path)
        : new Field(path.toString(), "", JsonNodeFactory.instance.objectNode());
  }

  /** Returns special tokens by name, like {@code bos_token}. */
  public Map<String, String> tokenNames() {
    Map<String, String> names = new LinkedHashMap<>();
    for (Field root : List.of(specialTokens, config)) {
      for (String name : root.object().propertyNames()) {
        String token = name.endsWith("_token") ? content(root.get(name)) : null;
        if (token != null) {
          names.put(name, token);
        }
      }
    }
    return names;
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

  /** Returns the tokenizer class of the Python library; empty if it is not given. */
  public String tokenizerClass() {
    return config.get("tokenizer_class").string("");
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

  /** Returns a setting that is a list of tokens; empty if it is missing. */
  public List<String> texts(String name) {
    Field field = config.has(name) ? config.get(name) : specialTokens.get(name);
    if (field.isAbsent()) {
      return List.of();
    }
    List<String> texts = new ArrayList<>();
    for (Field element : field.list(f -> f)) {
      String text = content(element);
      if (text == null) {
        throw element.error("must be a token");
      }
      texts.add(text);
    }
    return texts;
  }

  /** Returns the tokens that tokenizer_config.json lists in {@code added_tokens_decoder}. */
  public List<AddedToken> addedTokens() {
    List<AddedToken> tokens = new ArrayList<>();
    Field decoder = config.get("added_tokens_decoder");
    if (!decoder.isAbsent()) {
      for (String id : decoder.object().propertyNames()) {
        Field token = decoder.get(id);
        if (!id.matches("\\d{1,9}")) {
          throw token.error("must be at an id, a whole number of at least 0");
        }
        tokens.add(TokenizerReader.addedToken(token, Integer.parseInt(id)));
      }
    }
    return tokens;
  }

  /** Returns the tokens and ids that added_tokens.json lists. */
  public Map<String, Integer> addedTokenIds() {
    Map<String, Integer> ids = new LinkedHashMap<>();
    for (String token : addedTokens.object().propertyNames()) {
      ids.put(token, addedTokens.get(token).count());
    }
    return ids;
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
