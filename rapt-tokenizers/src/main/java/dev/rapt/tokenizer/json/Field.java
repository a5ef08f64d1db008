package dev.rapt.tokenizer.json;

import dev.rapt.tokenizer.types.TokenizerFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A JSON value with its file and path, which every error names. */
record Field(String file, String place, @Nullable JsonNode node) {

  Field get(String name) {
    JsonNode child = node == null ? null : node.get(name);
    return new Field(file, place.isEmpty() ? name : place + "." + name, child);
  }

  boolean isAbsent() {
    return node == null || node.isNull();
  }

  boolean has(String name) {
    return !get(name).isAbsent();
  }

  TokenizerFileException error(String mustBe) {
    String got =
        node == null
            ? "nothing"
            : node.isMissingNode() ? "an empty file" : node.isPojo() ? "a table" : node.toString();
    String shown = got.length() > 80 ? got.substring(0, 80) + "..." : got;
    return new TokenizerFileException(file, place, mustBe + ", got " + shown, null);
  }

  /** Runs an action; errors get the file and path of this field. */
  <T> T at(Supplier<T> action) {
    try {
      return action.get();
    } catch (TokenizerFileException e) {
      throw e;
    } catch (IllegalArgumentException e) {
      throw new TokenizerFileException(file, place, String.valueOf(e.getMessage()), e);
    }
  }

  private JsonNode present(boolean valid, String mustBe) {
    if (node == null || !valid) {
      throw error(mustBe);
    }
    return node;
  }

  JsonNode object() {
    return present(node != null && node.isObject(), "must be an object");
  }

  JsonNode array() {
    return present(node != null && node.isArray(), "must be an array");
  }

  String string() {
    return present(node != null && node.isString(), "must be a string").stringValue();
  }

  String string(String otherwise) {
    return isAbsent() ? otherwise : string();
  }

  @Nullable String stringOrNull() {
    return isAbsent() ? null : string();
  }

  boolean bool() {
    return present(node != null && node.isBoolean(), "must be true or false").booleanValue();
  }

  boolean bool(boolean otherwise) {
    return isAbsent() ? otherwise : bool();
  }

  /** Returns an integer from 0 to 2^31 - 1. */
  int count() {
    boolean valid =
        node != null && node.isIntegralNumber() && node.canConvertToInt() && node.intValue() >= 0;
    return present(valid, "must be a whole number of at least 0").intValue();
  }

  int count(int otherwise) {
    return isAbsent() ? otherwise : count();
  }

  double number() {
    boolean valid = node != null && node.isNumber() && Double.isFinite(node.doubleValue());
    return present(valid, "must be a finite number").doubleValue();
  }

  /** Returns a string of one character as a code point. */
  int character() {
    String text = string();
    if (text.codePointCount(0, text.length()) != 1) {
      throw error("must be one character");
    }
    return text.codePointAt(0);
  }

  <T> List<T> list(Function<Field, T> read) {
    List<T> result = new ArrayList<>();
    for (JsonNode element : array()) {
      result.add(read.apply(new Field(file, place + "[" + result.size() + "]", element)));
    }
    return result;
  }

  <T> @Nullable T orNull(Function<Field, T> read) {
    return isAbsent() ? null : read.apply(this);
  }
}
