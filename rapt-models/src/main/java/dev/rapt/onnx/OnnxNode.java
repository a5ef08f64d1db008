package dev.rapt.onnx;

import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A node of a graph.
 *
 * @param name unique in most files; may be empty
 * @param operator what it computes: {@code MatMul}
 * @param scopes the modules in which PyTorch's exporter found it, outermost first, as that exporter
 *     writes them since 2.6: {@code ['', 'bert', 'bert.pooler', 'linear_12']}; empty if not stated
 * @param inputs names of the values that it reads; empty for one that is left out
 * @param outputs names of the values that it computes
 */
public record OnnxNode(
    String name,
    String operator,
    String scopes,
    List<String> inputs,
    List<String> outputs,
    Map<String, Attribute> attributes) {
  private static final Pattern SCOPES = Pattern.compile(".*'([^']*)', *'[^']*'\\]");
  private static final Pattern PATH = Pattern.compile("(?:fused )?/(.+)/[^/]*");

  /** Creates a node; copies the collections. */
  public OnnxNode {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
    attributes = Map.copyOf(attributes);
  }

  /**
   * A setting of a node: the field that its type does not use is 0, empty or null.
   *
   * @param tensor a constant
   */
  public record Attribute(
      long integer, float number, String text, List<Long> integers, @Nullable OnnxTensor tensor) {}

  /**
   * Returns the path of the module that it was part of in PyTorch: {@code
   * encoder.layer.0.attention.self.query}; empty if neither scopes nor name state it.
   */
  String module() {
    Matcher stated = SCOPES.matcher(scopes);
    return stated.matches() ? stated.group(1) : moduleIn(name);
  }

  /** Returns the module in the name of a node or value: {@code /bert/pooler/dense/Gemm}. */
  static String moduleIn(String name) {
    Matcher path = PATH.matcher(name);
    return path.matches() ? path.group(1).replace('/', '.') : "";
  }

  long integer(String attribute, long absent) {
    Attribute present = attributes.get(attribute);
    return present == null ? absent : present.integer();
  }

  float number(String attribute, float absent) {
    Attribute present = attributes.get(attribute);
    return present == null ? absent : present.number();
  }

  List<Long> integers(String attribute) {
    Attribute present = attributes.get(attribute);
    return present == null ? List.of() : present.integers();
  }

  String text(String attribute) {
    Attribute present = attributes.get(attribute);
    return present == null ? "" : present.text();
  }

  /** Returns the name and operator, as errors have them. */
  String label() {
    return name.isEmpty() ? operator : "%s (%s)".formatted(name, operator);
  }
}
