package dev.rapt.model.convert;

import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.gguf.GgufFile;
import dev.rapt.gguf.GgufRows;
import dev.rapt.gguf.GgufValue;
import dev.rapt.gguf.GgufWriter;
import dev.rapt.gguf.architecture.Architectures;
import dev.rapt.gguf.architecture.GgufContent;
import dev.rapt.kernel.Bfloat16;
import dev.rapt.kernel.Workers;
import dev.rapt.model.CausalLm;
import dev.rapt.model.Encoder;
import dev.rapt.model.Model;
import dev.rapt.model.Seq2SeqLm;
import dev.rapt.model.load.StoredModel;
import dev.rapt.nn.Parameter;
import dev.rapt.quant.ggml.GgmlMatrix;
import dev.rapt.quant.ggml.GgmlType;
import dev.rapt.tokenizer.GgmlTokenizer;
import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.tokenizer.chat.ChatTemplate;
import dev.rapt.tokenizer.types.GgmlVocabulary;
import dev.rapt.tokenizer.types.TokenizerFileException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Writes models to GGUF files, with weights as they are or quantised. Weights are converted in
 * parts, not loaded as a whole. The file appears complete or not at all.
 */
public final class GgufConversion {
  /** Rows that are converted together. */
  private static final int PART_VALUES = 1 << 22;

  private static final String FILE_TYPE = "general.file_type";
  private static final String QUANTIZATION = "general.quantization_version";
  private static final int QUANTIZATION_VERSION = 2;

  /**
   * Result of a conversion.
   *
   * @param numTensors number of tensors
   * @param bytesWritten size of the tensors
   * @param tensorsByType number of tensors of each type
   * @param errors of each tensor that was quantised: the root mean square of the differences of its
   *     values, divided by that of the values
   */
  public record Result(
      int numTensors,
      long bytesWritten,
      Map<GgmlType, Integer> tensorsByType,
      Map<String, Double> errors) {}

  private final @Nullable GgmlTypes types;
  private final ModelConversion.Progress progress;
  private final Map<String, Double> errors = new LinkedHashMap<>();
  private long valuesDone;
  private long valuesInAll;

  private GgufConversion(@Nullable GgmlTypes types, ModelConversion.Progress progress) {
    this.types = types;
    this.progress = progress;
  }

  /**
   * Writes a model.
   *
   * @param types types of the matrices; null to keep those of the model
   * @throws CheckpointException if the model cannot be read, GGUF has no architecture for it, or
   *     the file cannot be written
   */
  public static Result run(
      StoredModel model, Path out, @Nullable GgmlTypes types, ModelConversion.Progress progress) {
    GgufConversion conversion = new GgufConversion(types, progress);
    if (StoredModel.isGguf(model.path())) {
      try (Arena arena = Arena.ofShared()) {
        return conversion.write(GgufContent.of(GgufFile.map(model.path(), arena)), out);
      }
    }
    ConfigReader config = model.config();
    Architectures.of(config); // before weights are loaded
    try (Model loaded = load(model)) {
      Map<String, Parameter> parameters = new LinkedHashMap<>();
      for (Parameter parameter : loaded.parameters().all()) {
        parameters.put(loaded.nameInClass(parameter), parameter);
      }
      Path name = model.path().toAbsolutePath().normalize().getFileName();
      return conversion.write(
          GgufContent.of(
              String.valueOf(name),
              config,
              parameters,
              tokenizer(model, config.requireInt("vocab_size"))),
          out);
    }
  }

  private static Model load(StoredModel model) {
    String type = model.config().requireString("model_type");
    if (Seq2SeqLm.isFamily(type)) {
      return Seq2SeqLm.load(model);
    }
    return CausalLm.isFamily(type) ? CausalLm.load(model) : Encoder.load(model);
  }

  private static Map<String, GgufValue> tokenizer(StoredModel model, int vocabSize) {
    if (!model.hasTokenizer()) {
      return Map.of("tokenizer.ggml.model", GgufValue.of("none"));
    }
    Tokenizer tokenizer = model.tokenizer();
    if (tokenizer.vocabSize() > vocabSize) {
      throw new TokenizerFileException(
          model.path().toString(),
          "",
          "must have at most %d tokens, as the model has, got %d"
              .formatted(vocabSize, tokenizer.vocabSize()),
          null);
    }
    GgmlVocabulary vocabulary =
        GgmlTokenizer.vocabulary(model.path().toString(), tokenizer, vocabSize);
    return GgufContent.tokenizer(
        vocabulary,
        GgmlTokenizer.remainder(tokenizer, vocabulary),
        model.chatTemplate().flatMap(ChatTemplate::source).orElse(null));
  }

