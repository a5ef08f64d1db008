package dev.rapt.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class DTypeTest {
  @ParameterizedTest
  @CsvSource({
    "F64, 8, true", "F32, 4, true", "BF16, 2, true", "F16, 2, true", "F8_E4M3, 1, true",
    "F8_E5M2, 1, true", "I64, 8, false", "I32, 4, false", "I16, 2, false", "I8, 1, false",
    "U64, 8, false", "U32, 4, false", "U16, 2, false", "U8, 1, false", "BOOL, 1, false"
  })
  void typesHaveTheirSize(DType type, int byteSize, boolean isFloat) {
    assertThat(type.byteSize()).isEqualTo(byteSize);
    assertThat(type.isFloat()).isEqualTo(isFloat);
  }

  @ParameterizedTest
  @EnumSource
  void tensorsOfEveryTypeTakeTheirBytes(DType type) {
    try (Scope scope = Scope.open()) {
      Tensor tensor = scope.zeros(type, 3, 5);
      assertThat(tensor.memory().byteSize()).isEqualTo(15L * type.byteSize());
      assertThat(tensor.dtype()).isEqualTo(type);
    }
  }

  @Test
  void labelsAreLowerCase() {
    assertThat(DType.BF16.label()).isEqualTo("bf16");
    assertThat(DType.F8_E4M3.label()).isEqualTo("f8_e4m3");
  }
}
