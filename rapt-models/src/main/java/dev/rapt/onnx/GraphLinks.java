package dev.rapt.onnx;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which nodes of a graph read which constants and values. Nodes that hand a constant on, as it is
 * or in another layout or type, are looked through.
 */
final class GraphLinks {
  /** Operators that hand their first input on. */
  private static final Set<String> PASSING =
      Set.of("Identity", "Cast", "Transpose", "DequantizeLinear");

  /** Operators between a product and the bias or the heads of its result. */
  private static final Set<String> AFTER_PRODUCT = Set.of("Cast", "Mul", "Div", "Add", "Identity");

  /**
   * A node that reads a constant.
   *
   * @param input position among its inputs
   * @param transposed whether it reads the transposed constant
   */
  record Use(OnnxNode node, int input, boolean transposed) {}

  /** A value that is a constant in some layout. */
  private record Operand(OnnxTensor constant, boolean transposed) {}

  private final Map<String, Operand> operands = new HashMap<>();
  private final Map<String, List<Use>> uses = new HashMap<>();
  private final Map<String, List<String>> otherNames = new HashMap<>();
  private final Map<String, OnnxNode> producers = new HashMap<>();
  private final Map<String, List<OnnxNode>> readers = new LinkedHashMap<>();

  GraphLinks(OnnxFile file) {
    file.constants().forEach((name, constant) -> operands.put(name, new Operand(constant, false)));
    for (OnnxNode node : file.nodes()) {
      for (String input : node.inputs()) {
        readers.computeIfAbsent(input, _ -> new ArrayList<>()).add(node);
      }
      node.outputs().forEach(output -> producers.put(output, node));
      Operand passed = passed(node);
      if (passed != null) {
        String output = node.outputs().getFirst();
        operands.put(output, passed);
        otherNames.computeIfAbsent(passed.constant().name(), _ -> new ArrayList<>()).add(output);
      } else {
        addUses(node);
      }
    }
  }

  /** Returns the constant that a node hands on; null if it computes something else. */
  private @Nullable Operand passed(OnnxNode node) {
    Operand first = node.inputs().isEmpty() ? null : operands.get(node.inputs().getFirst());
    if (first == null || node.outputs().isEmpty() || !PASSING.contains(node.operator())) {
      return null;
    }
    if (!node.operator().equals("Transpose")) {
      return first;
    }
    boolean isMatrix = first.constant().shape().rank() == 2;
    List<Long> order = node.integers("perm");
    return isMatrix && (order.isEmpty() || order.equals(List.of(1L, 0L)))
        ? new Operand(first.constant(), !first.transposed())
        : null;
  }

  private void addUses(OnnxNode node) {
    for (int i = 0; i < node.inputs().size(); i++) {
      Operand operand = operands.get(node.inputs().get(i));
      if (operand != null) {
        uses.computeIfAbsent(operand.constant().name(), _ -> new ArrayList<>())
            .add(new Use(node, i, operand.transposed()));
      }
    }
  }

  /** Returns the nodes that compute with a constant. */
  List<Use> uses(String constant) {
    return uses.getOrDefault(constant, List.of());
  }

  /** Returns the names of values that are a constant by another name. */
  List<String> otherNames(String constant) {
    return otherNames.getOrDefault(constant, List.of());
  }

  /** Returns the constant that a value is, in some layout; empty if it is computed. */
  Optional<OnnxTensor> constant(String value) {
    return Optional.ofNullable(operands.get(value)).map(Operand::constant);
  }

  /** Returns the node that computes a value. */
  Optional<OnnxNode> producer(String value) {
    return Optional.ofNullable(producers.get(value));
  }

  /**
   * Returns the nodes that read the result of a product, nearest first, up to those that are no
   * scaling, bias or change of type.
   */
  List<OnnxNode> after(OnnxNode product) {
    List<OnnxNode> found = new ArrayList<>();
    List<String> values = new ArrayList<>(product.outputs());
    for (int i = 0; i < values.size(); i++) {
      for (OnnxNode reader : readers.getOrDefault(values.get(i), List.of())) {
        if (!found.contains(reader)) {
          found.add(reader);
          if (AFTER_PRODUCT.contains(reader.operator())) {
            values.addAll(reader.outputs());
          }
        }
      }
    }
    return found;
  }
}
