package dev.rapt.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class ShapeTest {
  @Test
  void dimensionsCountFromBothEnds() {
    Shape shape = Shape.of(2, 3, 64);
    assertThat(shape.rank()).isEqualTo(3);
    assertThat(shape.dim(0)).isEqualTo(2);
    assertThat(shape.dim(-1)).isEqualTo(64);
    assertThat(shape.dim(-3)).isEqualTo(2);
    assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> shape.dim(3));
    assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> shape.dim(-4));
  }

  @Test
  void numElementsIsTheProduct() {
    assertThat(Shape.of(2, 3, 64).numElements()).isEqualTo(384);
    assertThat(Shape.of().numElements()).isEqualTo(1);
    assertThat(Shape.of(5, 0, 7).numElements()).isZero();
    assertThat(Shape.of(1L << 31, 1L << 31).numElements()).isEqualTo(1L << 62);
  }

  @Test
  void sizesMustNotBeNegative() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Shape.of(2, -1))
        .withMessage("shape: sizes must not be negative, got [2, -1]");
  }

  @Test
  void numberOfElementsMustFitALong() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Shape.of(1L << 32, 1L << 31))
        .withMessage(
            "shape: the number of elements must be below 2^63, got [4294967296, 2147483648]");
  }

  @Test
  void shapeIsIndependentOfTheArrays() {
    long[] dims = {2, 3};
    Shape shape = Shape.of(dims);
    dims[0] = 9;
    shape.toArray()[1] = 9;
    assertThat(shape).isEqualTo(Shape.of(2, 3));
    assertThat(shape.toArray()).containsExactly(2, 3);
  }

  @Test
  void equalityIsThatOfTheSizes() {
    assertThat(Shape.of(2, 3)).isEqualTo(Shape.of(2, 3)).hasSameHashCodeAs(Shape.of(2, 3));
    assertThat(Shape.of(2, 3)).isNotEqualTo(Shape.of(3, 2)).isNotEqualTo(Shape.of(2, 3, 1));
  }

  @Test
  void textIsThatOfMessages() {
    assertThat(Shape.of(2, 3, 64)).hasToString("(2, 3, 64)");
    assertThat(Shape.of()).hasToString("()");
  }
}
