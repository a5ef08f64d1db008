package dev.rapt.fuzz;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Random changes to bytes, text and JSON. The same random numbers give the same changes. */
public final class Mutations {
  private static final JsonMapper MAPPER = JsonMapper.shared();

  /** JSON values that readers tend to forget. */
  private static final List<String> ODD_VALUES =
      List.of(
          "null",
          "true",
          "false",
          "0",
          "-1",
          "1",
          "0.5",
          "-0.0",
          "1e308",
          "1e999",
          "2147483647",
          "2147483648",
          "-2147483648",
          "9223372036854775807",
          "123456789012345678901234567890",
          "\"\"",
          "\" \"",
          "\"a\"",
          "\"\\u0000\"",
          "\"\\ud800\"",
          "\"\\ud83d\\ude00\"",
          "\"(\"",
          "\"(a*)*$\"",
          "\"[[\"",
          "[]",
          "{}",
          "[null]",
          "[[]]",
          "{\"type\": \"Sequence\"}",
          "{\"type\": null}");

  /** Placeholder for arrays nested too deeply to build as a tree. */
  private static final String DEEP = "@deep@";

  private final RandomGenerator random;

  /**
   * Creates mutations.
   *
   * @param random decides what changes
   */
  public Mutations(RandomGenerator random) {
    this.random = random;
  }

  /** Returns one of the values. */
  public <T> T choose(List<T> values) {
    return values.get(random.nextInt(values.size()));
  }

  /** Returns a copy with one to four changes: bytes flipped, removed, inserted, copied, cut off. */
  public byte[] bytes(byte[] source) {
    byte[] bytes = source;
    for (int i = 1 + random.nextInt(4); i > 0; i--) {
      int from = random.nextInt(bytes.length + 1);
      int to = Math.min(bytes.length, from + random.nextInt(16));
      bytes =
          switch (random.nextInt(6)) {
            case 0 -> Arrays.copyOf(bytes, from);
            case 1 -> spliced(bytes, from, to, new byte[0]);
            case 2 -> spliced(bytes, from, from, Arrays.copyOfRange(bytes, from, to));
            case 3 -> {
              byte[] noise = new byte[1 + random.nextInt(4)];
              random.nextBytes(noise);
              yield spliced(bytes, from, from, noise);
            }
            default -> {
              byte[] changed = bytes.clone();
              if (from < changed.length) {
                changed[from] =
                    (byte)
                        (random.nextBoolean()
                            ? random.nextInt()
                            : changed[from] ^ 1 << random.nextInt(8));
              }
              yield changed;
            }
          };
    }
    return bytes;
  }

  private static byte[] spliced(byte[] bytes, int from, int to, byte[] middle) {
    byte[] result = Arrays.copyOf(bytes, bytes.length - (to - from) + middle.length);
    System.arraycopy(middle, 0, result, from, middle.length);
    System.arraycopy(bytes, to, result, from + middle.length, bytes.length - to);
    return result;
  }

  /**
   * Returns a copy with one to four changes: parts removed, repeated or moved, fragments inserted.
   *
   * @param fragments what is inserted
   */
  public String text(String source, List<String> fragments) {
    StringBuilder text = new StringBuilder(source);
    for (int i = 1 + random.nextInt(4); i > 0; i--) {
      int from = random.nextInt(text.length() + 1);
      int to = Math.min(text.length(), from + random.nextInt(24));
      String part = text.substring(from, to);
      switch (random.nextInt(5)) {
        case 0 -> text.delete(from, to);
        case 1 -> text.insert(random.nextInt(text.length() + 1), part);
        case 2 -> text.setLength(random.nextInt(8) == 0 ? from : text.length());
        default -> text.replace(from, random.nextBoolean() ? from : to, choose(fragments));
      }
    }
    return text.toString();
  }

  /** Returns JSON text with one to three values replaced, removed, renamed or copied elsewhere. */
  public String json(String source) {
    JsonNode root = MAPPER.readTree(source);
    for (int i = 1 + random.nextInt(3); i > 0; i--) {
      List<JsonNode> containers = new ArrayList<>();
      collect(root, containers);
      if (!containers.isEmpty()) {
        change(choose(containers), containers);
      }
    }
    int depth = random.nextBoolean() ? 400 : 3000; // below and above the limit of JSON parsers
    return root.toString().replace("\"" + DEEP + "\"", "[".repeat(depth) + "]".repeat(depth));
  }

  private static void collect(JsonNode node, List<JsonNode> containers) {
    if (node.isContainer() && !node.isEmpty()) {
      containers.add(node);
      node.forEach(child -> collect(child, containers));
    }
  }

  private void change(JsonNode container, List<JsonNode> others) {
    JsonNode value = random.nextInt(4) == 0 ? part(choose(others)) : oddValue();
    int at = random.nextInt(container.size());
    int action = random.nextInt(8);
    if (container instanceof ArrayNode array) {
      switch (action) {
        case 0 -> array.remove(at);
        case 1 -> array.insert(at, value);
        default -> array.set(at, action < 4 ? similar(array.get(at)) : value);
      }
    } else if (container instanceof ObjectNode object) {
      String name = object.propertyNames().stream().skip(at).findFirst().orElseThrow();
      switch (action) {
        case 0 -> object.remove(name);
        case 1 -> object.set(name + "x", object.remove(name));
        default -> object.set(name, action < 4 ? similar(object.get(name)) : value);
      }
    }
  }

  private JsonNode part(JsonNode container) {
    return container
        .valueStream()
        .skip(random.nextInt(container.size()))
        .findFirst()
        .orElseThrow()
        .deepCopy();
  }

  private JsonNode oddValue() {
    return random.nextInt(100) == 0 ? MAPPER.stringNode(DEEP) : MAPPER.readTree(choose(ODD_VALUES));
  }

  /** A value of the same type that differs a little. */
  private JsonNode similar(JsonNode node) {
    if (node.isString()) {
      return MAPPER.stringNode(
          text(
              node.stringValue(),
              List.of("", " ", "a", "\u2581", "é", "\uD83D\uDE00", "<", "\\", "#")));
    }
    if (node.canConvertToLong() && node.isIntegralNumber()) {
      return MAPPER.getNodeFactory().numberNode(node.longValue() + random.nextInt(-2, 3));
    }
    return node.isBoolean() ? MAPPER.booleanNode(!node.booleanValue()) : oddValue();
  }
}
