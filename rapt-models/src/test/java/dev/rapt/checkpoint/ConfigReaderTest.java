package dev.rapt.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigReaderTest {
  @TempDir Path temp;

  private ConfigReader config(String json) throws IOException {
    Path file = temp.resolve("config.json");
    Files.writeString(file, json);
    return ConfigReader.of(file);
  }

  private static void assertFails(ThrowingCallable call, String message) {
    assertThatThrownBy(call)
        .isInstanceOf(CheckpointException.class)
        .hasMessage("config.json: " + message);
  }

  @Test
  void valuesAreReadByType() throws IOException {
    ConfigReader config =
        config(
            "{\"a\": 3, \"b\": 1e-5, \"c\": \"x\", \"d\": true, \"e\": {\"f\": 2}, \"g\": null,"
                + " \"h\": [1, 2], \"i\": [0.5, Infinity]}");
    assertThat(config.requireInt("a", 1, 3)).isEqualTo(3);
    assertThat(config.requireDouble("a")).isEqualTo(3.0);
    assertThat(config.doubleOr("b", 1)).isEqualTo(1e-5);
    assertThat(config.requireString("c")).isEqualTo("x");
    assertThat(config.boolOr("d", false)).isTrue();
    assertThat(config.requireObject("e").requireInt("f")).isEqualTo(2);
    assertThat(config.has("g")).isFalse();
    assertThat(config.intOr("g", 7)).isEqualTo(7);
    assertThat(config.optionalString("none")).isEmpty();
    assertThat(config.ints("h")).isEqualTo(List.of(1, 2));
    assertThat(config.ints("a")).isEqualTo(List.of(3));
    assertThat(config.doubles("i")).isEqualTo(List.of(0.5, Double.POSITIVE_INFINITY));
    assertThat(config.strings("none")).isEmpty();
  }

  @Test
  void errorsNameFileKeyRuleAndValue() throws IOException {
    ConfigReader config =
        config(
            "{\"n_embd\": \"eight\", \"n_layer\": -1, \"s\": {\"f\": null}, \"x\": 2.5, \"y\": NaN}");
    assertFails(
        () -> config.requireInt("n_embd", 1, 100),
        "n_embd must be an integer from 1 to 100, got \"eight\"");
    assertFails(
        () -> config.requireInt("n_layer", 0, Integer.MAX_VALUE),
        "n_layer must be an integer of at least 0, got -1");
    assertFails(() -> config.requireInt("n_head"), "n_head must be set, but is missing");
    assertFails(() -> config.requireObject("s").requireDouble("f"), "s.f must be set, got null");
    assertFails(() -> config.intOr("x", 1), "x must be an integer, got 2.5");
    assertFails(() -> config.requireDouble("y"), "y must be a number, got NaN");
    assertFails(() -> config.requireString("s"), "s must be a string, got an object");
    assertFails(() -> config.boolOr("x", true), "x must be true or false, got 2.5");
    assertFails(() -> config.object("x"), "x must be an object, got 2.5");
  }

  @Test
  void numbersOutOfRangeAreRefused() throws IOException {
    ConfigReader config =
        config("{\"p\": 1, \"q\": -0.5, \"zero\": 0, \"all\": Infinity, \"half\": 0.5}");
    assertThat(config.dropoutOr("half", 0)).isEqualTo(0.5f);
    assertThat(config.epsilonOr("zero", 1)).isZero();
    assertThat(config.positiveOr("none", 3)).isEqualTo(3);
    assertFails(() -> config.dropoutOr("p", 0), "p must be in [0, 1), got 1.0");
    assertFails(() -> config.dropoutOr("q", 0), "q must be in [0, 1), got -0.5");
    assertFails(
        () -> config.epsilonOr("q", 1), "q must be a finite number of at least 0, got -0.5");
    assertFails(
        () -> config.atLeastZeroOr("all", 1),
        "all must be a finite number of at least 0, got Infinity");
    assertFails(() -> config.positiveOr("zero", 1), "zero must be above 0, got 0");
    assertFails(() -> config.requirePositive("none"), "none must be set, but is missing");
  }

  @Test
  void filesThatAreNoObjectAreRefused() throws IOException {
    assertFails(() -> config("[]"), "must hold a JSON object, got an array of 0");
    assertFails(() -> config(""), "must hold a JSON value, got an empty file");
    assertThatThrownBy(() -> config("{oops"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith("config.json: must be valid JSON, but line 1, column 2");
    assertThatThrownBy(() -> config("{\"a\": 1, \"a\": 2}"))
        .isInstanceOf(CheckpointException.class);
    assertThatThrownBy(() -> config("{} {}")).isInstanceOf(CheckpointException.class);
    assertThatThrownBy(() -> ConfigReader.of(temp.resolve("none.json")))
        .hasMessage("none.json: not found in " + temp);
  }
}
