package dev.rapt.nn.cache;

import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * States that recurrent layers carry from call to call: tensors (B, ...), replaced at each call.
 */
final class RecurrentStates {
  /**
   * The layer and place that a state belongs to.
   *
   * @param site index of the state within the layer
   */
  private record Place(int layer, int site) {}

  private final Scope scope;
  private final Map<Place, Tensor> states = new HashMap<>();
  private final Map<Place, Tensor> marked = new HashMap<>();

  /** Creates an empty set; states will belong to this scope. */
  RecurrentStates(Scope scope) {
    this.scope = scope;
  }

  boolean isEmpty() {
    return states.isEmpty();
  }

  /** Returns the state, or null before the first call. */
  @Nullable Tensor get(int layer, int site) {
    return states.get(new Place(layer, site));
  }

  /** Replaces the state by a copy of this tensor. */
  void put(int layer, int site, Tensor state) {
    Tensor before = states.put(new Place(layer, site), copy(state));
    if (before != null) {
      scope.release(before);
    }
  }

  private Tensor copy(Tensor state) {
    Tensor copy = scope.empty(state.dtype(), state.shape());
    copy.memory().copyFrom(state.memory());
    return copy;
  }

  /** Keeps copies of all states, for {@link #rewind}. */
  void mark() {
    marked.values().forEach(scope::release);
    marked.clear();
    states.forEach((place, state) -> marked.put(place, copy(state)));
  }

  /** Replaces all states by those of the last {@link #mark}. */
  void rewind() {
    clear();
    marked.forEach((place, state) -> states.put(place, copy(state)));
  }

  /** Removes all states. */
  void clear() {
    states.values().forEach(scope::release);
    states.clear();
  }

  /** Reorders the batch: row i becomes a copy of the former row rows[i]. */
  void select(int[] rows) {
    states.replaceAll((_, state) -> selected(state, rows));
  }

  private Tensor selected(Tensor state, int[] rows) {
    long[] dims = state.shape().toArray();
    long rowBytes = state.memory().byteSize() / Math.max(1, dims[0]);
    dims[0] = rows.length;
    Tensor moved = scope.empty(state.dtype(), dims);
    for (int i = 0; i < rows.length; i++) {
      MemorySegment.copy(
          state.memory(), rows[i] * rowBytes, moved.memory(), i * rowBytes, rowBytes);
    }
    scope.release(state);
    return moved;
  }
}
