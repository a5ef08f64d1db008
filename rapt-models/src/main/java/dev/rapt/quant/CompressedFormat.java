package dev.rapt.quant;

import dev.rapt.checkpoint.ConfigReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The format of the library compressed-tensors, which LLM Compressor and vLLM write. The matrix
 * {@code x} of a linear layer is stored as integers in words ({@code x_packed}), or as 8-bit
 * integers or floats under its own name, each with scales in {@code x_scale}.
 *
 * @param schemes how groups of layers are quantised
 */
public record CompressedFormat(List<Scheme> schemes) implements Quantization {
  private static final Set<String> FORMATS =
      Set.of(
          "pack-quantized",
          "int-quantized",
          "float-quantized",
          "naive-quantized",
          "mixed-precision",
          "dense");

  /**
   * How the weights of some layers are quantised.
   *
   * @param isFloat whether they are 8-bit floats, else integers
   * @param bits bits of a weight
   * @param isSymmetric whether there are no zero points
   * @param block rows and columns of a block that shares a scale; empty unless scales are of blocks
   */
  public record Scheme(boolean isFloat, int bits, boolean isSymmetric, List<Integer> block) {}

  static CompressedFormat parse(ConfigReader found) {
    requireFormat(found);
    String sparsity =
        found.object("sparsity_config").map(s -> s.stringOr("format", "dense")).orElse("dense");
    if (!sparsity.equals("dense")) {
      throw found.error(
          "sparsity_config.format",
          "must be dense, got %s; use a release without sparse weights".formatted(sparsity));
    }
    boolean isTransformed =
        found
            .object("transform_config")
            .flatMap(transforms -> transforms.object("config_groups"))
            .filter(groups -> !groups.keys().isEmpty())
            .isPresent();
    if (isTransformed) {
      throw found.error(
          "transform_config",
          "must be empty, got transforms of activations; use a release without them");
    }
    ConfigReader groups = found.requireObject("config_groups");
    List<Scheme> schemes = new ArrayList<>();
    for (String name : groups.keys()) {
      ConfigReader group = groups.requireObject(name);
      requireFormat(group);
      group.object("weights").ifPresent(weights -> schemes.add(scheme(weights)));
    }
    return new CompressedFormat(List.copyOf(schemes));
  }

  private static void requireFormat(ConfigReader found) {
    String format = found.stringOr("format", "dense");
    if (!FORMATS.contains(format)) {
      throw found.error(
          "format",
          ("must be pack-quantized, int-quantized, float-quantized, naive-quantized or"
                  + " mixed-precision, got %s; use a release of the model in one of these")
              .formatted(format));
    }
  }

  private static Scheme scheme(ConfigReader weights) {
    int bits = weights.intOr("num_bits", 8);
    boolean isFloat = weights.stringOr("type", "int").equals("float");
    if (isFloat ? bits != 8 : bits != 2 && bits != 4 && bits != 8) {
      throw weights.error(
          "num_bits",
          "must be 8 for floats, and 2, 4 or 8 for integers, got %d; use another release"
              .formatted(bits));
    }
    boolean inBlocks = weights.stringOr("strategy", "tensor").equals("block");
    List<Integer> block = inBlocks ? weights.ints("block_structure") : List.of();
    if (inBlocks && (block.size() != 2 || block.get(0) < 1 || block.get(1) < 1)) {
      throw weights.error("block_structure", "must be two sizes of at least 1, got " + block);
    }
    return new Scheme(isFloat, bits, weights.boolOr("symmetric", true), block);
  }

  /** Returns the bits of the integers of any layers. */
  public Set<Integer> integerBits() {
    return schemes.stream()
        .filter(scheme -> !scheme.isFloat())
        .map(Scheme::bits)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** Returns whether integers of so many bits have zero points in all layers. */
  public boolean needsZeroPoints(int bits) {
    return schemes.stream()
        .filter(scheme -> !scheme.isFloat() && scheme.bits() == bits)
        .noneMatch(Scheme::isSymmetric);
  }

  /** Returns the rows and columns of the blocks of floats; empty if there are none. */
  public List<Integer> block() {
    return schemes.stream()
        .map(Scheme::block)
        .filter(block -> !block.isEmpty())
        .findFirst()
        .orElse(List.of());
  }

  @Override
  public String label() {
    return "compressed-tensors, "
        + schemes.stream()
            .map(scheme -> (scheme.isFloat() ? "fp" : "int") + scheme.bits())
            .distinct()
            .collect(Collectors.joining(" and "));
  }
}
