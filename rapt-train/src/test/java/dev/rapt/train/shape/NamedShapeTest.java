package dev.rapt.train.shape;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.ModelOutline;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class NamedShapeTest {
  private static long weights(String name) {
    ConfigReader config = ConfigReader.of(Path.of(name), NamedShape.of(name).config());
    return ModelOutline.of(config).values().stream().mapToLong(shape -> shape.numElements()).sum();
  }

  /** The numbers of weights that the releases on the hub have. */
  @ParameterizedTest
  @CsvSource({
    "llama-2-7b, 6738415616",
    "llama-3.1-8b, 8030261248",
    "llama-3.2-1b, 1235814400",
    "llama-3.2-3b, 3212749824",
    "tinyllama-1.1b, 1100048384",
    "smollm2-135m, 134515008",
    "smollm2-360m, 361821120",
    "smollm2-1.7b, 1711376384",
    "qwen2.5-0.5b, 494032768",
    "qwen2.5-1.5b, 1543714304",
    "qwen2.5-7b, 7615616512",
    "qwen3-0.6b, 596049920",
    "qwen3-1.7b, 1720574976",
    "qwen3-4b, 4022468096",
    "qwen3-8b, 8190735360",
    "mistral-7b, 7248023552",
    "mixtral-8x7b, 46702792704",
    "gemma-3-270m, 268098176",
    "gemma-3-1b, 999885952",
    "gemma-2-2b, 2614341888",
    "phi-3-mini, 3821079552",
    "minilm-l6, 22713216",
    "gpt2-124m, 124439808",
    "bert-base, 109482240",
    "roberta-base, 124645632",
    "t5-small, 60506624"
  })
  void numberOfWeightsIsThatOfTheRelease(String name, long expected) {
    assertThat(weights(name)).isEqualTo(expected);
  }

  @ParameterizedTest
  @MethodSource("dev.rapt.train.shape.NamedShape#names")
  void everyNameIsAModelThatCanBeCreated(String name) {
    assertThat(weights(name)).isPositive();
  }

  @Test
  void anUnknownNameIsAnsweredWithAllNames() {
    assertThatThrownBy(() -> NamedShape.of("qwen9"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("shape: must be one of ")
        .hasMessageContaining("qwen3-0.6b")
        .hasMessageContaining("bert-base")
        .hasMessageEndingWith("got qwen9");
  }
}
