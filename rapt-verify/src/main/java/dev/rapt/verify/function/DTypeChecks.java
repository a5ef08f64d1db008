package dev.rapt.verify.function;

import dev.rapt.checkpoint.Checkpoint;
import dev.rapt.checkpoint.SafetensorsFile;
import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.kernel.Float8;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Shape;
import dev.rapt.verify.report.Comparison;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Compares safetensors files of all element types, of other writers, and in shards. */
final class DTypeChecks {
  private static final String SHARDED = "sharded:";

  private DTypeChecks() {}

  static void run(FunctionCase recorded) {
    try (Arena arena = Arena.ofConfined();
        Checkpoint shards = Checkpoint.open(recorded.folder())) {
      SafetensorsFile file = open(recorded, "dtypes", arena);
      JsonNode expected = recorded.cases().get("expected");
      for (Map.Entry<String, JsonNode> entry : expected.properties()) {
        String name = entry.getKey();
        recorded.call(
            name,
            differences -> {
              TensorEntry tensor =
                  name.startsWith(SHARDED)
                      ? shards.entry(name.substring(SHARDED.length()))
                      : file.entry(name);
              compare(tensor, entry.getValue(), differences);
            });
      }
      recorded.call(
          "names",
          differences ->
              differences.add(
                  "number", expected.size(), file.names().size() + shards.names().size(), 0));
      recorded.call("metadata", differences -> metadata(recorded, file, differences));
      recorded.call("other writers", differences -> others(recorded, arena, differences));
    }
  }

  private static SafetensorsFile open(FunctionCase recorded, String name, Arena arena) {
    return SafetensorsFile.map(recorded.folder().resolve(name + ".safetensors"), arena);
  }

  private static void compare(
      TensorEntry tensor, JsonNode expected, FunctionCase.Differences differences) {
    JsonNode shape = expected.get("shape");
    long[] dims = new long[shape.size()];
    for (int i = 0; i < dims.length; i++) {
      dims[i] = shape.get(i).longValue();
    }
    differences.same(tensor.name() + ": shape", Shape.of(dims), tensor.shape());
    String type = expected.get("dtype").stringValue();
    differences.same(tensor.name() + ": type", type, nameOf(tensor.dtype()));
    JsonNode values = expected.get("values");
    differences.same(
        tensor.name() + ": elements", (long) values.size(), tensor.shape().numElements());
    for (int i = 0; i < values.size(); i++) {
      JsonNode want = values.get(i);
      if (tensor.dtype().isFloat()) {
        differences.same(tensor.name() + "[" + i + "]", toDouble(want), real(tensor, i));
      } else {
        differences.same(tensor.name() + "[" + i + "]", want.asString(), whole(tensor, i));
      }
    }
  }

  /** The name of a type in PyTorch. */
  private static String nameOf(DType type) {
    return switch (type) {
      case F64 -> "float64";
      case F32 -> "float32";
      case F16 -> "float16";
      case BF16 -> "bfloat16";
      case F8_E4M3 -> "float8_e4m3fn";
      case F8_E5M2 -> "float8_e5m2";
      case I64 -> "int64";
      case I32 -> "int32";
      case I16 -> "int16";
      case I8 -> "int8";
      case U64 -> "uint64";
      case U32 -> "uint32";
      case U16 -> "uint16";
      case U8 -> "uint8";
      case BOOL -> "bool";
    };
  }

  private static double toDouble(JsonNode value) {
    return switch (value.asString()) {
      case "inf" -> Double.POSITIVE_INFINITY;
      case "-inf" -> Double.NEGATIVE_INFINITY;
      case "nan" -> Double.NaN;
      default -> Double.parseDouble(value.asString());
    };
  }

  private static double real(TensorEntry tensor, int i) {
    return switch (tensor.dtype()) {
      case F8_E4M3, F8_E5M2 ->
          Float8.toFloat(tensor.dtype(), tensor.data().get(ValueLayout.JAVA_BYTE, i));
      default -> Comparison.value(tensor, i);
    };
  }

  private static String whole(TensorEntry tensor, int i) {
    return switch (tensor.dtype()) {
      case I64 -> Long.toString(tensor.data().getAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, i));
      case U64 ->
          Long.toUnsignedString(tensor.data().getAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, i));
      case BOOL -> Boolean.toString(Comparison.value(tensor, i) != 0);
      default -> Long.toString((long) Comparison.value(tensor, i));
    };
  }

  private static void metadata(
      FunctionCase recorded, SafetensorsFile file, FunctionCase.Differences differences) {
    JsonNode want = recorded.cases().get("metadata_of_dtypes");
    differences.add("entries", want.size(), file.metadata().size(), 0);
    for (Map.Entry<String, JsonNode> entry : want.properties()) {
      String got = file.metadata().getOrDefault(entry.getKey(), "nothing");
      differences.same(entry.getKey(), entry.getValue().stringValue(), got);
    }
  }

  /** Small files of other writers; {@code files} in cases.json lists their contents. */
  private static void others(
      FunctionCase recorded, Arena arena, FunctionCase.Differences differences) {
    SafetensorsFile spaces = open(recorded, "header_with_spaces", arena);
    differences.add("header_with_spaces a[0]", 1.5, Comparison.value(spaces.entry("a"), 0), 0);
    differences.add("header_with_spaces a[1]", -2, Comparison.value(spaces.entry("a"), 1), 0);
    SafetensorsFile unordered = open(recorded, "unordered_header", arena);
    differences.add("unordered_header a", 1, Comparison.value(unordered.entry("a"), 0), 0);
    differences.add("unordered_header b", 2, Comparison.value(unordered.entry("b"), 0), 0);
    SafetensorsFile escapes = open(recorded, "unicode_escapes", arena);
    differences.add("unicode_escapes", 1, Comparison.value(escapes.entry("a😀"), 0), 0);
    SafetensorsFile none = open(recorded, "no_tensors", arena);
    differences.add("no_tensors", 0, none.names().size(), 0);
  }
}
