package dev.rapt.kernel;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Pool of objects for use by one thread at a time, such as scratch memory. A thread gets the object
 * back that it used last unless another took it, so a worker keeps its own; unlike thread-locals,
 * there are never more than were in use at once, also with virtual threads.
 *
 * @param <T> type of the objects
 */
public final class Pool<T> {
  private static final int SLOTS = 256; // a power of two, more than threads compute at once

  private final Supplier<T> create;
  private final Consumer<T> close;
  private final AtomicReferenceArray<@Nullable T> slots = new AtomicReferenceArray<>(SLOTS);

  /**
   * @param create creates an object when none is free
   * @param close releases an object when the pool is full
   */
  public Pool(Supplier<T> create, Consumer<T> close) {
    this.create = create;
    this.close = close;
  }

  /** Takes a free object or creates one; the caller gives it back. */
  public T take() {
    int start = (int) Thread.currentThread().threadId();
    for (int i = 0; i < SLOTS; i++) {
      int slot = (start + i) & (SLOTS - 1);
      if (slots.getPlain(slot) != null) {
        T object = slots.getAndSet(slot, null);
        if (object != null) {
          return object;
        }
      }
    }
    return create.get();
  }

  /** Gives back what {@link #take} returned; the caller must not touch it any more. */
  public void give(T object) {
    int start = (int) Thread.currentThread().threadId();
    for (int i = 0; i < SLOTS; i++) {
      if (slots.compareAndSet((start + i) & (SLOTS - 1), null, object)) {
        return;
      }
    }
    close.accept(object);
  }
}
