package dev.rapt.kernel;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Recorded tensors of one golden case: from {@code shared/golden} beside the checkout where it
 * exists, else the copy of its most useful tensors among the test resources.
 */
public final class GoldenTensors {
  private static final Pattern ENTRY =
      Pattern.compile(
          "\"([^\"]+)\":\\{\"dtype\":\"(F32|I64)\",\"shape\":\\[[0-9,]*\\],"
              + "\"data_offsets\":\\[([0-9]+),([0-9]+)\\]\\}");

  private final Map<String, float[]> floats = new LinkedHashMap<>();

  private GoldenTensors(byte[] file) {
    ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    int headerBytes = Math.toIntExact(bytes.getLong(0));
    Matcher entry = ENTRY.matcher(new String(file, 8, headerBytes, StandardCharsets.UTF_8));
    while (entry.find()) {
      int from = 8 + headerBytes + Integer.parseInt(entry.group(3));
      int width = entry.group(2).equals("F32") ? 4 : 8;
      float[] values =
          new float[(8 + headerBytes + Integer.parseInt(entry.group(4)) - from) / width];
      for (int i = 0; i < values.length; i++) {
        values[i] = width == 4 ? bytes.getFloat(from + 4 * i) : bytes.getLong(from + 8 * i);
      }
      floats.put(entry.group(1), values);
    }
  }

  /** The tensors of a case such as {@code ops/activations}. */
  public static GoldenTensors of(String name) {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path file = at.resolve("shared/golden").resolve(name).resolve("cases.safetensors");
      if (Files.exists(file)) {
        try {
          return new GoldenTensors(Files.readAllBytes(file));
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    }
    String resource = "/golden/" + name + "/cases.safetensors";
    try (InputStream in = GoldenTensors.class.getResourceAsStream(resource)) {
      return new GoldenTensors(in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Names of the tensors. */
  public Set<String> names() {
    return floats.keySet();
  }

  /** Values of a tensor, integers as floats. */
  public float[] get(String name) {
    float[] values = floats.get(name);
    if (values == null) {
      throw new IllegalArgumentException("golden: no tensor " + name + " among " + names());
    }
    return values;
  }
}
