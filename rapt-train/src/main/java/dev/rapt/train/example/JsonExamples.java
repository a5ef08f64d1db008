package dev.rapt.train.example;

import dev.rapt.checkpoint.JsonFiles;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The objects of a JSON file, one in memory at a time: the elements of an array, or objects one
 * after the other. The line of an example is that on which its object begins.
 */
final class JsonExamples implements ExampleSource {
  /** An object is followed by others. */
  static final JsonMapper MAPPER =
      JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  private final Path file;
  private final JsonParser parser;
  private boolean hasBegun;
  private boolean isArray;

  private JsonExamples(Path file, JsonParser parser) {
    this.file = file;
    this.parser = parser;
  }

  static JsonExamples open(Path file) throws IOException {
    return new JsonExamples(file, MAPPER.createParser(stream(file)));
  }

  /** Returns whether a file holds an array, rather than an object. */
  static boolean isArray(Path file) throws IOException {
    try (JsonExamples examples = open(file)) {
      return examples.token() == JsonToken.START_ARRAY;
    }
  }

  /** Opens a file, compressed by gzip if its name ends in {@code .gz}. */
  static InputStream stream(Path file) throws IOException {
    InputStream raw = new BufferedInputStream(Files.newInputStream(file));
    if (!file.toString().endsWith(".gz")) {
      return raw;
    }
    try {
      return new GZIPInputStream(raw);
    } catch (ZipException | EOFException e) {
      raw.close();
      throw ExampleLines.damaged(file, 1, e);
    }
  }

  @Override
  public @Nullable Example next() {
    JsonToken token = token();
    if (!hasBegun && token == JsonToken.START_ARRAY) {
      isArray = true;
      token = token();
    }
    hasBegun = true;
    if (isArray && token == JsonToken.END_ARRAY) {
      isArray = false;
      token = token();
    }
    if (token == null) {
      return null;
    }
    long line = parser.currentTokenLocation().getLineNr();
    JsonNode node = value(line);
    if (!(node instanceof ObjectNode object)) {
      throw new ExampleException(
          file,
          line,
          "must be an array of JSON objects, {\"text\": ..., \"label\": ...}, got %s in it"
              .formatted(node.getNodeType()));
    }
    return new Example(file, line, object);
  }

  private @Nullable JsonToken token() {
    try {
      return parser.nextToken();
    } catch (JacksonException e) {
      throw broken(e);
    }
  }

  private JsonNode value(long line) {
    try {
      return MAPPER.readTree(parser);
    } catch (JacksonException e) {
      throw new ExampleException(file, line, "must be a JSON object, but " + JsonFiles.describe(e));
    }
  }

  private ExampleException broken(JacksonException e) {
    return new ExampleException(
        file,
        e.getLocation() == null ? 1 : Math.max(1, e.getLocation().getLineNr()),
        "must be an array of JSON objects, but " + JsonFiles.describe(e));
  }

  @Override
  public void close() throws IOException {
    parser.close();
  }
}
