package dev.rapt.tensor;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TensorTest {
  private final Scope scope = Scope.open();

  @AfterEach
  void close() {
    scope.close();
  }

  @Test
  void elementsAreRowMajor() {
    Tensor x = scope.floats(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
    assertThat(x.getFloat(4)).isEqualTo(5);
    assertThat(x.toFloats()).containsExactly(1, 2, 3, 4, 5, 6);
    assertThat(scope.ints(new int[] {7, 8}, 2).getInt(1)).isEqualTo(8);
    assertThat(scope.ints(new int[] {7, 8}, 2).toInts()).containsExactly(7, 8);
    assertThat(scope.zeros(DType.F32, 2, 2).toFloats()).containsExactly(0, 0, 0, 0);
  }

  @Test
  void memoryIsAsLongAsTheShape() {
    Tensor x = scope.empty(DType.F32, 3);
    assertThat(x.memory().byteSize()).isEqualTo(12);
    assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> x.getFloat(3));
    assertThat(scope.empty(DType.F32, 0, 5).memory().byteSize()).isZero();
  }

  @Test
  void sizesOfRowsAndColumns() {
    Tensor x = scope.empty(DType.F32, 2, 3, 5);
    assertThat(x.numElements()).isEqualTo(30);
    assertThat(x.lastDim()).isEqualTo(5);
    assertThat(x.numRows()).isEqualTo(6);
    assertThat(x.dim(-2)).isEqualTo(3);
    Tensor scalar = scope.empty(DType.F32);
    assertThat(scalar.lastDim()).isEqualTo(1);
    assertThat(scalar.numRows()).isEqualTo(1);
    assertThat(scope.empty(DType.F32, 4, 0).numRows()).isZero();
  }

  @Test
  void viewSharesTheElements() {
    Tensor x = scope.floats(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
    Tensor view = x.reshape(3, 2);
    view.memory().setAtIndex(JAVA_FLOAT, 5, 60);
    assertThat(x.getFloat(5)).isEqualTo(60);
    assertThat(view.shape()).isEqualTo(Shape.of(3, 2));
    assertThat(view.scope()).isSameAs(scope);
    assertThat(view.root()).isSameAs(x);
    assertThat(view.reshape(6).root()).isSameAs(x);
    assertThat(x.root()).isSameAs(x);
  }

  @Test
  void viewInfersOneSize() {
    Tensor x = scope.empty(DType.F32, 4, 6);
    assertThat(x.reshape(-1, 8).shape()).isEqualTo(Shape.of(3, 8));
    assertThat(x.reshape(2, -1, 3).shape()).isEqualTo(Shape.of(2, 4, 3));
    assertThat(scope.empty(DType.F32, 0, 6).reshape(0, -1).shape()).isEqualTo(Shape.of(0, 0));
  }

  @Test
  void viewMustHaveAsManyElements() {
    Tensor x = scope.empty(DType.F32, 4, 6);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> x.reshape(5, 5))
        .withMessage("reshape: the number of elements must not change, got (4, 6) to (5, 5)");
    assertThatIllegalArgumentException().isThrownBy(() -> x.reshape(7, -1));
    assertThatIllegalArgumentException().isThrownBy(() -> x.reshape(-1, -1));
  }

  @Test
  void viewOfATrackedTensorIsTracked() {
    Tensor x = scope.empty(DType.F32, 4).track();
    assertThat(x.reshape(2, 2).isTracked()).isTrue();
    assertThat(scope.empty(DType.F32, 4).reshape(2, 2).isTracked()).isFalse();
  }

  @Test
  void shadowReadsTheNarrowCopy() {
    Tensor x = scope.floats(new float[] {1, 2}, 2).track();
    Tensor narrow = scope.zeros(DType.BF16, 2);
    Tensor shadow = x.shadow(narrow);
    assertThat(shadow.dtype()).isEqualTo(DType.BF16);
    assertThat(shadow.memory().address()).isEqualTo(narrow.memory().address());
    assertThat(shadow.root()).isSameAs(x);
    assertThat(shadow.isTracked()).isTrue();
  }

  @Test
  void elementTypeIsChecked() {
    Tensor x = scope.zeros(DType.BF16, 2);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> x.getFloat(0))
        .withMessage("tensor (2): must be f32, got bf16");
    assertThatIllegalArgumentException().isThrownBy(x::toInts);
    assertThat(x.requireType(DType.BF16)).isSameAs(x);
  }

  @Test
  void shapeIsChecked() {
    Tensor x = scope.zeros(DType.F32, 2, 3);
    assertThat(x.requireShape("x", 2, 3)).isSameAs(x);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> x.requireShape("norm: x", 3, 2))
        .withMessage("norm: x: must be (3, 2), got (2, 3)");
  }

  @Test
  void numberOfElementsIsChecked() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> scope.floats(new float[3], 2, 2))
        .withMessage("tensor (2, 2): needs 4 elements, got 3");
    assertThatIllegalArgumentException().isThrownBy(() -> scope.ints(new int[3], 2));
  }

  @Test
  void textIsShapeAndType() {
    assertThat(scope.empty(DType.F32, 2, 3, 64)).hasToString("(2, 3, 64) f32");
  }
}
