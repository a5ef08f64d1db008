package dev.rapt.text.embed;

import dev.rapt.checkpoint.ConfigReader;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The prompts of a model, which are put before its texts, by name. */
public final class NamedPrompts {
  private final Map<String, String> byName;
  private final String byDefault;

  private NamedPrompts(Map<String, String> byName, String byDefault) {
    this.byName = byName;
    this.byDefault = byDefault;
    byName.putIfAbsent("query", "");
    byName.putIfAbsent("document", "");
  }

  /** Reads {@code prompts} and {@code default_prompt_name}. */
  static NamedPrompts parse(ConfigReader json) {
    Map<String, String> byName = new TreeMap<>();
    json.object("prompts")
        .ifPresent(prompts ->
            prompts.keys().forEach(name -> byName.put(name, prompts.stringOr(name, ""))));
    NamedPrompts prompts = new NamedPrompts(byName, "");
    String name = json.stringOr("default_prompt_name", "");
    if (name.isEmpty()) {
      return prompts;
    }
    if (!byName.containsKey(name)) {
      throw json.error(
          "default_prompt_name", "must be one of %s, got %s".formatted(prompts.names(), name));
    }
    return new NamedPrompts(byName, prompts.get(name));
  }

  /** Returns the names; {@code query} and {@code document} are always among them. */
  public Set<String> names() {
    return Collections.unmodifiableSet(byName.keySet());
  }

  /**
   * Returns the prompt of a name; empty where the model has none for it.
   *
   * @throws IllegalArgumentException if there is no such name
   */
  public String get(String name) {
    String prompt = byName.get(name);
    if (prompt == null) {
      throw new IllegalArgumentException(
          "prompt name: must be one of %s, got %s".formatted(names(), name));
    }
    return prompt;
  }

  /** Returns the prompt that is used where no other is given; empty for none. */
  public String byDefault() {
    return byDefault;
  }
}
