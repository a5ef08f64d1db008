package dev.rapt.gguf.architecture;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Names of tensors in GGUF and in a Hugging Face checkpoint, a pair on each line of a table:
 *
 * <pre>
 * token_embd     model.embed_tokens
 * blk.*.attn_q   model.layers.*.self_attn.q_proj   queries
 * </pre>
 *
 * <p>{@code *} is the number of a layer, {@code #} that of an expert. A name that ends in neither
 * {@code .weight} nor {@code .bias} stands for both. The third word is the {@link TensorLayout}.
 */
final class TensorNames {
  private static final Pattern LAYER = Pattern.compile("\\.(\\d{1,6})\\.");
  private static final Pattern SUFFIX = Pattern.compile("\\.(weight|bias)$");

  /**
   * A line of the table.
   *
   * @param gguf name in GGUF
   * @param release name in the checkpoint
   */
  record Rule(String gguf, String release, TensorLayout layout) {
    /** Returns whether the tensor has the matrices of all experts. */
    boolean isExperts() {
      return release.contains("#");
    }

    private boolean isWhole() {
      return SUFFIX.matcher(gguf).find();
    }
  }

  /**
   * A tensor that has a name in the table.
   *
   * @param layer number of the layer; empty if it belongs to none
   * @param suffix {@code .weight} or {@code .bias}; empty if the rule has it
   */
  record Match(Rule rule, String layer, String suffix) {
    /** Returns the name in the checkpoint, of this expert if it is one of several. */
    String release(int expert) {
      return rule.release.replace("*", layer).replace("#", Integer.toString(expert)) + suffix;
    }
  }

  private final Map<String, Rule> byName = new HashMap<>();
  private final List<Rule> rules = new ArrayList<>();

  private TensorNames() {}

  /** Reads a table. */
  static TensorNames of(String table) {
    TensorNames names = new TensorNames();
    table
        .lines()
        .map(String::strip)
        .filter(line -> !line.isEmpty())
        .forEach(line -> {
          String[] words = line.split(" +", 3);
          Rule rule =
              new Rule(
                  words[0],
                  words[1],
                  words.length == 2 ? TensorLayout.SAME : TensorLayout.named(words[2]));
          names.rules.add(rule);
          names.byName.put(rule.gguf(), rule);
        });
    return names;
  }

  /** Returns the lines of the table. */
  List<Rule> rules() {
    return rules;
  }

  /** Finds the line of a tensor in a GGUF file. */
  Optional<Match> find(String gguf) {
    String layer = "";
    String general = gguf;
    Matcher number = LAYER.matcher(gguf);
    if (number.find()) {
      layer = number.group(1);
      general = gguf.substring(0, number.start(1)) + "*" + gguf.substring(number.end(1));
    }
    @Nullable Rule whole = byName.get(general);
    if (whole != null && whole.isWhole()) {
      return Optional.of(new Match(whole, layer, ""));
    }
    Matcher suffix = SUFFIX.matcher(general);
    if (!suffix.find()) {
      return Optional.empty();
    }
    @Nullable Rule rule = byName.get(general.substring(0, suffix.start()));
    return rule == null ? Optional.empty() : Optional.of(new Match(rule, layer, suffix.group()));
  }
}
