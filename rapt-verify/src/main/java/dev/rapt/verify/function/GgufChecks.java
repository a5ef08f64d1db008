package dev.rapt.verify.function;

import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.gguf.GgufFile;
import dev.rapt.gguf.GgufTensor;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Shape;
import dev.rapt.verify.report.Comparison;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import tools.jackson.databind.JsonNode;

/** Compares GGUF files: metadata and tensors of all types, read, and quantised again. */
final class GgufChecks {
  private GgufChecks() {}

  /** Tensors of every type. */
  static void types(FunctionCase recorded) {
    try (Arena arena = Arena.ofConfined()) {
      String name = recorded.cases().get("file").stringValue();
      GgufFile file = GgufFile.map(recorded.folder().resolve(name), arena);
      for (JsonNode json : recorded.cases().get("tensors").values()) {
        String tensor = json.get("tensor").stringValue();
        recorded.call(
            tensor,
            differences -> {
              differences.same(
                  "type", json.get("type").stringValue(), file.tensor(tensor).type().name());
              values(recorded.tensor(tensor), file.tensor(tensor), differences);
              if (json.has("source")) {
                quantized(
                    recorded.tensor(json.get("source").stringValue()),
                    recorded.tensor("raw." + tensor),
                    file.tensor(tensor),
                    differences);
              }
            });
      }
    }
  }

  private static void values(
      TensorEntry want, GgufTensor tensor, FunctionCase.Differences differences) {
    differences.same("shape", want.shape(), tensor.shape());
    TensorEntry got = tensor.type().dtype().isPresent() ? tensor.entry() : unpacked(tensor);
    for (int i = 0; i < want.shape().numElements(); i++) {
      differences.add("[" + i + "]", Comparison.value(want, i), Comparison.value(got, i), 0);
    }
  }

  private static TensorEntry unpacked(GgufTensor tensor) {
    MemorySegment values =
        Arena.ofAuto().allocate(Float.BYTES * tensor.shape().numElements(), Float.BYTES);
    tensor.matrix().unpack(0, tensor.matrix().rows(), values);
    return new TensorEntry(tensor.name(), DType.F32, tensor.shape(), values);
  }

  /** Quantises the source again: the blocks must be those of the file. */
  private static void quantized(
      TensorEntry source,
      TensorEntry raw,
      GgufTensor tensor,
      FunctionCase.Differences differences) {
    float[] values = source.data().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
    MemorySegment blocks = Arena.ofAuto().allocate(raw.data().byteSize());
    tensor.type().quantize(values, blocks);
    differences.same("first byte that differs", -1L, blocks.mismatch(raw.data()));
  }

  /** Metadata of every type, in files of several kinds. */
  static void metadata(FunctionCase recorded) {
    JsonNode cases = recorded.cases();
    for (JsonNode json : cases.get("files").values()) {
      String name = json.get("file").stringValue();
      recorded.call(
          name,
          differences -> {
            try (Arena arena = Arena.ofConfined()) {
              GgufFile file = GgufFile.map(recorded.folder().resolve(name), arena);
              differences.same("version", json.get("version").intValue(), file.version());
              Map<String, Object> got = file.metadata().values();
              for (Map.Entry<String, JsonNode> want : cases.get("metadata").properties()) {
                same(
                    want.getKey(),
                    want.getValue(),
                    Objects.requireNonNullElse(got.get(want.getKey()), "nothing"),
                    differences);
              }
              if (!file.tensors().isEmpty()) {
                tensors(cases.get("tensors"), file, differences);
              }
            }
          });
    }
  }

  private static void same(
      String key, JsonNode want, Object got, FunctionCase.Differences differences) {
    if (want.isArray() && got instanceof List<?> list) {
      differences.same(key + ": elements", want.size(), list.size());
      for (int i = 0; i < list.size(); i++) {
        same(key + "[" + i + "]", want.get(i), list.get(i), differences);
      }
    } else if (got instanceof Float || got instanceof Double) {
      differences.add(key, want.doubleValue(), ((Number) got).doubleValue(), 0);
    } else {
      differences.same(key, want.asString(), String.valueOf(got));
    }
  }

  private static void tensors(JsonNode want, GgufFile file, FunctionCase.Differences differences) {
    for (Map.Entry<String, JsonNode> entry : want.properties()) {
      JsonNode json = entry.getValue();
      JsonNode shape = json.has("shape") ? json.get("shape") : json.get("shape_row_major");
      long[] dims = new long[shape.size()];
      for (int i = 0; i < dims.length; i++) {
        dims[i] = shape.get(i).longValue();
      }
      TensorEntry tensor = file.tensor(entry.getKey()).entry();
      differences.same(entry.getKey() + ": shape", Shape.of(dims), tensor.shape());
      JsonNode values = json.path("values");
      for (int i = 0; i < values.size(); i++) {
        differences.add(
            entry.getKey() + "[" + i + "]",
            values.get(i).doubleValue(),
            Comparison.value(tensor, i),
            0);
      }
    }
  }
}
