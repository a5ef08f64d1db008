package dev.rapt.nn.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.tensor.Scope;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** States of recurrent layers in the cache. */
class KvCacheStatesTest {
  @Test
  void aStateOutlivesThePassThatPutItAndFollowsItsRow() {
    try (Scope scope = Scope.open()) {
      KvCache cache = new KvCache(scope, 2, 3, 16);
      assertThat(cache.state(1, 0)).isNull();
      try (Scope pass = scope.child()) {
        cache.keepState(1, 0, pass.floats(new float[] {1, 2, 3, 4, 5, 6}, 3, 2));
      }
      cache.select(new int[] {2, 0, 2, 1});
      assertThat(values(cache, 1, 0)).containsExactly(5, 6, 1, 2, 5, 6, 3, 4);
    }
  }

  @Test
  void aStateReplacesTheOneBeforeAndSitesAreApart() {
    try (Scope scope = Scope.open()) {
      KvCache cache = new KvCache(scope, 1, 1, 16);
      cache.keepState(0, 0, scope.floats(new float[] {1}, 1, 1));
      cache.keepState(0, 1, scope.floats(new float[] {7}, 1, 1));
      cache.keepState(0, 0, scope.floats(new float[] {2}, 1, 1));
      assertThat(values(cache, 0, 0)).containsExactly(2);
      assertThat(values(cache, 0, 1)).containsExactly(7);
    }
  }

  @Test
  void statesCannotBeTakenBackButForgotten() {
    try (Scope scope = Scope.open()) {
      KvCache cache = new KvCache(scope, 1, 1, 16);
      cache.keepState(0, 0, scope.floats(new float[] {1}, 1, 1));
      cache.advance(5);
      assertThatThrownBy(() -> cache.truncate(4))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("recurrent layers can be truncated to length 0 only, got 4 of 5");
      cache.truncate(0);
      assertThat(cache.state(0, 0)).isNull();
    }
  }

  private static float[] values(KvCache cache, int layer, int site) {
    return Objects.requireNonNull(cache.state(layer, site)).toFloats();
  }
}
