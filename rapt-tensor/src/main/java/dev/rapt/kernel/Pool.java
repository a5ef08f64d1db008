package dev.rapt.kernel;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Pool of objects that one thread at a time uses, such as scratch memory. A thread gets the object
 * that it used last unless another thread took it, so a worker keeps its own. Unlike with
 * thread-locals, there are never more objects than were in use at the same time, even with virtual
 * threads.
 *
 * @param <T> type of the objects
 */
public final class Pool<T> {
  private static final int SLOTS =
      256; // a power of two, more than the threads that compute at once

  private final Supplier<T> create;
  private final Consumer<T> close;
  private final AtomicReferenceArray<@Nullable T> slots = new AtomicReferenceArray<>(SLOTS);

  /**
   * @param create creates an object if none is free
   * @param close releases an object if the pool is full
   */
  public Pool(Supplier<T> create, Consumer<T> close) {
    this.create = create;
    this.close = close;
  }

  /** Takes a free object or creates one; the caller must return it with {@link #give}. */
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

  /** Returns an object from {@link #take} to the pool; the caller must not use it afterwards. */
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
