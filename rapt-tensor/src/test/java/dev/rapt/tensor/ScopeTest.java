package dev.rapt.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.rapt.autograd.Gradients;
import dev.rapt.autograd.Ops;
import dev.rapt.autograd.Tape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class ScopeTest {
  @Test
  void childKnowsItsParent() {
    try (Scope outer = Scope.open();
        Scope inner = outer.child()) {
      assertThat(outer.parent()).isNull();
      assertThat(inner.parent()).isSameAs(outer);
    }
  }

  @Test
  void resultsLieInTheInnermostScopeOfTheOperands() {
    try (Scope outer = Scope.open();
        Scope inner = outer.child();
        Scope innermost = inner.child()) {
      Tensor x = outer.floats(new float[] {1, 2}, 2);
      Tensor y = inner.floats(new float[] {10, 20}, 2);
      Tensor z = innermost.floats(new float[] {100, 200}, 2);
      assertThat(Scope.innermost(x, null, z, y)).isSameAs(innermost);
      assertThat(Ops.add(x, y).scope()).isSameAs(inner);
      assertThat(Ops.add(y, x).scope()).isSameAs(inner);
      assertThat(Ops.add(Ops.add(x, y), z).toFloats()).containsExactly(111, 222);
    }
  }

  @Test
  void innermostNeedsAnOperand() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Scope.innermost((Tensor) null))
        .withMessageContaining("at least one operand");
  }

  @Test
  void readingAfterCloseThrows() {
    Scope scope = Scope.open();
    Tensor x = scope.floats(new float[] {1, 2, 3}, 3);
    Tensor ids = scope.ints(new int[] {4}, 1);
    Tensor view = x.reshape(1, 3);
    assertThat(x.getFloat(2)).isEqualTo(3);
    scope.close();
    assertClosed(x, x::memory);
    assertClosed(x, () -> x.getFloat(0));
    assertClosed(x, x::toFloats);
    assertClosed(ids, () -> ids.getInt(0));
    assertClosed(ids, ids::toInts);
    assertClosed(view, view::memory);
    assertClosed(x, () -> x.reshape(3, 1));
    assertThat(x.shape()).isEqualTo(Shape.of(3));
  }

  @Test
  void readingAfterCloseThrowsAlsoOnceTheMemoryIsUsedAgain() {
    Scope first = Scope.open();
    Tensor old = first.floats(new float[] {1, 2, 3}, 3);
    MemorySegment memory = old.memory();
    first.close();
    try (Scope second = Scope.open()) {
      Tensor fresh = second.floats(new float[] {7, 8, 9}, 3);
      assertThat(fresh.memory().address()).isEqualTo(memory.address());
      assertClosed(old, old::toFloats);
      assertThat(fresh.toFloats()).containsExactly(7, 8, 9);
    }
  }

  @Test
  void operationsOnTensorsOfAClosedScopeThrow() {
    try (Scope outer = Scope.open()) {
      Tensor x = outer.floats(new float[] {1, 2}, 2);
      Scope inner = outer.child();
      Tensor y = inner.floats(new float[] {3, 4}, 2);
      inner.close();
      assertThatIllegalStateException().isThrownBy(() -> Ops.add(x, y));
      assertThat(x.toFloats()).containsExactly(1, 2);
    }
  }

  @Test
  void allocatingInAClosedScopeThrows() {
    Scope scope = Scope.open();
    Tensor elsewhere;
    scope.close();
    scope.close();
    try (Scope other = Scope.open()) {
      elsewhere = other.zeros(DType.F32, 2);
      assertThatIllegalStateException()
          .isThrownBy(() -> scope.empty(DType.F32, 2))
          .withMessage("scope: closed; allocate in a scope that is still open");
      assertThatIllegalStateException().isThrownBy(() -> scope.alias(elsewhere));
      assertThatIllegalStateException()
          .isThrownBy(() -> scope.wrap(elsewhere.memory(), DType.F32, 2));
    }
  }

  @Test
  void childStaysReadableUntilItIsClosedItself() {
    Scope outer = Scope.open();
    Scope inner = outer.child();
    Tensor x = outer.floats(new float[] {1}, 1);
    Tensor y = inner.floats(new float[] {2}, 1);
    outer.close();
    assertClosed(x, x::memory);
    assertThat(y.getFloat(0)).isEqualTo(2);
    inner.close();
    assertClosed(y, y::memory);
  }

  @Test
  void readingAfterReleaseThrows() {
    try (Scope scope = Scope.open()) {
      Tensor x = scope.floats(new float[] {1, 2}, 2);
      scope.release(x);
      assertThatIllegalStateException()
          .isThrownBy(x::toFloats)
          .withMessageContaining("tensor (2) f32: was released");
      scope.release(x);
      Tensor fresh = scope.floats(new float[] {3, 4}, 2);
      assertThatIllegalStateException().isThrownBy(x::memory);
      scope.release(x); // must not free the memory that another tensor holds by now
      assertThat(fresh.toFloats()).containsExactly(3, 4);
    }
  }

  @Test
  void viewKeepsTheMemoryOfAReleasedTensor() {
    try (Scope scope = Scope.open()) {
      Tensor x = scope.floats(new float[] {1, 2}, 2);
      Tensor view = x.reshape(2, 1);
      assertThat(x.isExclusive()).isFalse();
      scope.release(x);
      assertThatIllegalStateException().isThrownBy(x::memory);
      assertThat(view.toFloats()).containsExactly(1, 2);
      assertThat(view.isExclusive()).isTrue();
      scope.release(view);
      assertThatIllegalStateException().isThrownBy(view::memory);
    }
  }

  @Test
  void releaseLeavesWrappedMemoryAlone() {
    try (Scope scope = Scope.open();
        Arena arena = Arena.ofConfined()) {
      Tensor x = scope.wrap(arena.allocate(8), DType.F32, 2);
      scope.release(x);
      assertThat(x.toFloats()).containsExactly(0, 0);
    }
  }

  @Test
  void wrappedMemoryIsReadableWhileTheScopeIsOpen() {
    try (Arena arena = Arena.ofConfined()) {
      Scope scope = Scope.open();
      Tensor x = scope.wrap(arena.allocate(8), DType.F32, 2);
      assertThat(x.toFloats()).containsExactly(0, 0);
      scope.close();
      assertClosed(x, x::toFloats);
    }
  }

  @Test
  void wrappedMemoryMustHaveTheSizeOfTheShape() {
    try (Scope scope = Scope.open();
        Arena arena = Arena.ofConfined()) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> scope.wrap(arena.allocate(12), DType.F32, 2))
          .withMessage("wrap: (2) f32 needs 8 bytes, got 12");
    }
  }

  @Test
  void aliasReadsTheMemoryOfAnotherScope() {
    try (Scope outer = Scope.open()) {
      Tensor x = outer.floats(new float[] {1, 2}, 2).track();
      Tensor alias;
      try (Scope inner = outer.child()) {
        alias = inner.alias(x);
        assertThat(alias.scope()).isSameAs(inner);
        assertThat(alias.isTracked()).isFalse();
        assertThat(alias.memory().address()).isEqualTo(x.memory().address());
        assertThat(Ops.scale(alias, 2).scope()).isSameAs(inner);
      }
      assertClosed(alias, alias::memory);
      assertThat(x.toFloats()).containsExactly(1, 2);
    }
  }

  @Test
  void aliasOfAFreedTensorThrows() {
    try (Scope outer = Scope.open();
        Scope inner = outer.child()) {
      Tensor x = outer.floats(new float[] {1, 2}, 2);
      Tensor alias = inner.alias(x);
      Tensor view = alias.reshape(1, 2);
      outer.release(x);
      assertThatIllegalStateException()
          .isThrownBy(alias::toFloats)
          .withMessageContaining("reads a tensor that was freed");
      assertThatIllegalStateException().isThrownBy(view::toFloats);
    }
  }

  @Test
  void escapedTensorOutlivesItsScope() {
    try (Scope outer = Scope.open()) {
      Tensor escaped;
      Tensor left;
      try (Scope inner = outer.child()) {
        escaped = inner.escape(inner.floats(new float[] {1, 2}, 2));
        left = inner.floats(new float[] {3, 4}, 2);
      }
      assertThat(escaped.scope()).isSameAs(outer);
      assertThat(escaped.toFloats()).containsExactly(1, 2);
      assertClosed(left, left::memory);
    }
  }

  @Test
  void escapeOfAnAliasReadsTheOriginal() {
    try (Scope outer = Scope.open()) {
      Tensor x = outer.floats(new float[] {1, 2}, 2);
      Tensor escaped;
      try (Scope inner = outer.child()) {
        escaped = inner.escape(inner.alias(x));
      }
      assertThat(escaped.toFloats()).containsExactly(1, 2);
    }
  }

  @Test
  void escapeNeedsAParent() {
    try (Scope scope = Scope.open()) {
      Tensor x = scope.zeros(DType.F32, 1);
      assertThatIllegalStateException()
          .isThrownBy(() -> scope.escape(x))
          .withMessage("escape: this scope has no parent");
    }
  }

  @Test
  void backwardFreesActivationsButNotTheLoss() {
    try (Scope scope = Scope.open();
        Tape tape = Tape.open(scope)) {
      Tensor weight = scope.floats(new float[] {2, 3}, 1, 2).track();
      Tensor x = tape.floats(new float[] {5, 7}, 1, 2);
      Tensor activation = Ops.multiply(x, weight);
      Tensor loss = Ops.linear(activation, scope.floats(new float[] {1, 1}, 1, 2), null, false);
      tape.backward(loss, new Gradients(scope));
      assertThat(loss.getFloat(0)).isEqualTo(31);
      assertThatIllegalStateException()
          .isThrownBy(activation::toFloats)
          .withMessageContaining("was released");
      assertThat(x.toFloats()).containsExactly(5, 7);
    }
  }

  private static void assertClosed(Tensor tensor, Runnable read) {
    assertThatExceptionOfType(IllegalStateException.class)
        .isThrownBy(read::run)
        .withMessage(
            "tensor %s: belongs to a scope that is closed; read it before that, or let it escape to a"
                + " scope that stays open",
            tensor);
  }
}