  private Result write(GgufContent content, Path out) {
    Map<String, GgmlType> chosen = new LinkedHashMap<>();
    Map<String, GgufRows> byName = new LinkedHashMap<>();
    for (GgufRows rows : content.tensors()) {
      chosen.put(rows.name(), types == null ? rows.type() : types.of(rows));
      byName.put(rows.name(), rows);
      valuesInAll += rows.shape().numElements();
    }
    Map<String, GgufValue> metadata = new LinkedHashMap<>(content.metadata());
    if (types != null || !metadata.containsKey(FILE_TYPE)) {
      metadata.put(FILE_TYPE, GgufValue.of(GgmlTypes.fileType(chosen.values())));
      metadata.put(QUANTIZATION, GgufValue.of(QUANTIZATION_VERSION));
    }
    List<GgufWriter.Spec> specs =
        content.tensors().stream()
            .map(rows ->
                new GgufWriter.Spec(
                    rows.name(), Objects.requireNonNull(chosen.get(rows.name())), rows.shape()))
            .toList();
    GgufWriter.write(
        out,
        metadata,
        specs,
        (sink, spec) -> append(sink, spec, Objects.requireNonNull(byName.get(spec.name()))));
    Map<GgmlType, Integer> counts = new LinkedHashMap<>();
    chosen.values().forEach(type -> counts.merge(type, 1, Integer::sum));
    long bytes = specs.stream().mapToLong(GgufWriter.Spec::byteSize).sum();
    return new Result(specs.size(), bytes, counts, errors);
  }

  private void append(GgufWriter.Sink sink, GgufWriter.Spec spec, GgufRows rows)
      throws IOException {
    if (spec.type() == rows.type() && rows.raw() != null) {
      sink.append(rows.raw());
      advance(rows.shape().numElements());
      return;
    }
    int cols = Math.toIntExact(rows.cols());
    long rowBytes = spec.byteSize() / rows.rows();
    long step = Math.clamp(PART_VALUES / cols, 1, rows.rows());
    Squares squares = new Squares();
    try (Arena arena = Arena.ofShared()) {
      MemorySegment part = arena.allocate(step * rowBytes, Long.BYTES);
      for (long from = 0; from < rows.rows(); from += step) {
        long first = from;
        long count = Math.min(step, rows.rows() - from);
        Squares[] byRow = new Squares[(int) count];
        Workers.shared()
            .forRange(
                count,
                1,
                (a, b) -> {
                  float[] values = new float[cols];
                  for (long r = a; r < b; r++) {
                    MemorySegment row = part.asSlice(r * rowBytes, rowBytes);
                    rows.read(first + r, values);
                    encode(values, spec, row);
                    byRow[(int) r] = Squares.of(values, row, spec.type());
                  }
                });
        for (Squares row : byRow) { // in order, whatever the number of threads
          squares = squares.plus(row);
        }
        sink.append(part.asSlice(0, count * rowBytes));
        advance(count * cols);
      }
    }
    if (spec.type().dtype().isEmpty()) {
      errors.put(
          spec.name(),
          squares.values() == 0 ? 0 : Math.sqrt(squares.differences() / squares.values()));
    }
  }

  /** Sums of squares of values and of their differences after quantising. */
  private record Squares(double values, double differences) {
    Squares() {
      this(0, 0);
    }

    static Squares of(float[] values, MemorySegment row, GgmlType type) {
      if (type.dtype().isPresent()) {
        return new Squares();
      }
      float[] back = new float[values.length];
      new GgmlMatrix(row, type, 1, values.length).unpack(0, 1, MemorySegment.ofArray(back));
      double sum = 0;
      double difference = 0;
      for (int i = 0; i < back.length; i++) {
        sum += (double) values[i] * values[i];
        double d = (double) back[i] - values[i];
        difference += d * d;
      }
      return new Squares(sum, difference);
    }

    Squares plus(Squares other) {
      return new Squares(values + other.values, differences + other.differences);
    }
  }

  private void advance(long values) {
    valuesDone += values;
    progress.update(valuesDone, valuesInAll);
  }

  private static void encode(float[] values, GgufWriter.Spec spec, MemorySegment out) {
    switch (spec.type()) {
      case F32 -> MemorySegment.copy(values, 0, out, ValueLayout.JAVA_FLOAT, 0, values.length);
      case BF16 -> {
        for (int i = 0; i < values.length; i++) {
          out.setAtIndex(ValueLayout.JAVA_SHORT, i, Bfloat16.fromFloat(values[i]));
        }
      }
      case F16 -> {
        for (int i = 0; i < values.length; i++) {
          short half = Float.floatToFloat16(values[i]);
          if ((half & 0x7FFF) == 0x7C00 && Float.isFinite(values[i])) {
            throw new IllegalArgumentException(
                "%s: must be within 65504 to be stored in f16, got %s; use bf16"
                    .formatted(spec.name(), values[i]));
          }
          out.setAtIndex(ValueLayout.JAVA_SHORT, i, half);
        }
      }
      default -> spec.type().quantize(values, out);
    }
  }
}
